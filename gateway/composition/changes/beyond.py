"""Changes that graphql-core does not look for: roots, deprecations, `@oneOf`, the specification of scalars."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationType,
)

from gateway.composition.changes.model import Change, ChangeLevel


def find_beyond(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    """Those changes."""
    yield from _roots(old, new)
    for name, before in old.type_map.items():
        after = new.type_map.get(name)
        if after is None or name.startswith("__"):
            continue
        yield from _one_of(before, after)
        yield from _specification(before, after)
        reasons = _deprecations(after)
        for coordinate, reason in _deprecations(before).items():
            if coordinate in reasons and reasons[coordinate] != reason:
                yield _deprecation(coordinate, reason, reasons[coordinate])


def _roots(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    for operation in OperationType:
        before, after = old.get_root_type(operation), new.get_root_type(operation)
        was, is_now = before.name if before else None, after.name if after else None
        what = operation.value
        if was is None and is_now is not None:
            yield Change(ChangeLevel.SAFE, "ROOT_TYPE_ADDED", f"Operations of kind {what} are possible now.", is_now)
        elif was is not None and is_now is None:
            message = f"Operations of kind {what} are no longer possible."
            yield Change(ChangeLevel.BREAKING, "ROOT_TYPE_REMOVED", message, was)
        elif was != is_now:
            message = f"The root of kind {what} changed from {was} to {is_now}."
            yield Change(ChangeLevel.BREAKING, "ROOT_TYPE_CHANGED", message, is_now)


def _one_of(before: GraphQLNamedType, after: GraphQLNamedType) -> Iterator[Change]:
    if not (isinstance(before, GraphQLInputObjectType) and isinstance(after, GraphQLInputObjectType)):
        return
    name = after.name
    if after.is_one_of and not before.is_one_of:
        yield Change(ChangeLevel.BREAKING, "ONE_OF_ADDED", f"{name} takes exactly one of its fields now.", name)
    elif before.is_one_of and not after.is_one_of:
        yield Change(ChangeLevel.SAFE, "ONE_OF_REMOVED", f"{name} takes any of its fields now.", name)


def _specification(before: GraphQLNamedType, after: GraphQLNamedType) -> Iterator[Change]:
    if not (isinstance(before, GraphQLScalarType) and isinstance(after, GraphQLScalarType)):
        return
    was, is_now = before.specified_by_url, after.specified_by_url
    if was != is_now:
        message = f"{after.name} is specified by {is_now or 'nothing'} instead of {was or 'nothing'}."
        yield Change(ChangeLevel.DANGEROUS, "SPECIFIED_BY_CHANGED", message, after.name)


def _deprecations(type_: GraphQLNamedType) -> dict[str, str | None]:
    """The reason (or None) of everything in a type that can be deprecated."""
    found: dict[str, str | None] = {}
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in type_.fields.items():
            found[f"{type_.name}.{name}"] = field.deprecation_reason
            for key, argument in field.args.items():
                found[f"{type_.name}.{name}({key}:)"] = argument.deprecation_reason
    elif isinstance(type_, GraphQLInputObjectType):
        found = {f"{type_.name}.{name}": item.deprecation_reason for name, item in type_.fields.items()}
    elif isinstance(type_, GraphQLEnumType):
        found = {f"{type_.name}.{name}": item.deprecation_reason for name, item in type_.values.items()}
    return found


def _deprecation(coordinate: str, was: str | None, is_now: str | None) -> Change:
    if is_now is None:
        return Change(ChangeLevel.SAFE, "DEPRECATION_REMOVED", f"{coordinate} is no longer deprecated.", coordinate)
    if was is None:
        message = f"{coordinate} is deprecated: {is_now}"
        return Change(ChangeLevel.SAFE, "DEPRECATION_ADDED", message, coordinate)
    message = f"{coordinate} is deprecated for another reason: {is_now}"
    return Change(ChangeLevel.SAFE, "DEPRECATION_CHANGED", message, coordinate)
