"""Stage 3: the document against the API schema."""

from __future__ import annotations

from graphql import (
    DocumentNode,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    specified_rules,
    validate,
)

from gateway.pipeline.errors import ValidationFailed

_MOST_ERRORS = 20


def validate_document(schema: GraphQLSchema, document: DocumentNode, introspection: bool) -> None:
    """Raises ValidationFailed. Without introspection, errors do not suggest names of the schema either."""
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    errors = validate(schema, document, rules, max_errors=_MOST_ERRORS, hide_suggestions=not introspection)
    if errors:
        raise ValidationFailed(errors)
