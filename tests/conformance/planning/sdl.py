"""A subgraph's SDL: a schema that can be executed, and what the federation directives in it say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    parse,
    validate,
    value_from_ast_untyped,
)

from gateway.supergraph.selection import FieldSet, parse_field_set

Coordinate = tuple[str, str]
_EXTENSIONS = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
}


class SubgraphSdl:
    """What one subgraph declares. `whole` tells which object types implement an interface anywhere."""

    def __init__(self, sdl: str, implementers: dict[str, set[str]]) -> None:
        self._document = parse(sdl)
        self._implementers = implementers
        self.keys: dict[str, list[FieldSet]] = {}
        self.external: set[Coordinate] = set()
        self.requires: dict[Coordinate, FieldSet] = {}
        self.provides: dict[Coordinate, FieldSet] = {}
        self.overrides: dict[Coordinate, tuple[str, str | None]] = {}
        self._interface_objects: set[str] = set()
        self._checked: dict[str, tuple[DocumentNode, list[GraphQLError]]] = {}
        for node in self._types():
            self._read(node)

    def _types(self) -> Iterator[Any]:
        kinds = (*_EXTENSIONS, *_EXTENSIONS.values())
        return (node for node in self._document.definitions if isinstance(node, kinds))

    def _read(self, node: Any) -> None:
        name = node.name.value
        if any(True for _ in _applied(node, "interfaceObject")):
            self._interface_objects.add(name)
        keys = list(_applied(node, "key"))
        resolvable = [parse_field_set(key["fields"]) for key in keys if key.get("resolvable", True)]
        self.keys.setdefault(name, []).extend(resolvable)
        extends = isinstance(node, ObjectTypeExtensionNode) or any(True for _ in _applied(node, "extends"))
        own = {item.name for key in keys for item in parse_field_set(key["fields"]) if hasattr(item, "name")}
        whole = any(True for _ in _applied(node, "external"))
        for item in node.fields or ():
            self._read_field((name, item.name.value), item, whole, extends and item.name.value in own)

    def _read_field(self, coordinate: Coordinate, node: Any, external: bool, kept: bool) -> None:
        """An external key field of a type that extends another's is known nevertheless (`kept`)."""
        if (external or any(True for _ in _applied(node, "external"))) and not kept:
            self.external.add(coordinate)
        for found in _applied(node, "requires"):
            self.requires[coordinate] = parse_field_set(found["fields"])
        for found in _applied(node, "provides"):
            self.provides[coordinate] = parse_field_set(found["fields"])
        for found in _applied(node, "override"):
            self.overrides[coordinate] = (found["from"], found.get("label"))

    def possible(self, name: str) -> set[str]:
        """The object types that this subgraph has for an abstract type."""
        return {item.name for item in self.schema.get_possible_types(self.schema.type_map[name])}  # type: ignore[arg-type]

    def known_as(self, name: str) -> str:
        """What objects of a type are here: where only an interface of theirs is known, that."""
        blind = [item for item in self._interface_objects if name in self._implementers.get(item, ())]
        return blind[0] if blind else name

    def objects_behind(self, name: str) -> list[str]:
        """The object types that a representation of this name may stand for."""
        return sorted(self._implementers.get(name, {name}))

    def checked(self, query: str) -> tuple[DocumentNode, list[GraphQLError]]:
        """A request's document and what is not valid in it."""
        if query not in self._checked:
            document = parse(query)
            self._checked[query] = document, validate(self.schema, document)
        return self._checked[query]

    @cached_property
    def schema(self) -> GraphQLSchema:
        """With `_entities`, where there is any."""
        definitions: list[DefinitionNode] = []
        known = {node.name.value for node in self._types() if type(node) in _EXTENSIONS.values()}
        for node in self._document.definitions:
            made = _EXTENSIONS.get(type(node))  # type: ignore[arg-type]
            if made is not None and node.name.value not in known:  # type: ignore[attr-defined]
                known.add(node.name.value)  # type: ignore[attr-defined]
                node = made(**{key: getattr(node, key) for key in made.keys if hasattr(node, key)})
            if not isinstance(node, SchemaExtensionNode | SchemaDefinitionNode):
                definitions.append(node)
        return build_ast_schema(
            DocumentNode(definitions=(*definitions, *parse(self._extra(known)).definitions)), assume_valid_sdl=True
        )

    def _extra(self, known: set[str]) -> str:
        members = {node.name.value for node in self._types() if self._is_entity(node)}
        extra = (
            "scalar _Any\n" + ("" if "Query" in known else "type Query\n") + "extend type Query { _service: String }\n"
        )
        if members:
            extra += f"union _Entity = {' | '.join(sorted(members))}\n"
            extra += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }\n"
        return extra

    def _is_entity(self, node: Any) -> bool:
        if not isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
            return False
        names = [node.name.value, *(item.name.value for item in node.interfaces or ())]
        return any(self.keys.get(name) for name in names)


def implementers(sdls: Iterable[str]) -> dict[str, set[str]]:
    """The object types that implement an interface in any subgraph."""
    found: dict[str, set[str]] = {}
    for sdl in sdls:
        for node in parse(sdl).definitions:
            if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
                for item in node.interfaces or ():
                    found.setdefault(item.name.value, set()).add(node.name.value)
            elif isinstance(node, UnionTypeDefinitionNode):
                found.setdefault(node.name.value, set()).update(item.name.value for item in node.types or ())
    return found


def _applied(node: Any, name: str) -> Iterator[dict[str, Any]]:
    directives: Iterable[ConstDirectiveNode] = node.directives or ()
    for directive in directives:
        if directive.name.value.removeprefix("federation__") == name:
            yield {item.name.value: value_from_ast_untyped(item.value) for item in directive.arguments or ()}
