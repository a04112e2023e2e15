"""The structure of a merged schema: what the walk needs to know of it, read from the join directives' texts.

It is the model that the planner reads from the printed supergraph, without the detour over printing and
parsing; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import ScalarTypeDefinitionNode, TypeNode, parse, parse_type

from gateway.composition.merge.context import Merge
from gateway.composition.model import FieldDef, Kind, TypeDef
from gateway.supergraph import model as graph
from gateway.supergraph.reader import arguments_of, field_join, type_join

_KINDS = {
    Kind.OBJECT: graph.Kind.OBJECT,
    Kind.INTERFACE: graph.Kind.INTERFACE,
    Kind.UNION: graph.Kind.UNION,
    Kind.ENUM: graph.Kind.ENUM,
    Kind.SCALAR: graph.Kind.SCALAR,
    Kind.INPUT: graph.Kind.INPUT,
}
_OPERATIONS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}

_Shape = tuple[object, ...]


class StructureReader:
    """Reads merged schemas; what it has read before, text by text and type by type, it hands out again."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._directives: dict[str, tuple[str, dict[str, Any]]] = {}
        self._joins: dict[str, graph.FieldJoin] = {}
        self._types: dict[str, TypeNode] = {}
        self._shapes: dict[str, tuple[TypeDef, _Shape, graph.TypeDef]] = {}

    def read(self, merge: Merge) -> graph.Model:
        """The model of a merged schema. Raises SupergraphError where a field set cannot be read."""
        names = {value: name for name, value in merge.graphs.items()}
        if any(self._names.get(value, name) != name for value, name in names.items()):
            self._names.clear()
            self._joins.clear()
            self._shapes.clear()
        self._names.update(names)
        types = {found.name: self._type(found) for found in merge.schema.types.values()}
        urls = {subgraph.name: subgraph.url for subgraph in merge.subgraphs}
        objects = {name for name, found in types.items() if found.kind is graph.Kind.OBJECT}
        roots = {operation: name for operation, name in _OPERATIONS.items() if name in objects}
        return graph.Model(types, urls, roots)

    def _type(self, found: TypeDef) -> graph.TypeDef:
        known = self._shapes.get(found.name)
        if known is not None and known[0] is found:
            return known[2]
        shape = _shape(found)
        read = known[2] if known is not None and known[1] == shape else self._read_type(found)
        self._shapes[found.name] = found, shape, read
        return read

    def _read_type(self, found: TypeDef) -> graph.TypeDef:
        joins: dict[str, graph.TypeJoin] = {}
        interfaces: dict[str, frozenset[str]] = {}
        members: dict[str, frozenset[str]] = {}
        for name, arguments in self._applied(found.join):
            subgraph = self._names.get(arguments.get("graph", ""), "")
            if name == "join__type":
                joins[subgraph] = type_join(arguments, joins.get(subgraph, graph.TypeJoin()))
            elif name == "join__implements":
                interfaces[subgraph] = interfaces.get(subgraph, frozenset()) | {arguments["interface"]}
            elif name == "join__unionMember":
                members[subgraph] = members.get(subgraph, frozenset()) | {arguments["member"]}
        if found.kind is Kind.UNION and not members:
            members = dict.fromkeys(joins, frozenset(found.members))
        fields: Mapping[str, graph.FieldDef] = {}
        if found.kind in (Kind.OBJECT, Kind.INTERFACE):
            fields = {entry.name: self._field(entry) for entry in found.fields.values()}
        contexts = frozenset(applied.text("name") or "" for applied in found.all("context"))
        return graph.TypeDef(found.name, _KINDS[found.kind], joins, fields, interfaces, members, contexts=contexts)

    def _field(self, entry: FieldDef) -> graph.FieldDef:
        joins = tuple(self._field_join(text) for text in entry.join if text.startswith("@join__field"))
        return graph.FieldDef(entry.name, self._type_node(entry.type), joins)

    def _field_join(self, text: str) -> graph.FieldJoin:
        if text not in self._joins:
            ((_, arguments),) = self._applied([text])
            name = arguments.get("graph")
            self._joins[text] = field_join(arguments, self._names[name] if name else None)
        return self._joins[text]

    def _type_node(self, text: str) -> TypeNode:
        if text not in self._types:
            self._types[text] = parse_type(text, no_location=True)
        return self._types[text]

    def _applied(self, texts: Iterable[str]) -> Iterable[tuple[str, dict[str, Any]]]:
        for text in texts:
            if text not in self._directives:
                (host,) = parse(f"scalar Host {text}", no_location=True).definitions
                assert isinstance(host, ScalarTypeDefinitionNode) and host.directives, "a join is one directive"
                self._directives[text] = host.directives[0].name.value, arguments_of(host.directives[0])
            yield self._directives[text]


def _shape(found: TypeDef) -> _Shape:
    """All that the structure takes from a type."""
    fields = tuple((entry.name, entry.type, tuple(entry.join)) for entry in found.fields.values())
    contexts = tuple(applied.text("name") for applied in found.all("context"))
    return found.kind, tuple(found.join), tuple(found.members), contexts, fields
