"""Field sets as the federation directives write them: `@key(fields: "id org { id }")`."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    parse,
)
from graphql.error import GraphQLSyntaxError
from graphql.language.print_string import print_string

from gateway.supergraph.errors import SupergraphError


@dataclass(frozen=True, slots=True)
class FieldSel:
    """A field; `arguments` is their text in parentheses, or empty."""

    name: str
    arguments: str = ""
    selections: tuple[FieldSel | FragmentSel, ...] = ()


@dataclass(frozen=True, slots=True)
class FragmentSel:
    """Selections for one type only."""

    type: str
    selections: tuple[FieldSel | FragmentSel, ...]


FieldSet = tuple[FieldSel | FragmentSel, ...]


def parse_field_set(text: str) -> FieldSet:
    """Reads `id org { id }`. Raises SupergraphError on text that is no selection."""
    try:
        document = parse("{" + text + "}", no_location=True)
    except GraphQLSyntaxError as error:
        raise SupergraphError("INVALID_SUPERGRAPH", f'"{text}" is not a field set: {error.message}') from error
    operation = document.definitions[0]
    if len(document.definitions) != 1 or not isinstance(operation, OperationDefinitionNode):
        raise SupergraphError("INVALID_SUPERGRAPH", f'"{text}" is not a field set')
    return _read(operation.selection_set, text)


def _read(selection_set: SelectionSetNode, text: str) -> FieldSet:
    found: list[FieldSel | FragmentSel] = []
    for node in selection_set.selections:
        if isinstance(node, FieldNode):
            below = _read(node.selection_set, text) if node.selection_set else ()
            found.append(FieldSel(node.name.value, print_arguments(node), below))
        elif isinstance(node, InlineFragmentNode):
            below = _read(node.selection_set, text)
            if node.type_condition is None:
                found.extend(below)
            else:
                found.append(FragmentSel(node.type_condition.name.value, below))
        else:
            raise SupergraphError("INVALID_SUPERGRAPH", f'named fragments have no place in field set "{text}"')
    return tuple(found)


def print_arguments(node: FieldNode) -> str:
    """The arguments as canonical text (sorted by name), so that equal arguments are equal strings."""
    if not node.arguments:
        return ""
    ordered = sorted(node.arguments, key=lambda argument: argument.name.value)
    return "(" + ", ".join(f"{item.name.value}: {_print_value(item.value)}" for item in ordered) + ")"


def _print_value(node: ValueNode) -> str:
    """As `print_ast` does, which makes objects that refer to themselves, so that long lists wait for the collector."""
    match node:
        case VariableNode():
            return f"${node.name.value}"
        case StringValueNode():
            return print_string(node.value)
        case ListValueNode():
            return "[" + ", ".join(map(_print_value, node.values)) + "]"
        case ObjectValueNode():
            return "{" + ", ".join(f"{field.name.value}: {_print_value(field.value)}" for field in node.fields) + "}"
        case BooleanValueNode():
            return "true" if node.value else "false"
        case NullValueNode():
            return "null"
        case IntValueNode() | FloatValueNode() | EnumValueNode():
            return node.value
        case _:
            raise TypeError(f"{node.kind} is no value")


def print_field_set(selections: FieldSet) -> str:
    """The inverse of parse_field_set."""
    parts = []
    for item in selections:
        head = f"{item.name}{item.arguments}" if isinstance(item, FieldSel) else f"... on {item.type}"
        parts.append(f"{head} {{ {print_field_set(item.selections)} }}" if item.selections else head)
    return " ".join(parts)
