"""Reads a supergraph document (join spec) into the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLSyntaxError,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    parse_type,
    value_from_ast_untyped,
)

from gateway.supergraph.errors import SupergraphError
from gateway.supergraph.model import ContextArgument, EntityKey, FieldDef, FieldJoin, Kind, Model, TypeDef, TypeJoin
from gateway.supergraph.selection import FieldSet, parse_field_set

KINDS: Mapping[type[TypeDefinitionNode], Kind] = {
    ObjectTypeDefinitionNode: Kind.OBJECT,
    InterfaceTypeDefinitionNode: Kind.INTERFACE,
    UnionTypeDefinitionNode: Kind.UNION,
    EnumTypeDefinitionNode: Kind.ENUM,
    ScalarTypeDefinitionNode: Kind.SCALAR,
    InputObjectTypeDefinitionNode: Kind.INPUT,
}


def parse_supergraph(sdl: str) -> DocumentNode:
    """Parses the document. Raises SupergraphError where it is not GraphQL."""
    try:
        return parse(sdl, no_location=True)
    except GraphQLSyntaxError as error:
        raise SupergraphError("INVALID_GRAPHQL", f"the supergraph is not GraphQL: {error.message}") from error


def read_model(document: DocumentNode) -> Model:
    """Raises SupergraphError where the document does not follow the join spec."""
    graphs = _read_graphs(document)
    types: dict[str, TypeDef] = {}
    for node in document.definitions:
        kind = KINDS.get(type(node))  # type: ignore[arg-type]
        if kind is not None and is_type_of_subgraphs(node):  # type: ignore[arg-type]
            definition = _TypeReader(node, kind, graphs).read()  # type: ignore[arg-type]
            types[definition.name] = definition
    return Model(types, dict(graphs.values()), _read_roots(document, types))


def is_machinery(name: str) -> bool:
    """Whether a name is in a namespace of the link and join specifications and those that extend them."""
    return name.startswith(("join__", "link__", "core__", "federation__", "context__", "connect__"))


def is_type_of_subgraphs(node: TypeDefinitionNode) -> bool:
    """Whether a type is the subgraphs' and not the machinery's, whatever its name."""
    return any(item.name.value == "join__type" for item in node.directives or ()) or not is_machinery(node.name.value)


def arguments_of(directive: ConstDirectiveNode) -> dict[str, Any]:
    """The directive's arguments as plain values."""
    return {item.name.value: value_from_ast_untyped(item.value) for item in directive.arguments or ()}


def _read_graphs(document: DocumentNode) -> dict[str, tuple[str, str]]:
    """Real name and URL by name in the enum join__Graph."""
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            return {value.name.value: _read_graph(value.name.value, value.directives) for value in node.values or ()}
    message = (
        "the document has no enum join__Graph that names its subgraphs; `izara compose` makes a supergraph of them"
    )
    raise SupergraphError("NOT_A_SUPERGRAPH", message)


def _read_graph(name: str, directives: Iterable[ConstDirectiveNode] | None) -> tuple[str, str]:
    for directive in directives or ():
        if directive.name.value == "join__graph":
            found = arguments_of(directive)
            return str(found.get("name", name)), str(found.get("url", ""))
    raise SupergraphError("INVALID_SUPERGRAPH", f"join__Graph.{name} has no @join__graph")


def _read_roots(document: DocumentNode, types: Mapping[str, TypeDef]) -> dict[str, str]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode) and node.operation_types:
            return {item.operation.value: item.type.name.value for item in node.operation_types}
    return {name.lower(): name for name in ("Query", "Mutation", "Subscription") if name in types}


