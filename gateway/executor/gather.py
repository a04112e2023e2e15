"""Finds the objects at a path and makes the representations that a subgraph is to be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.executor.error_log import Location
from gateway.planner.nodes import Cast, EntityCall, Guard, Input, Path

ABSENT = object()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An object to be completed, and where it is. Those of one group may share what lies below them."""

    object: dict[str, Any]
    location: Location
    group: tuple[int, int]


@dataclass(slots=True)
class Batch:
    """Representations without duplicates, each with the objects that wait for its answer.

    `skipped` are the objects that lack something to be asked for.
    """

    representations: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[list[Waiting]] = field(default_factory=list)
    skipped: list[Location] = field(default_factory=list)
    _known: dict[bytes | str, int] = field(default_factory=dict)

    def add(self, representation: dict[str, Any], waiting: Waiting) -> None:
        key = exact(representation)
        position = self._known.get(key)
        if position is None:
            position = self._known[key] = len(self.representations)
            self.representations.append(representation)
            self.waiting.append([])
        self.waiting[position].append(waiting)

    def locations(self, position: int | None = None) -> Iterator[Location]:
        """Where the objects are that wait, for one representation or for any."""
        groups = self.waiting if position is None else [self.waiting[position]]
        return (waiting.location for group in groups for waiting in group)


def exact(value: dict[str, Any]) -> bytes | str:
    """Equal only for equal values of equal types, as JSON tells them apart."""
    try:
        return orjson.dumps(value)
    except TypeError:  # integers beyond 64 bits
        return repr(value)


class Gatherer:
    """Reads the data gathered so far. `holds` tells whether a condition is met."""

    def __init__(self, conditions: Mapping[str, Any]) -> None:
        self.conditions = conditions

    def holds(self, guards: tuple[Guard, ...]) -> bool:
        return all(bool(self.conditions.get(guard.variable)) is guard.include for guard in guards)

    def batch(self, data: dict[str, Any], call: EntityCall) -> Batch:
        """The representations of every object at the call's paths that has what it takes.

        Objects at one path are a group, unless they are to be distinct.
        """
        batch = Batch()
        for position, target in enumerate(call.targets if self.holds(call.guards) else ()):
            for number, (found, location) in enumerate(objects_at(data, target.path)):
                inputs = self.represent(found, target.inputs, target.typename)
                typename = target.typename or found.get("__typename")
                group = (position, number if call.distinct else 0)
                if inputs is not None and isinstance(typename, str):
                    batch.add({"__typename": typename, **inputs}, Waiting(found, location, group))
                else:
                    batch.skipped.append(location)
        return batch

    def represent(
        self, found: dict[str, Any], inputs: tuple[Input, ...], typename: str | None
    ) -> dict[str, Any] | None:
        """The inputs as found; None where one is absent (what should have brought it has failed)."""
        result: dict[str, Any] = {}
        for item in inputs:
            if item.types is not None and not is_of(found, item.types, typename):
                continue
            if item.guards and not self.holds(item.guards):
                continue
            value = self._value(found.get(item.key, ABSENT), item)
            if value is ABSENT or (value is None and not item.nullable):
                return None
            result[item.name] = value
        return result

    def _value(self, value: Any, item: Input) -> Any:
        if not item.inputs or value is None or value is ABSENT:
            return value
        if isinstance(value, list):
            values = [self._value(each, item) for each in value]
            return ABSENT if any(each is ABSENT for each in values) else values
        if not isinstance(value, dict):
            return ABSENT
        below = self.represent(value, item.inputs, None)
        return ABSENT if below is None else below


def is_of(found: dict[str, Any], types: frozenset[str], typename: str | None = None) -> bool:
    """Whether an object is of one of these types; `typename` is its own where it does not say."""
    said = found.get("__typename", typename)
    return isinstance(said, str) and said in types


def objects_at(data: dict[str, Any], path: Path) -> Iterator[tuple[dict[str, Any], Location]]:
    """Every object at a path, through all lists on the way, with its location in the response."""
    found: list[tuple[dict[str, Any], Location]] = [(data, ())]
    for step in path:
        if isinstance(step, Cast):
            found = [item for item in found if is_of(item[0], step.types)]
        else:
            found = [
                inner for item, location in found for inner in _objects_in(item.get(step.name), (*location, step.name))
            ]
    return iter(found)


def _objects_in(value: Any, location: Location) -> Iterator[tuple[dict[str, Any], Location]]:
    if isinstance(value, dict):
        yield value, location
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _objects_in(item, (*location, position))
