"""Root fields that the API schema itself answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import (
    ExecutionResult,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    execute_sync,
    is_abstract_type,
    parse,
)

from gateway.executor.context import Compute, Pause
from gateway.executor.error_log import ErrorLog
from gateway.executor.merge import merge_object
from gateway.planner.nodes import Introspection

_CODE: Final = "INTROSPECTION_FAILED"
_TIMES: Final = 30
"""How many fields may be answered for each thing in the schema. All about everything takes about fifteen."""
_STRIDE: Final = 64


async def introspect_beside(
    log: ErrorLog,
    data: dict[str, Any],
    node: Introspection,
    schema: GraphQLSchema,
    given: Mapping[str, Any],
    compute: Compute,
) -> None:
    """Like `introspect`, computed where it does not hold the event loop."""
    _take(log, data, node, await compute(lambda pause: _answer(node, schema, given, pause)))


def introspect(
    log: ErrorLog, data: dict[str, Any], node: Introspection, schema: GraphQLSchema, given: Mapping[str, Any]
) -> None:
    """Merges what the schema says. `given` are the client's variables."""
    _take(log, data, node, _answer(node, schema, given, lambda: None))


def _take(log: ErrorLog, data: dict[str, Any], node: Introspection, result: ExecutionResult | str) -> None:
    if isinstance(result, str):
        log.add(result, _CODE, None, tuple(node.keys[:1]))
        return
    for error in result.errors or ():
        log.add(error.message, _CODE, None, tuple(error.path or node.keys[:1]))
    merge_object(data, result.data or {})


class _Ended(BaseException):
    """Not an Exception: those of resolvers become errors of their fields, and the next field is tried."""


def _answer(
    node: Introspection, schema: GraphQLSchema, given: Mapping[str, Any], pause: Pause
) -> ExecutionResult | str:
    """What the schema says, or why that is too much to say. Raises what `pause` raises."""
    variables = {key: given[key] for key in node.request.variables if key in given}
    most = _TIMES * _things(schema)
    answered = 0
    reason: Exception | None = None

    def resolve(proceed: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
        nonlocal answered, reason
        answered += 1
        if not answered % _STRIDE:
            try:
                pause()
            except Exception as error:
                reason = error
                raise _Ended from error
        if answered > most:
            raise _Ended
        return proceed(source, info, **arguments)

    try:
        return execute_sync(schema, parse(node.request.query), variable_values=variables, middleware=[resolve])
    except _Ended:
        if reason is not None:
            raise reason from None
    return f"The operation asks the schema for more than {most} fields: ask for less of it, or only once"


def _things(schema: GraphQLSchema) -> int:
    """Types and what they consist of."""
    count = len(schema.directives)
    for type_ in schema.type_map.values():
        count += 1
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            count += len(type_.interfaces) + sum(1 + len(field.args) for field in type_.fields.values())
        elif isinstance(type_, GraphQLInputObjectType):
            count += len(type_.fields)
        elif isinstance(type_, GraphQLEnumType):
            count += len(type_.values)
        if is_abstract_type(type_):
            count += len(schema.get_possible_types(type_))
    return count
