"""The schema that clients see, from the text of a supergraph or of that schema itself."""

from __future__ import annotations

from graphql import EnumTypeDefinitionNode, GraphQLError, GraphQLSchema, build_ast_schema, parse

from gateway.supergraph.api_schema import build_api_schema
from gateway.supergraph.checked_schema import checked_schema
from gateway.supergraph.errors import SupergraphError


class SchemaUnreadableError(Exception):
    """A text from which no client's schema can be had; the message says why."""


def read_client_schema(text: str) -> GraphQLSchema:
    """The API schema of a supergraph, or the schema that the text is. Raises SchemaUnreadableError."""
    try:
        document = parse(text, no_location=True)
        if any(
            isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph"
            for node in document.definitions
        ):
            return build_api_schema(document)
        build_ast_schema(document)  # for its judgement of the SDL
        schema, errors = checked_schema(document)
    except (GraphQLError, SupergraphError) as error:
        raise SchemaUnreadableError(error.message) from error
    except RecursionError as error:
        raise SchemaUnreadableError("it is nested too deeply") from error
    except TypeError as error:  # of build_ast_schema, which gathers what validation of the SDL found
        raise SchemaUnreadableError(str(error).split("\n", 1)[0]) from error
    if errors:
        raise SchemaUnreadableError(errors[0].message)
    return schema
