"""Subgraphs in memory: graphql-core schemas over plain data, strict about what they may be asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    build_ast_schema,
    execute_sync,
    parse,
    validate,
)

from gateway.composition import Subgraph as SubgraphInput
from gateway.composition import compose
from gateway.executor import (
    CompiledPlan,
    ExecutionContext,
    Response,
    SubgraphTransport,
    compile_plan,
    execute_compiled,
    execute_plan,
)
from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.planner import QueryPlan, plan_operation
from gateway.supergraph import Supergraph, load_supergraph
from tests.support.federation.over_bytes import over_bytes

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@requires", '
    '"@provides", "@external", "@shareable", "@override", "@interfaceObject", "@inaccessible", "@authenticated", '
    '"@requiresScopes", "@policy"])\n'
)

Obj = Mapping[str, Any]
Compute = Callable[[Callable[..., Any], Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Computed:
    """A value made of other fields: `make` is given a getter and the arguments.

    The getter takes the field's name and the arguments that the requirement names.
    """

    make: Compute


@dataclass
class World:
    """All objects by type and id. Whatever an answer holds comes from here."""

    objects: dict[str, dict[str, dict[str, Any]]]
    roots: dict[str, Computed | Any]

    def find(self, typename: str, representation: Obj) -> dict[str, Any] | None:
        """The object that a representation means, by whatever fields it has in common."""
        candidates = self.objects.get(typename)
        if candidates is None:  # an interface's name: an interface object was asked
            candidates = {key: item for table in self.objects.values() for key, item in table.items()}
        for item in candidates.values():
            if all(_same(item, name, value) for name, value in representation.items() if name != "__typename"):
                return item
        return None


def _same(item: Obj, name: str, value: Any) -> bool:
    known = item.get(name)
    if isinstance(known, Computed):
        return True
    if isinstance(value, dict) and isinstance(known, dict):
        return all(_same(known, inner, each) for inner, each in value.items() if inner != "__typename")
    if isinstance(value, list | dict) or (known is None and name not in item):
        return True
    return bool(known == value)


@dataclass(frozen=True)
class Entity:
    """An object as one subgraph sees it: what it was sent beside what it knows."""

    data: Obj
    sent: Obj


def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Resolves any field from the world, as a monolith would."""
    value = source.get(info.field_name)
    if isinstance(value, Computed):
        return value.make(partial(_full, source), arguments)
    return value


def _full(source: Obj, name: str, **arguments: Any) -> Any:
    value = source[name]
    return value.make(partial(_full, source), arguments) if isinstance(value, Computed) else value


class FakeSubgraph:
    """One subgraph over a world; a transport to itself.

    It gives external fields only where it was sent them or provides them, and computes what requires others
    from what it was sent alone. It refuses requests that are not valid against its own schema.
    """

    def __init__(self, name: str, sdl: str, world: World) -> None:
        self.name = name
        self.sdl = LINK + sdl
        self.requests: list[SubgraphRequest] = []
        self.before: Callable[[SubgraphRequest], SubgraphResponse | None] = lambda _: None
        self.world = world
        document = parse(self.sdl)
        self._external = _marked(document, "external")
        self._provided = _provided(document)
        self._requires = _marked(document, "requires")
        self._interface_objects = _types_marked(document, "interfaceObject")
        self._schema = build_ast_schema(_executable(document), assume_valid_sdl=True)
        self._abstract = {
            node.name.value for node in document.definitions if isinstance(node, InterfaceTypeDefinitionNode)
        }

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        self.requests.append(request)
        await asyncio.sleep(0)
        prepared = self.before(request)
        if prepared is not None:
            return prepared
        document = parse(request.query)
        errors = validate(self._schema, document)
        if errors:
            raise AssertionError(f"{self.name} was sent what is not valid: {errors}\n{request.query}")
        result = execute_sync(
            self._schema,
            document,
            root_value=self.world.roots,
            variable_values=request.variables,
            field_resolver=self._resolve,
            type_resolver=self._type_of,
        )
        return SubgraphResponse(result.data, [error.formatted for error in result.errors or ()])  # type: ignore[misc]

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
        raise TransportError("SUBSCRIPTIONS_UNSUPPORTED", "no events here", self.name)
        yield SubgraphResponse(None)

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        name = info.field_name
        if name == "_entities":
            return [self._entity(item) for item in arguments["representations"]]
        entity = source if isinstance(source, Entity) else Entity(source, {})
        coordinate = f"{info.parent_type.name}.{name}"
        if coordinate in self._external and coordinate not in self._provided:
            if name not in entity.sent:
                raise LookupError(f"{self.name} does not resolve {coordinate}")
            return entity.sent[name]
        value = entity.data.get(name)
        if isinstance(value, Computed):
            known = entity.sent if coordinate in self._requires else entity.data
            return value.make(partial(_known, known), arguments)
        return value

    def _entity(self, representation: Obj) -> Entity | None:
        found = self.world.find(str(representation["__typename"]), representation)
        if found is None:
            return None
        typename = representation["__typename"]
        kept = found["__typename"] if typename in self._abstract else typename
        return Entity({**found, "__typename": kept}, representation)

    def _type_of(self, value: Any, *_: Any) -> str:
        data = value.data if isinstance(value, Entity) else value
        return str(data["__typename"])


def _known(known: Obj, name: str, **arguments: Any) -> Any:
    value = known[name]
    return value.make(partial(_known, known), arguments) if isinstance(value, Computed) else value


