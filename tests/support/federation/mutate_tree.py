"""Changes SDL as a tree: what comes out parses, and means something else or nothing sensible."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    GraphQLError,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    ValueNode,
    parse,
    parse_const_value,
    parse_type,
    print_ast,
)

from tests.support.federation.chance import Chance

_VALUES = (
    "null", "5", "-1", "1.5", "true", '""', '"id"', '"nothing"', '"id { id }"', '"A"', "[]", '["id"]', "[5]",
    "{a: 1}", "NAME", '"percent(200)"', '"https://specs.apollo.dev/federation/v2.4"', '"https://x/y/v1.0"',
    "99999999999999999999", '[{name: "@key", as: "@k"}]', '["@key", "@nothing", null]', '"$c { id }"', '"c"',
)  # fmt: skip
_DIRECTIVES = (
    '@key(fields: "id")', '@key(fields: "id", resolvable: false)', "@key(fields: 5)", "@key", "@shareable",
    "@external", '@requires(fields: "id")', '@provides(fields: "id")', '@override(from: "a")',
    '@override(from: "b", label: "percent(5)")', "@inaccessible", '@tag(name: "t")', "@interfaceObject",
    "@extends", "@authenticated", '@requiresScopes(scopes: [["s"]])', '@policy(policies: [["p"]])',
    "@cost(weight: 3)", "@listSize(assumedSize: 3)", '@context(name: "c")', '@fromContext(field: "$c { id }")',
    '@composeDirective(name: "@x")', "@deprecated", '@specifiedBy(url: "")', "@oneOf", "@unknown(x: 1)",
    '@cacheTag(format: "x")', "@federation__external", "@federation__shareable", "@join__type",
)  # fmt: skip
_TYPES = ("Int", "ID!", "[Int!]!", "Query", "Nothing", "[[String]]", "federation__FieldSet", "__Type", "_Any")
_NAMES = ("Query", "Mutation", "id", "a", "A", "_", "__x", "Int", "join__Graph", "_Service", "FieldSet", "link")
_KINDS: tuple[type[Any], ...] = (
    ObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    UnionTypeDefinitionNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
)


Step = tuple[str, int | None]
"""An attribute of a node, and a place where that is a list."""


@dataclass(frozen=True)
class _Spot:
    """A node, and the way to it from the document."""

    path: tuple[Step, ...]
    node: Any

    @property
    def listed(self) -> bool:
        """Whether it is one of several, any number of which may be."""
        return self.path[-1][1] is not None

    def put(self, document: DocumentNode, nodes: Sequence[Node]) -> DocumentNode:
        """The document with others in its place; outside a list none changes nothing."""
        changed: DocumentNode = _replaced(document, self.path, tuple(nodes))
        return changed


def _replaced(holder: Any, path: tuple[Step, ...], nodes: tuple[Node, ...]) -> Any:
    (key, index), *rest = path
    value = getattr(holder, key)
    if index is None:
        if not rest:
            return replace(holder, **{key: nodes[0]}) if nodes else holder
        return replace(holder, **{key: _replaced(value, tuple(rest), nodes)})
    inner = (_replaced(value[index], tuple(rest), nodes),) if rest else nodes
    return replace(holder, **{key: (*value[:index], *inner, *value[index + 1 :])})


def _spots(holder: Node, path: tuple[Step, ...] = ()) -> Iterator[_Spot]:
    for key in holder.keys:
        value = getattr(holder, key, None)
        nodes = [(None, value)] if isinstance(value, Node) else []
        if isinstance(value, tuple | list):
            nodes = [(index, node) for index, node in enumerate(value) if isinstance(node, Node)]  # type: ignore[misc]
        for index, node in nodes:
            here = (*path, (key, index))
            yield _Spot(here, node)
            yield from _spots(node, here)


def change_tree(chance: Chance, sdl: str) -> str:
    """The SDL with one to three changes of its tree; what does not parse comes back as it is."""
    try:
        document = parse(sdl, no_location=True)
    except GraphQLError:
        return sdl
    for _ in range(chance.integer(1, 3)):
        spots = list(_spots(document))
        if spots:
            document = chance.choice(_CHANGES)(chance, document, spots)
    return print_ast(document)


def _of(spots: list[_Spot], *kinds: type[Any]) -> list[_Spot]:
    return [spot for spot in spots if isinstance(spot.node, kinds)]


def _rename(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    names = _of(spots, NameNode)
    name = chance.choice([*_NAMES, *(other.node.value for other in names)])
    return chance.choice(names).put(document, [NameNode(value=name)])


def _rename_everywhere(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    old = chance.choice(_of(spots, NameNode)).node.value
    new = chance.choice(_NAMES)
    for spot in _of(spots, NameNode):
        if spot.node.value == old:
            document = spot.put(document, [NameNode(value=new)])
    return document


def _drop(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    return chance.choice([spot for spot in spots if spot.listed]).put(document, [])


def _double(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    spot = chance.choice([spot for spot in spots if spot.listed])
    return spot.put(document, [spot.node, spot.node])


def _exchange(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    """Put one node where another of its class is."""
    spot = chance.choice(spots)
    return spot.put(document, [chance.choice(_of(spots, type(spot.node))).node])


def _change_kind(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    found = _of(spots, *_KINDS)
    if not found:
        return document
    spot = chance.choice(found)
    kind = chance.choice(_KINDS)
    kept = {key: getattr(spot.node, key, ()) for key in kind.keys if key != "description"}
    return spot.put(document, [kind(**kept, description=None)])


def _change_value(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    """A default, an argument or a part of one becomes any other literal."""
    found = _of(spots, ValueNode)
    if not found:
        return document
    return chance.choice(found).put(document, [parse_const_value(chance.choice(_VALUES), no_location=True)])


def _change_type(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    found = [spot for spot in _of(spots, TypeNode) if spot.path[-1] == ("type", None)]
    if not found:
        return document
    return chance.choice(found).put(document, [parse_type(chance.choice(_TYPES), no_location=True)])


def _directives(chance: Chance) -> tuple[Node, ...]:
    holder: Any = parse(f"scalar X {chance.choice(_DIRECTIVES)}", no_location=True).definitions[0]
    return tuple(holder.directives)


def _apply(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    found = [spot for spot in spots if "directives" in spot.node.keys]
    spot = chance.choice(found)
    directives = (*(spot.node.directives or ()), *_directives(chance))
    return spot.put(document, [replace(spot.node, directives=directives)])


def _replace_directive(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    found = _of(spots, DirectiveNode)
    return chance.choice(found).put(document, _directives(chance)) if found else document


def _change_root(chance: Chance, document: DocumentNode, spots: list[_Spot]) -> DocumentNode:
    operation = chance.choice(("query", "mutation", "subscription"))
    sdl = f"{chance.choice(('', 'extend '))}schema {{ {operation}: {chance.choice(_NAMES)} }}"
    return replace(document, definitions=(*document.definitions, *parse(sdl, no_location=True).definitions))


_CHANGES: tuple[Callable[[Chance, DocumentNode, list[_Spot]], DocumentNode], ...] = (
    _rename,
    _rename_everywhere,
    _drop,
    _double,
    _exchange,
    _change_kind,
    _change_value,
    _change_value,
    _change_type,
    _apply,
    _apply,
    _replace_directive,
    _change_root,
)
