"""A schema from a document, judged as the composers judge it that users have."""

from __future__ import annotations

from graphql import DocumentNode, GraphQLError, GraphQLSchema, build_ast_schema, validate_schema

_TOLERATED = " is not deprecated, so implementation field "
"""Asked for only since the specification of 2025: docs/decisions/0012 tells why it is not asked for here."""


def checked_schema(document: DocumentNode) -> tuple[GraphQLSchema, list[GraphQLError]]:
    """The schema of valid SDL, and what is wrong with it as a schema.

    Without errors the schema counts as valid wherever graphql-core asks. Raises TypeError where the document cannot
    be built at all.
    """
    schema = build_ast_schema(document, assume_valid_sdl=True)
    found = validate_schema(schema)
    errors = [error for error in found if _TOLERATED not in error.message]
    if found and not errors:
        schema = build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)
    return schema, errors