def _marked(document: DocumentNode, directive: str) -> set[str]:
    return {
        f"{node.name.value}.{item.name.value}"
        for node, item in _fields(document)
        if any(applied.name.value == directive for applied in item.directives or ())
    }


def _provided(document: DocumentNode) -> set[str]:
    """Coordinates that some `@provides` names, loosely: any type's field of that name."""
    words: set[str] = set()
    for _, item in _fields(document):
        for applied in item.directives or ():
            if applied.name.value == "provides":
                text = str(applied.arguments[0].value.value)  # type: ignore[union-attr, index]
                words |= {*text.replace("{", " ").replace("}", " ").split()}
    return {f"{node.name.value}.{item.name.value}" for node, item in _fields(document) if item.name.value in words}


def _types_marked(document: DocumentNode, directive: str) -> set[str]:
    return {
        node.name.value
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode)
        and any(applied.name.value == directive for applied in node.directives or ())
    }


def _fields(document: DocumentNode) -> list[tuple[Any, FieldDefinitionNode]]:
    return [
        (node, item)
        for node in document.definitions
        if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode | InterfaceTypeDefinitionNode)
        for item in node.fields or ()
    ]


def _executable(document: DocumentNode) -> DocumentNode:
    """The subgraph's schema with what federation adds to it."""
    kept: list[DefinitionNode] = [node for node in document.definitions if not isinstance(node, SchemaExtensionNode)]
    entities = [
        node.name.value
        for node in kept
        if isinstance(node, ObjectTypeDefinitionNode)
        and any(applied.name.value == "key" for applied in node.directives or ())
    ]
    has_query = any(isinstance(node, ObjectTypeDefinitionNode) and node.name.value == "Query" for node in kept)
    extra = "scalar _Any\n" + ("" if has_query else "type Query\n")
    if entities:
        extra += f"union _Entity = {' | '.join(entities)}\n"
        extra += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }\n"
    else:
        extra += "extend type Query { _service: String }\n"
    return DocumentNode(definitions=(*kept, *parse(extra).definitions))


@dataclass
class Federation:
    """A supergraph with its subgraphs in memory."""

    supergraph: Supergraph
    subgraphs: dict[str, FakeSubgraph]
    world: World
    plan: QueryPlan | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def query(self, query: str, variables: Mapping[str, Any] | None = None, *, mask: bool = False) -> Response:
        document = parse(query)
        errors = validate(self.supergraph.api_schema, document)
        assert not errors, errors
        self.plan = plan_operation(self.supergraph, document)
        before = self._sent()
        response = await execute_plan(self.plan, variables or {}, self.context(mask))
        await self._check_compiled(self.plan, variables or {}, mask, response, before)
        return response

    def _sent(self) -> dict[str, int]:
        return {name: len(subgraph.requests) for name, subgraph in self.subgraphs.items()}

    async def _check_compiled(
        self, plan: QueryPlan, variables: Mapping[str, Any], mask: bool, expected: Response, before: dict[str, int]
    ) -> None:
        """The compiled plan sends the same and gives the same: keys in the same order, numbers in the same form."""
        for transports in (self.subgraphs, over_bytes(self.subgraphs)):
            await self._compare(compile_plan(plan), variables, mask, transports, expected, before)

    async def _compare(
        self,
        plan: CompiledPlan,
        variables: Mapping[str, Any],
        mask: bool,
        transports: Mapping[str, SubgraphTransport],
        expected: Response,
        before: dict[str, int],
    ) -> None:
        between = self._sent()
        context = ExecutionContext(self.supergraph, transports, self.headers, mask)
        response = await execute_compiled(plan, variables, context)
        assert json.dumps(response.data) == json.dumps(expected.data)
        assert sorted(map(json.dumps, response.errors)) == sorted(map(json.dumps, expected.errors))
        for name, subgraph in self.subgraphs.items():
            first, second = subgraph.requests[before[name] : between[name]], subgraph.requests[between[name] :]
            assert sorted(map(_described, second)) == sorted(map(_described, first))
            del subgraph.requests[between[name] :]

    def context(self, mask: bool = False) -> ExecutionContext:
        return ExecutionContext(self.supergraph, self.subgraphs, self.headers, mask)

    def monolith(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """What one server with all the data would answer."""
        return execute_sync(
            self.supergraph.api_schema,
            parse(query),
            root_value=self.world.roots,
            variable_values=dict(variables or {}),
            field_resolver=resolve,
            type_resolver=lambda value, *_: str(value["__typename"]),
        )

    @property
    def requests(self) -> list[SubgraphRequest]:
        return [request for subgraph in self.subgraphs.values() for request in subgraph.requests]


def _described(request: SubgraphRequest) -> str:
    return json.dumps([request.query, request.operation_name, request.variables, request.kind, dict(request.headers)])


def federate(sdls: Mapping[str, str], world: World) -> Federation:
    """Composes the subgraphs and puts a gateway in front of them."""
    subgraphs = {name: FakeSubgraph(name, sdl, world) for name, sdl in sdls.items()}
    return Federation(_supergraph(tuple(sdls.items())), dict(subgraphs), world)


@cache
def _supergraph(sdls: tuple[tuple[str, str], ...]) -> Supergraph:
    result = compose([SubgraphInput(name, f"memory://{name}", LINK + sdl) for name, sdl in sdls])
    assert result.supergraph is not None, result.errors
    return load_supergraph(result.supergraph)


def object_types(federation: Federation) -> list[GraphQLObjectType]:
    return [item for item in federation.supergraph.api_schema.type_map.values() if isinstance(item, GraphQLObjectType)]