class _TypeReader:
    """Reads one type definition."""

    def __init__(self, node: TypeDefinitionNode, kind: Kind, graphs: Mapping[str, tuple[str, str]]) -> None:
        self._node = node
        self._kind = kind
        self._graphs = graphs

    def read(self) -> TypeDef:
        return TypeDef(
            self._node.name.value,
            self._kind,
            self._joins(),
            self._fields(),
            self._interfaces(),
            self._members(),
            self._values(),
            frozenset(str(item["name"]) for item in self._applied("context", self._node.directives)),
        )

    def _applied(self, name: str, directives: Iterable[ConstDirectiveNode] | None) -> list[dict[str, Any]]:
        return [arguments_of(item) for item in directives or () if item.name.value == name]

    def _graph(self, arguments: dict[str, Any]) -> str:
        name = str(arguments.get("graph"))
        if name not in self._graphs:
            raise SupergraphError("INVALID_SUPERGRAPH", f"{self._node.name.value} names an unknown graph {name}")
        return self._graphs[name][0]

    def _joins(self) -> dict[str, TypeJoin]:
        joins: dict[str, TypeJoin] = {}
        for found in self._applied("join__type", self._node.directives):
            graph = self._graph(found)
            joins[graph] = type_join(found, joins.get(graph, TypeJoin()))
        return joins

    def _fields(self) -> dict[str, FieldDef]:
        nodes = getattr(self._node, "fields", None)
        if self._kind not in (Kind.OBJECT, Kind.INTERFACE) or not nodes:
            return {}
        return {node.name.value: FieldDef(node.name.value, node.type, self._field_joins(node)) for node in nodes}

    def _field_joins(self, node: FieldDefinitionNode) -> tuple[FieldJoin, ...]:
        return tuple(
            field_join(found, self._graph(found) if found.get("graph") else None)
            for found in self._applied("join__field", node.directives)
        )

    def _interfaces(self) -> dict[str, frozenset[str]]:
        return self._by_graph("join__implements", "interface")

    def _members(self) -> dict[str, frozenset[str]]:
        found = self._by_graph("join__unionMember", "member")
        if isinstance(self._node, UnionTypeDefinitionNode) and not found:
            members = frozenset(item.name.value for item in self._node.types or ())
            return dict.fromkeys(self._joins(), members)
        return found

    def _values(self) -> frozenset[str]:
        if not isinstance(self._node, EnumTypeDefinitionNode):
            return frozenset()
        return frozenset(value.name.value for value in self._node.values or ())

    def _by_graph(self, directive: str, argument: str) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for arguments in self._applied(directive, self._node.directives):
            graph = self._graph(arguments)
            found[graph] = found.get(graph, frozenset()) | {str(arguments[argument])}
        return found


def type_join(arguments: Mapping[str, Any], before: TypeJoin) -> TypeJoin:
    """What one more `@join__type` of the same subgraph says in addition. Raises SupergraphError."""
    keys = before.keys
    if arguments.get("key"):
        keys += (EntityKey(parse_field_set(arguments["key"]), arguments.get("resolvable", True)),)
    return TypeJoin(keys, before.interface_object or bool(arguments.get("isInterfaceObject")))


def field_join(arguments: Mapping[str, Any], graph: str | None) -> FieldJoin:
    """What `@join__field` says of a subgraph, given by its real name. Raises SupergraphError."""
    return FieldJoin(
        graph=graph,
        type=parse_type(arguments["type"], no_location=True) if arguments.get("type") else None,
        requires=_field_set(arguments.get("requires")),
        provides=_field_set(arguments.get("provides")),
        external=bool(arguments.get("external")),
        overrides=arguments.get("override"),
        overridden=bool(arguments.get("usedOverridden")),
        label=arguments.get("overrideLabel"),
        contexts=tuple(_context_argument(item) for item in arguments.get("contextArguments") or ()),
    )


def _context_argument(arguments: Mapping[str, Any]) -> ContextArgument:
    text = str(arguments["selection"]).strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    return ContextArgument(
        str(arguments["name"]), str(arguments["type"]), str(arguments["context"]), parse_field_set(text)
    )


def _field_set(text: str | None) -> FieldSet:
    return parse_field_set(text) if text else ()
