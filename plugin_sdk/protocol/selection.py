"""What a hook selects of its payload, made safe to stand beside the selections of other hooks.

GraphQL wants fields of one response name to agree in type, even in fragments on different types
(https://spec.graphql.org/October2021/#sec-Field-Selection-Merging). Payload types of two hooks need not
agree, so each hook's outermost fields get an alias with a prefix of its own. Deeper fields need none: they
are only compared below equal response names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

OPEN = "{ "  # what `select` is wrapped in to be a document; positions are told without it


class SelectionError(ValueError):
    """A selection that cannot be used; says where in it and why."""


@dataclass(frozen=True)
class Selection:
    """A parsed `select`.

    Attributes:
        nodes: the outermost selections, none where the hook selects nothing.
    """

    nodes: tuple[SelectionNode, ...] = ()

    def aliased(self, prefix: str) -> str:
        """The selection's text, its outermost response names prefixed."""
        return "\n".join(print_ast(_prefixed(node, prefix)) for node in self.nodes)

    def response_names(self) -> frozenset[str]:
        """The names the fields have on receipt, outermost only."""
        return frozenset(name for node in self.nodes for name in _names(node))


def read_selection(select: str) -> Selection:
    """Parse a `select`, e.g. `good { id sku } after`; blank selects nothing.

    Raises:
        SelectionError: a syntax error, a named fragment, a variable or an operation.
    """
    if not select.strip():
        return Selection()
    try:
        document = parse(f"{OPEN}{select}\n}}", allow_empty_selection_sets=False)
    except GraphQLSyntaxError as error:
        raise SelectionError(f"{_position(error)}{error.message.removeprefix('Syntax Error: ')}") from None
    (definition, *others) = document.definitions
    if others or not isinstance(definition, OperationDefinitionNode) or definition.operation is not OperationType.QUERY:
        raise SelectionError("the braces do not match")
    visit(definition, _OnlySelections())
    return Selection(tuple(definition.selection_set.selections))


def unalias(fields: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The fields as the hook's author named them; what carries no prefix (`__typename`) is left out."""
    return {name.removeprefix(prefix): value for name, value in fields.items() if name.startswith(prefix)}


def prune(selection: Selection, value: Any) -> Any:
    """What of a JSON object the selection gives back, by response name, at every depth."""
    return _pruned(selection.nodes, value)


class _OnlySelections(Visitor):
    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        raise SelectionError(f"{_line_column(node)}named fragment ...{node.name.value}: use an inline fragment")

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        raise SelectionError(f"{_line_column(node)}variable ${node.name.value}: write the value")


def _prefixed(node: SelectionNode, prefix: str) -> SelectionNode:
    if isinstance(node, FieldNode):
        alias = NameNode(value=prefix + (node.alias or node.name).value)
        return FieldNode(
            name=node.name,
            alias=alias,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=node.selection_set,
        )
    if isinstance(node, InlineFragmentNode):
        inner = SelectionSetNode(selections=tuple(_prefixed(child, prefix) for child in node.selection_set.selections))
        return InlineFragmentNode(type_condition=node.type_condition, directives=node.directives, selection_set=inner)
    raise TypeError(f"{type(node).__name__} is refused by read_selection")


def _names(node: SelectionNode) -> list[str]:
    if isinstance(node, FieldNode):
        return [(node.alias or node.name).value]
    if isinstance(node, InlineFragmentNode):
        return [name for child in node.selection_set.selections for name in _names(child)]
    return []


def _pruned(nodes: tuple[SelectionNode, ...], value: Any) -> Any:
    if isinstance(value, list):
        return [_pruned(nodes, item) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept: dict[str, Any] = {}
    for field in _fields(nodes):
        name = (field.alias or field.name).value
        if name not in value:
            continue
        inner = tuple(field.selection_set.selections) if field.selection_set else None
        pruned = value[name] if inner is None else _pruned(inner, value[name])
        kept[name] = _merged(kept.get(name), pruned)
    return kept


def _merged(before: Any, now: Any) -> Any:
    """A field selected twice gives the union of both selections."""
    if isinstance(before, dict) and isinstance(now, dict):
        return {**before, **{name: _merged(before.get(name), value) for name, value in now.items()}}
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [_merged(old, new) for old, new in zip(before, now, strict=True)]
    return now


def _fields(nodes: tuple[SelectionNode, ...]) -> list[FieldNode]:
    found: list[FieldNode] = []
    for node in nodes:
        if isinstance(node, FieldNode):
            found.append(node)
        elif isinstance(node, InlineFragmentNode):
            found.extend(_fields(tuple(node.selection_set.selections)))
    return found


def _position(error: GraphQLSyntaxError) -> str:
    locations = error.locations or ()
    return "".join(_told(location.line, location.column) for location in locations[:1])


def _line_column(node: Node) -> str:
    if node.loc is None:
        return ""
    line, column = node.loc.start_token.line, node.loc.start_token.column
    return _told(line, column)


def _told(line: int, column: int) -> str:
    return f"line {line}, column {column - len(OPEN) if line == 1 else column}: "
