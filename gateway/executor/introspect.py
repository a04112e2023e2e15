"""Root fields that the API schema itself answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLSchema, execute_sync, parse

from gateway.executor.error_log import ErrorLog
from gateway.executor.merge import merge_object
from gateway.planner.nodes import Introspection


def introspect(
    log: ErrorLog, data: dict[str, Any], node: Introspection, schema: GraphQLSchema, given: Mapping[str, Any]
) -> None:
    """Merges what the schema says. `given` are the client's variables."""
    variables = {key: given[key] for key in node.request.variables if key in given}
    result = execute_sync(schema, parse(node.request.query), variable_values=variables)
    for error in result.errors or ():
        log.add(error.message, "INTROSPECTION_FAILED", None, tuple(error.path or node.keys[:1]))
    merge_object(data, result.data or {})
