"""Entity calls with arguments that contexts set: one call for each combination of their values.

The values differ from object to object, and an argument is the same for all that one field is asked for. So
representations are grouped by them, and each group gets an alias and variables of its own in one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.executor.error_log import ErrorLog, Location
from gateway.executor.gather import ABSENT, Batch, Gatherer, Waiting, exact, is_of, objects_at
from gateway.planner.nodes import ContextCall, ContextFetch, EntityCall, Input, Request, Setter, Target


@dataclass(frozen=True, slots=True)
class Asked:
    """A request made for the data at hand.

    Attributes:
        values: of the variables that are not the client's.
    """

    request: Request
    values: dict[str, Any]
    batches: list[tuple[EntityCall, Batch]]


def ask(node: ContextFetch, data: dict[str, Any], gatherer: Gatherer, log: ErrorLog) -> Asked | None:
    """The request for whatever objects are there; None where there is nobody to ask for."""
    fields: list[str] = []
    declared: list[str] = []
    values: dict[str, Any] = {}
    batches: list[tuple[EntityCall, Batch]] = []
    used: set[str] = set()
    for item in node.calls:
        for group in _groups(item, data, gatherer, log):
            number = len(batches)
            call = replace(item.call, alias=f"{item.call.alias}{number}", variable=f"{item.call.variable}{number}")
            names = [f"{node.argument}{number}_{position}" for position in range(len(item.arguments))]
            declared += [f"${name}: {type_}" for name, type_ in zip(names, item.arguments, strict=True)]
            declared.append(f"${call.variable}: [_Any!]!")
            fields.append(f"{call.alias}: _entities(representations: ${call.variable}){_text(item, names)}")
            values |= {**dict(zip(names, group.values, strict=True)), call.variable: group.batch.representations}
            batches.append((call, group.batch))
            used |= item.variables
    if not batches:
        return None
    # A variable that is declared and not used makes the request invalid.
    clients = {name: text for name, text in zip(node.variables, node.declarations, strict=True) if name in used}
    query = f"query({', '.join([*declared, *clients.values()])}){{{' '.join(fields)}}}"
    return Asked(Request(node.service, query, "query", tuple(clients)), values, batches)


def variables(asked: Asked, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all variables of a request, those that the client left out aside."""
    return {**{name: given[name] for name in asked.request.variables if name in given}, **asked.values}


def _text(call: ContextCall, names: list[str]) -> str:
    parts = [f"${names[slot]}{piece}" for slot, piece in zip(call.slots, call.pieces[1:], strict=True)]
    return call.pieces[0] + "".join(parts)


@dataclass(frozen=True, slots=True)
class _Group:
    values: list[Any]
    batch: Batch


def _groups(item: ContextCall, data: dict[str, Any], gatherer: Gatherer, log: ErrorLog) -> list[_Group]:
    """Objects that have what it takes, by the values of the call's arguments."""
    groups: dict[bytes | str, _Group] = {}
    for position, target in enumerate(item.call.targets if gatherer.holds(item.call.guards) else ()):
        for number, (found, location) in enumerate(objects_at(data, target.path)):
            values, causes = _values(item, target, data, location)
            inputs = gatherer.represent(found, target.inputs, target.typename)
            typename = target.typename or found.get("__typename")
            if values is None or inputs is None or not isinstance(typename, str):
                if log.covers(location) or any(log.covers(cause) for cause in causes):
                    log.cover([location])
                continue
            group = groups.setdefault(exact({"values": values}), _Group(values, Batch()))
            waiting = Waiting(found, location, (position, number) if item.call.distinct else (position, 0))
            group.batch.add({"__typename": typename, **inputs}, waiting)
    return list(groups.values())


def _values(
    item: ContextCall, target: Target, data: dict[str, Any], location: Location
) -> tuple[list[Any] | None, list[Location]]:
    """The arguments' values, None where one of them cannot be had; and where those lie that cannot."""
    values: list[Any] = []
    causes: list[Location] = []
    for type_, setters in zip(item.arguments, target.contexts, strict=True):
        value, where = _value(setters, data, location)
        if value is ABSENT or (value is None and type_.endswith("!")):
            causes.append(where)
        values.append(value)
    return None if causes else values, causes


def _value(setters: tuple[Setter, ...], data: dict[str, Any], location: Location) -> tuple[Any, Location]:
    """What the nearest object above that sets the context has; null where none does."""
    for setter in setters:
        found, where = _above(data, location, setter.depth)
        if setter.types is None or is_of(found, setter.types):
            return _leaf(found, setter.inputs, where)
    return None, ()


def _above(data: dict[str, Any], location: Location, depth: int) -> tuple[dict[str, Any], Location]:
    """The object on the way to a location that lies below so many keys."""
    found: Any = data
    for length, part in enumerate(location):
        if isinstance(part, str):
            if depth == 0:
                return found, location[:length]
            depth -= 1
        found = found[part]
    return found, location


def _leaf(found: dict[str, Any], inputs: tuple[Input, ...], where: Location) -> tuple[Any, Location]:
    for item in inputs:
        if item.name == "__typename" or (item.types is not None and not is_of(found, item.types)):
            continue
        below = (*where, item.key)
        return _inner(found.get(item.key, ABSENT), item.inputs, below), below
    return None, where


def _inner(value: Any, inputs: tuple[Input, ...], where: Location) -> Any:
    if isinstance(value, list) and inputs:
        values = [_inner(each, inputs, where) for each in value]
        return ABSENT if any(each is ABSENT for each in values) else values
    if isinstance(value, dict) and inputs:
        return _leaf(value, inputs, where)[0]
    return value
