"""A subgraph of a cut: it knows what its part says, and takes the gateway at its word."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    build_ast_schema,
    execute_sync,
    parse,
    validate,
)

from gateway.executor.transport import SubgraphRequest, SubgraphResponse
from gateway.supergraph.selection import FieldSel, FieldSet
from gateway.wire.json import dumps, loads
from tests.oracle.facts import field_set
from tests.oracle.world import ROOT, Thing, World
from tests.support.federation.given import given
from tests.support.federation.part import Part, Role
from tests.support.federation.schema import ROOTS, Kind

EVENTS = 2


@dataclass(frozen=True)
class Seen:
    """An object as a subgraph sees it: what it was sent, and what is provided along the way it came."""

    thing: Thing
    sent: Mapping[str, Any]
    provided: FieldSet = ()


class Server:
    """One subgraph; a transport to itself.

    `offences` collects what a correct gateway never does: requests that are not valid, fields that this
    subgraph does not resolve, representations that are incomplete, unknown or sent twice.
    """

    def __init__(self, part: Part, schema: GraphQLSchema, world: World, labels: frozenset[str]) -> None:
        self.part = part
        self.world = world
        self.requests: list[SubgraphRequest] = []
        self.offences: list[str] = []
        self.before: Callable[[SubgraphRequest], None] = lambda _: None
        self._labels = labels
        self._schema = schema
        self._real = {local: name for name, local in part.root_names.items()}

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        self.requests.append(request)
        self.before(request)
        return self._answer(request, request.kind.capitalize())

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
        self.requests.append(request)
        for _ in range(EVENTS):
            self.world.turn += 1
            yield self._answer(request, "Subscription")

    def _answer(self, request: SubgraphRequest, root: str) -> SubgraphResponse:
        document, error = _read(self._schema, request.query)
        if error is not None:
            self.offences.append(f"{self.part.name} was sent what is not valid: {error.message} {request.query}")
            return SubgraphResponse(None, [{"message": str(error)}])
        result = execute_sync(
            self._schema,
            document,
            root_value=Seen(Thing(root, ROOT), {}),
            variable_values=loads(dumps(request.variables)),
            field_resolver=self._resolve,
            type_resolver=self._type_of,
        )
        answered = loads(dumps({"data": result.data, "errors": [_formatted(each) for each in result.errors or ()]}))
        return SubgraphResponse(answered["data"], answered["errors"])

    def _type_of(self, value: Seen, *_: Any) -> str:
        """What the object is here: where only its interface is known, that."""
        blind = [name for name in self.part.interface_objects if value.thing.type in self.world.facts.objects(name)]
        return blind[0] if blind else value.thing.type

    def _resolve(self, source: Seen, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        name = info.field_name
        if name == "_entities":
            return self._entities(arguments["representations"])
        parent = self._real.get(info.parent_type.name, info.parent_type.name)
        role = self.part.roles[parent][name]
        if parent == "Mutation":
            self.world.turn += 1
        provided = [item for item in source.provided if isinstance(item, FieldSel) and item.name == name]
        value = self._value(source, parent, name, role, arguments, bool(provided))
        below = tuple(part for item in provided for part in item.selections)
        return self._wrap(value, below + (field_set(role.provides) if role.provides else ()))

    def _value(
        self, source: Seen, parent: str, name: str, role: Role, arguments: Mapping[str, Any], provided: bool
    ) -> Any:
        if role.external and not provided:
            raise self._offence(f"does not resolve {parent}.{name}")
        if role.lost and not self._keeps(parent, name):
            raise self._offence(f"has lost {parent}.{name}")
        if role.label is not None and role.label not in self._labels:
            raise self._offence(f"does not resolve {parent}.{name} before {role.label}")
        if role.requires is None:
            return self.world.value(source.thing, name, arguments)
        known = self._given(source.sent, field_set(role.requires), f"{parent}.{name}")
        return self.world.value_given(source.thing, name, arguments, known)

    def _keeps(self, parent: str, name: str) -> bool:
        """Whether an override of this subgraph's field is not active yet."""
        roles = [part.roles.get(parent, {}).get(name) for part in self.world.facts.parts]
        taking = [role for role in roles if role is not None and role.override == self.part.name]
        return any(role.label is not None and role.label not in self._labels for role in taking)

    def _given(self, sent: Any, fields: FieldSet, user: str) -> Any:
        """The part of a representation that a field set names. Raises what is told to the gateway."""
        return given(
            sent,
            fields,
            lambda name, condition: name in self.world.facts.objects(condition),
            lambda name: self._offence(f"was not sent {name} for {user}"),
        )

    def _entities(self, representations: list[dict[str, Any]]) -> list[Seen | None]:
        texts = [json.dumps(item) for item in representations]
        if len(set(texts)) < len(texts):
            self.offences.append(f"{self.part.name} was sent a representation twice")
        return [self._entity(item) for item in representations]

    def _entity(self, sent: dict[str, Any]) -> Seen | None:
        name = sent["__typename"]
        keys = [field_set(key.text) for key, resolvable in self.part.keys.get(name, {}).items() if resolvable]
        complete = [key for key in keys if all(isinstance(item, FieldSel) and item.name in sent for item in key)]
        if not complete:
            self.offences.append(f"{self.part.name} was sent no key of {name}: {sent}")
            return None
        for thing in self.world.all_of(name):
            if all(self.world.read(thing, key) == self._given(sent, key, name) for key in complete):
                return Seen(thing, sent)
        self.offences.append(f"{self.part.name} was sent a key of {name} that nothing has: {sent}")
        return None

    def _wrap(self, value: Any, provided: FieldSet) -> Any:
        if isinstance(value, list):
            return [self._wrap(item, provided) for item in value]
        return Seen(value, {}, provided) if isinstance(value, Thing) else value

    def _offence(self, what: str) -> LookupError:
        self.offences.append(f"{self.part.name} {what}")
        return LookupError(f"{self.part.name} {what}")


