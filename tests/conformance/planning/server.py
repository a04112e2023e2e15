"""A subgraph of a topic: it executes its own SDL, and holds the gateway to what the directives in it say."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, execute_sync

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.supergraph.selection import FieldSel, FieldSet
from gateway.wire.json import dumps, loads
from tests.conformance.planning.sdl import Coordinate, SubgraphSdl
from tests.conformance.planning.world import Thing, World
from tests.support.federation.given import given


@dataclass(frozen=True)
class Seen:
    """An object as a subgraph sees it: what it was sent, and what is provided along the way it came."""

    thing: Thing
    sent: Mapping[str, Any] = field(default_factory=dict)
    provided: FieldSet = ()


class Server:
    """One subgraph; a transport to itself.

    `offences` collects what a correct gateway never does: requests that are not valid, fields that this
    subgraph does not resolve, representations that are incomplete, unknown or sent twice.
    """

    def __init__(
        self, name: str, sdl: SubgraphSdl, world: World, taken: frozenset[Coordinate], failing: str | None
    ) -> None:
        self.requests: list[SubgraphRequest] = []
        self.offences: list[str] = []
        self._name = name
        self._sdl = sdl
        self._world = world
        self._taken = taken
        self._failing = failing

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        self.requests.append(request)
        if self._failing is not None:
            raise TransportError(self._failing, "No answer.", self._name)
        return self._answer(request, Seen(self._world.root(request.kind.capitalize())))

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
        self.requests.append(request)
        root = self._world.root("Subscription")
        for number in range(max(len(events) for events in root.fields.values())):
            event = {name: events[number] for name, events in root.fields.items()}
            yield self._answer(request, Seen(Thing("Subscription", event)))

    def _answer(self, request: SubgraphRequest, root: Seen) -> SubgraphResponse:
        document, errors = self._sdl.checked(request.query)
        if errors:
            self.offences.append(f"{self._name} was sent what is not valid: {errors[0].message} {request.query}")
        result = execute_sync(
            self._sdl.schema,
            document,
            root_value=root,
            variable_values=loads(dumps(request.variables)),
            field_resolver=self._resolve,
            type_resolver=self._type_of,
        )
        answer = {"data": result.data, "errors": [error.formatted for error in result.errors or ()]}
        read = loads(dumps(answer))
        return SubgraphResponse(read["data"], read["errors"])

    def _type_of(self, value: Seen, *_: Any) -> str:
        return self._sdl.known_as(value.thing.type)

    def _resolve(self, source: Seen, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        name = info.field_name
        if name == "_entities":
            return self._entities(arguments["representations"])
        parent = info.parent_type.name
        if parent == "Mutation":
            self._world.turn += 1
        provided = [item for item in self._provided(source, parent) if item.name == name]
        value = self._value(source, parent, name, arguments, bool(provided))
        below = tuple(part for item in provided for part in item.selections)
        return self._wrap(value, info, below + self._sdl.provides.get((parent, name), ()))

    def _provided(self, source: Seen, parent: str) -> list[FieldSel]:
        found: list[FieldSel] = []
        for item in source.provided:
            if isinstance(item, FieldSel):
                found.append(item)
            elif parent == item.type or parent in self._sdl.possible(item.type):
                found += [inner for inner in item.selections if isinstance(inner, FieldSel)]
        return found

    def _value(self, source: Seen, parent: str, name: str, arguments: Mapping[str, Any], provided: bool) -> Any:
        coordinate = (parent, name)
        if coordinate in self._sdl.external and not provided:
            if name not in source.sent:
                raise self._offence(f"does not resolve {parent}.{name}")
            return source.sent[name]
        if coordinate in self._taken:
            raise self._offence(f"no longer resolves {parent}.{name}")
        known: Mapping[str, Any] = source.thing.fields
        if coordinate in self._sdl.requires:
            known = self._given(source.sent, self._sdl.requires[coordinate], f"{parent}.{name}")
        return self._world.value(source.thing, name, arguments, known)

    def _given(self, sent: Any, fields: FieldSet, user: str) -> Any:
        return given(
            sent,
            fields,
            lambda name, condition: name in {condition, *self._sdl.possible(condition)},
            lambda name: self._offence(f"was not sent {name} for {user}"),
        )

    def _entities(self, representations: list[dict[str, Any]]) -> list[Seen | None]:
        texts = [json.dumps(item) for item in representations]
        if len(set(texts)) < len(texts):
            self.offences.append(f"{self._name} was sent a representation twice")
        return [self._entity(item) for item in representations]

    def _entity(self, sent: dict[str, Any]) -> Seen | None:
        name = sent["__typename"]
        complete = [key for key in self._sdl.keys.get(name, ()) if _is_complete(sent, key)]
        if not complete:
            self.offences.append(f"{self._name} was sent no key of {name}: {sent}")
            return None
        for thing in self._candidates(name):
            if all(_matches(thing, sent, key) for key in complete):
                return Seen(thing, sent)
        return None

    def _candidates(self, name: str) -> list[Thing]:
        names = self._sdl.objects_behind(name)
        return [thing for each in names for thing in self._world.all_of(each)]

    def _wrap(self, value: Any, info: GraphQLResolveInfo[Any], provided: FieldSet) -> Any:
        if isinstance(value, list):
            return [self._wrap(item, info, provided) for item in value]
        if isinstance(value, Thing):
            return Seen(value, {}, provided)
        return GraphQLError("an item failed") if value == "!" else value

    def _offence(self, what: str) -> GraphQLError:
        self.offences.append(f"{self._name} {what}")
        return GraphQLError(f"{self._name} {what}")


def _is_complete(sent: Any, key: FieldSet) -> bool:
    if isinstance(sent, list):
        return all(_is_complete(item, key) for item in sent)
    fields = [item for item in key if isinstance(item, FieldSel)]
    return all(
        item.name in sent
        and (not item.selections or sent[item.name] is None or _is_complete(sent[item.name], item.selections))
        for item in fields
    )


def _matches(thing: Any, sent: Any, key: FieldSet) -> bool:
    if isinstance(thing, list) and isinstance(sent, list):
        return len(thing) == len(sent) and all(map(_matches, thing, sent, [key] * len(sent)))
    if not isinstance(thing, Thing) or not isinstance(sent, dict):
        return thing is None and sent is None
    for item in key:
        if isinstance(item, FieldSel):
            known, given = thing.fields.get(item.name), sent[item.name]
            if not (_matches(known, given, item.selections) if item.selections else _equal(known, given)):
                return False
    return True


def _equal(known: Any, given: Any) -> bool:
    return (known is None) == (given is None) and str(known) == str(given)
