"""Field sets: the selections in ``@key``, ``@requires``, ``@provides`` and contexts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    FieldNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
)

from gateway.composition.model import FieldDef, Kind, Schema, TypeDef
from gateway.composition.typerefs import named


class FieldSetError(ValueError):
    """A field set that does not parse; the text says why."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A field, or an inline fragment when ``name`` is None."""

    name: str | None
    on: str | None = None
    alias: str | None = None
    arguments: tuple[str, ...] = ()
    directives: tuple[str, ...] = ()
    children: tuple[Selection, ...] | None = None

    def __str__(self) -> str:
        """The selection as GraphQL on one line."""
        if self.name is None:
            text = f"... on {self.on}" if self.on else "..."
        else:
            text = f"{self.alias}: {self.name}" if self.alias else self.name
            if self.arguments:
                text += f"({', '.join(self.arguments)})"
        for directive in self.directives:
            text += f" {directive}"
        return text if self.children is None else f"{text} {{ {print_field_set(self.children)} }}"


FieldSet = tuple[Selection, ...]

_SIMPLE = re.compile(r"[\s,]*[A-Za-z_][A-Za-z0-9_]*(?:[\s,]+[A-Za-z_][A-Za-z0-9_]*)*[\s,]*$")
_NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def print_field_set(selections: FieldSet) -> str:
    """A field set on one line, without outer braces."""
    return " ".join(str(selection) for selection in selections)


@lru_cache(maxsize=4096)
def parse_field_set(text: str) -> FieldSet:
    """Parse the text of a field set, outer braces optional.

    Raises:
        FieldSetError: when it is not a selection set.
    """
    if _SIMPLE.match(text):
        return tuple(Selection(name) for name in _NAMES.findall(text))
    inner = text.strip()
    try:
        document = parse(inner if inner.startswith("{") else f"{{ {inner} }}", no_location=True)
    except GraphQLError as error:
        raise FieldSetError(error.message) from error
    except RecursionError as error:
        raise FieldSetError("It is nested too deeply.") from error
    operation = document.definitions[0]
    if len(document.definitions) != 1 or not isinstance(operation, OperationDefinitionNode):
        raise FieldSetError("It is not a selection of fields.")
    return _selections(operation.selection_set)


def _selections(node: SelectionSetNode) -> FieldSet:
    result: list[Selection] = []
    for entry in node.selections:
        directives = tuple(print_ast(directive) for directive in entry.directives or ())
        if isinstance(entry, FieldNode):
            result.append(
                Selection(
                    entry.name.value,
                    alias=entry.alias.value if entry.alias else None,
                    arguments=tuple(print_ast(argument) for argument in entry.arguments or ()),
                    directives=directives,
                    children=_selections(entry.selection_set) if entry.selection_set else None,
                )
            )
        elif isinstance(entry, InlineFragmentNode):
            on = entry.type_condition.name.value if entry.type_condition else None
            result.append(Selection(None, on, directives=directives, children=_selections(entry.selection_set)))
        else:
            raise FieldSetError("Named fragments cannot be used in a field set.")
    return tuple(result)


@dataclass(frozen=True, slots=True)
class Visit:
    """One field that a field set reaches: its parent as declared, itself, and its selection."""

    parent: TypeDef
    field: FieldDef
    selection: Selection

    @property
    def coordinate(self) -> tuple[str, str]:
        """Type and field name."""
        return self.parent.name, self.field.name


def visits(schema: Schema, parent: TypeDef | None, selections: Iterable[Selection]) -> Iterator[Visit]:
    """Every field that a field set selects, outside in; what does not exist is passed over."""
    if parent is None:
        return
    for selection in selections:
        if selection.name is None:
            target = schema.types.get(selection.on) if selection.on else parent
            yield from visits(schema, target, selection.children or ())
            continue
        found = parent.fields.get(selection.name)
        if found is None:
            continue
        yield Visit(parent, found, selection)
        if selection.children:
            yield from visits(schema, schema.types.get(named(found.type)), selection.children)


def coordinates(
    schema: Schema, parent: TypeDef | None, text: str | None, implementations: bool = False
) -> Iterator[tuple[str, str]]:
    """The coordinates of all fields in a field set's text; unreadable text selects nothing.

    With ``implementations``, a field of an interface stands for itself and for its implementations.
    """
    if text is None:
        return
    try:
        selections = parse_field_set(text)
    except FieldSetError:
        return
    for visit in visits(schema, parent, selections):
        yield visit.coordinate
        if implementations and visit.parent.kind is Kind.INTERFACE:
            for name in schema.possible(visit.parent.name):
                if visit.field.name in schema.types[name].fields:
                    yield name, visit.field.name


def problems(schema: Schema, parent: TypeDef, selections: FieldSet) -> Iterator[str]:
    """Why a field set cannot be selected on ``parent``; nothing when it can."""
    for selection in selections:
        if selection.name is None:
            yield from _fragment_problems(schema, parent, selection)
        elif selection.name != "__typename":
            yield from _field_problems(schema, parent, selection)


def _fragment_problems(schema: Schema, parent: TypeDef, selection: Selection) -> Iterator[str]:
    target = schema.types.get(selection.on) if selection.on else parent
    if target is None:
        yield f"the type {selection.on} does not exist"
    elif not target.is_composite:
        yield f"{selection.on} has no fields"
    else:
        yield from problems(schema, target, selection.children or ())


def _field_problems(schema: Schema, parent: TypeDef, selection: Selection) -> Iterator[str]:
    found = parent.fields.get(selection.name or "")
    if found is None:
        yield f"{parent.name} has no field {selection.name}"
        return
    given = {argument.partition(":")[0] for argument in selection.arguments}
    for argument in found.args.values():
        if argument.required and argument.name not in given:
            yield f"{parent.name}.{found.name} needs the argument {argument.name}"
    for name in sorted(given - set(found.args)):
        yield f"{parent.name}.{found.name} has no argument {name}"
    target = schema.types.get(named(found.type))
    composite = target is not None and target.is_composite
    if composite and not selection.children:
        yield f"{parent.name}.{found.name} needs a selection of its fields"
    elif selection.children and not composite:
        yield f"{parent.name}.{found.name} has no fields to select"
    elif selection.children and target is not None:
        yield from problems(schema, target, selection.children)