@lru_cache(maxsize=1000)
def _read(schema: GraphQLSchema, query: str) -> tuple[DocumentNode, GraphQLError | None]:
    """A request's document, and the first reason why it is not valid."""
    document = parse(query)
    return document, next(iter(validate(schema, document)), None)


def _formatted(error: GraphQLError) -> Any:
    return error.formatted


def executable(part: Part) -> GraphQLSchema:
    """A subgraph's schema with what federation adds to it."""
    definitions: list[DefinitionNode] = []
    for node in parse(part.sdl).definitions:
        if isinstance(node, ObjectTypeExtensionNode):
            node = ObjectTypeDefinitionNode(
                name=node.name, interfaces=node.interfaces, directives=node.directives, fields=node.fields
            )
        if not isinstance(node, SchemaExtensionNode | SchemaDefinitionNode):
            definitions.append(node)
    entities = [name for name, keys in part.keys.items() if any(keys.values()) and _is_object(part, name)]
    abstract = {each.name for name in part.interface_keys for each in part.whole.implementations(name)}
    members = sorted({*entities, *abstract})
    query = part.root_names.get("Query", "Query")
    extra = "scalar _Any\n" + ("" if "Query" in part.types else f"type {query}\n")
    extra += f"extend type {query} {{ _service: String }}\n"
    roots = {name: part.root_names.get(name, name) for name in ROOTS if name in part.types or name == "Query"}
    extra += f"schema {{ {' '.join(f'{name.lower()}: {local}' for name, local in roots.items())} }}\n"
    if members:
        extra += f"union _Entity = {' | '.join(members)}\n"
        extra += f"extend type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}\n"
    return build_ast_schema(DocumentNode(definitions=(*definitions, *parse(extra).definitions)), assume_valid_sdl=True)


def _is_object(part: Part, name: str) -> bool:
    return part.whole.by_name[name].kind is Kind.OBJECT
