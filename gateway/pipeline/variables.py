"""Stage 6: the client's variables against the operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import get_variable_values

from gateway.pipeline.errors import BadVariables

_MOST_ERRORS = 20


def read_variables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    given: Mapping[str, Any],
    introspection: bool,
) -> dict[str, Any]:
    """Checks values, drops what the operation does not declare, fills in its defaults. Raises BadVariables.

    Values stay as the client sent them: their subgraph knows its scalars better than the gateway does.
    """
    definitions = operation.variable_definitions
    if not definitions:
        return {}
    values = get_variable_values(schema, definitions, dict(given), _MOST_ERRORS, not introspection)
    if isinstance(values, list):
        raise BadVariables(values)
    return {name: given.get(name, value) for name, value in values.coerced.items()}
