"""Reads the client's answer out of what came together: its fields, its order, its nulls, by the API schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from gateway.executor.error_log import ErrorLog, Location
from gateway.planner.nodes import EnumValues, Guard, OutputField, Selection
from gateway.supergraph.model import Model

Holds = Callable[[tuple[Guard, ...]], bool]


class _Null(Exception):
    """A null where none may be; travels to the nearest place that may be null."""


class Projector:
    """Projects one response. Reports what no other error has explained."""

    def __init__(self, log: ErrorLog, holds: Holds, model: Model) -> None:
        self._log = log
        self._holds = holds
        self._model = model

    def project(self, data: Mapping[str, Any], selection: Selection) -> dict[str, Any] | None:
        """The answer's data; None where a null has travelled to the top."""
        try:
            return self._object(data, selection, ())
        except _Null:
            return None

    def _object(self, value: Mapping[str, Any], selection: Selection, location: Location) -> dict[str, Any]:
        fields = self._fields(value, selection, location)
        result: dict[str, Any] = {}
        for field in fields:
            if field.key in result or (field.guards and not self._holds(field.guards)):
                continue
            below = (*location, field.key)
            if field.refused:
                self._withhold(field, below)
                result[field.key] = None
            elif field.name == "__typename":
                typename = selection.typename or value.get("__typename")
                result[field.key] = self._complete(typename, field, 0, below)
            else:
                result[field.key] = self._complete(value.get(field.key), field, 0, below)
        return result

    def _withhold(self, field: OutputField, location: Location) -> None:
        """Explains the null of a field that the client may not see: its error is told at a path without indices."""
        self._log.cover([location])
        if field.type.wrappers[:1] == ("nonnull",):
            raise _Null

    def _fields(self, value: Mapping[str, Any], selection: Selection, location: Location) -> tuple[OutputField, ...]:
        if selection.typename is not None:
            return selection.by_type[selection.typename]
        typename = value.get("__typename")
        if not isinstance(typename, str):
            if selection.unknown is None:
                self._lose("No subgraph told of which type this is.", location)
            return selection.unknown
        fields = selection.by_type.get(typename)
        if fields is None:
            if typename not in self._model.types:
                told = "a type" if self._log.masks else f"the type {typename[:100]!r}"
                self._lose(f"A subgraph told of {told}, which the supergraph does not have.", location)
            # The subgraph knows a type that is not part of the API: for the client there is no such object.
            self._log.cover([location])
            raise _Null
        return fields

    def _lose(self, message: str, location: Location) -> NoReturn:
        """An object of which nobody knows what it is cannot be shown."""
        if not self._log.covers(location):
            self._log.add(message, "TYPE_UNKNOWN", None, location)
        raise _Null

    def _complete(self, value: Any, field: OutputField, depth: int, location: Location) -> Any:
        """The value by what is left of the field's wrappers from `depth` on."""
        wrappers = field.type.wrappers
        if depth < len(wrappers) and wrappers[depth] == "nonnull":
            completed = self._complete(value, field, depth + 1, location)
            if completed is None:
                self._refuse_null(field, location)
            return completed
        if value is None:
            return None
        try:
            if depth < len(wrappers):
                return self._list(value, field, depth + 1, location)
            return self._value(value, field, location)
        except _Null:
            return None

    def _refuse_null(self, field: OutputField, location: Location) -> None:
        if not self._log.covers(location):
            message = f"Cannot return null for non-nullable field {field.parent}.{field.name}."
            self._log.blame(self._resolvers(field), message, "NULL_IN_NON_NULL_FIELD", location)
        raise _Null

    def _list(self, value: Any, field: OutputField, depth: int, location: Location) -> list[Any]:
        if not isinstance(value, list):
            raise self._wrong(field, "is not a list", location)
        return [self._complete(item, field, depth, (*location, position)) for position, item in enumerate(value)]

    def _value(self, value: Any, field: OutputField, location: Location) -> Any:
        if field.children is not None:
            if not isinstance(value, dict):
                raise self._wrong(field, "is not an object", location)
            return self._object(value, field.children, location)
        if isinstance(field.leaf, EnumValues):
            return self._enum(value, field, field.leaf, location)
        if field.leaf is not None and not _fits(value, field.leaf):
            raise self._wrong(field, f"is no {field.type.name}", location)
        return str(value) if field.leaf == "ID" else value

    def _enum(self, value: Any, field: OutputField, values: EnumValues, location: Location) -> Any:
        if not isinstance(value, str) or value not in values.known:
            raise self._wrong(field, f"is no {field.type.name}", location)
        if value in values.visible:
            return value
        # Only an inaccessible value: nothing went wrong that a client could be told about.
        self._log.cover([location])
        raise _Null

    def _wrong(self, field: OutputField, problem: str, location: Location) -> _Null:
        message = f"What a subgraph gave for {field.parent}.{field.name} {problem}."
        self._log.blame(self._resolvers(field), message, "INVALID_SUBGRAPH_VALUE", location)
        return _Null()

    def _resolvers(self, field: OutputField) -> tuple[str, ...]:
        """Who may be at fault: what came together does not say where it came from."""
        return self._model.resolvers(field.parent, field.name)


def _fits(value: Any, leaf: str) -> bool:
    match leaf:
        case "String":
            return isinstance(value, str)
        case "Int":
            return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "Boolean":
            return isinstance(value, bool)
        case _:
            return isinstance(value, str | int) and not isinstance(value, bool)
