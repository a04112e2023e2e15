"""What a ``@fromContext`` selects: one leaf of every type that sets the context, of the argument's type.

Specification: https://specs.apollo.dev/context/v0.1. Either one field, or an inline fragment for each
object type that can be there.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.composition.fieldsets import FieldSet, Selection, problems
from gateway.composition.model import InputDef, Kind, Schema, TypeDef
from gateway.composition.typerefs import item, named, nullable


def selection_problems(
    schema: Schema, contexts: list[TypeDef], selections: FieldSet, argument: InputDef
) -> Iterator[str]:
    """Why a selection does not give an argument its value from these types."""
    shape = _shape_problem(schema, selections)
    if shape is not None:
        yield shape
        return
    used: set[str] = set()
    for context in contexts:
        parts = [s for s in selections if s.name is not None or s.on in _runtime(schema, context)]
        used.update(part.on for part in parts if part.on is not None)
        if not parts:
            yield f'no fragment of it fits "{context.name}"'
        elif (problem := _context_problem(schema, context, parts, argument)) is not None:
            yield problem
    for selection in selections:
        if selection.on is not None and selection.on not in used:
            yield f'its fragment on "{selection.on}" fits no type that sets the context'


def _runtime(schema: Schema, context: TypeDef) -> set[str]:
    return {context.name} if context.kind is Kind.OBJECT else set(schema.possible(context.name))


def _shape_problem(schema: Schema, selections: FieldSet) -> str | None:
    if any(s.directives for s in _all(selections)):
        return "directives cannot be used in it"
    if any(s.alias for s in _all(selections)):
        return "aliases cannot be used in it"
    fragments = [s for s in selections if s.name is None]
    if not fragments:
        return None if len(selections) == 1 else "it must select exactly one field"
    if len(fragments) < len(selections):
        return "it must be one field, or fragments only"
    conditions = [fragment.on for fragment in fragments]
    if None in conditions or len(set(conditions)) < len(conditions):
        return "each fragment must be on a type of its own"
    for condition in conditions:
        target = schema.types.get(condition or "")
        if target is None or target.kind is not Kind.OBJECT:
            return f'its fragments must be on object types, and "{condition}" is none'
    return None


def _all(selections: FieldSet) -> Iterator[Selection]:
    for selection in selections:
        yield selection
        yield from _all(selection.children or ())


def _context_problem(schema: Schema, context: TypeDef, parts: list[Selection], argument: InputDef) -> str | None:
    wrong = next(problems(schema, context, tuple(parts)), None)
    if wrong is not None:
        return wrong
    for selection in parts:
        parent = context if selection.name is not None else schema.types.get(selection.on or "")
        fields = (selection,) if selection.name is not None else selection.children or ()
        if parent is not None and _meets_interface_object(schema, parent, fields):
            return "it goes through an @interfaceObject"
        type_ = _selected_type(schema, parent, fields)
        if type_ is None:
            return "it must select exactly one field at every level"
        if type_ != argument.type:
            return f"it gives a value of type {type_}, which may be null, and the argument is of type {argument.type}"
    return None


def _meets_interface_object(schema: Schema, parent: TypeDef, selections: FieldSet) -> bool:
    if parent.is_interface_object:
        return True
    for selection in selections:
        entry = parent.fields.get(selection.name or "")
        target = schema.types.get(named(entry.type)) if entry is not None else None
        if target is not None and selection.children and _meets_interface_object(schema, target, selection.children):
            return True
    return False


def _selected_type(schema: Schema, parent: TypeDef | None, selections: FieldSet) -> str | None:
    """The type of the one leaf that a selection reaches, with the lists on the way and without non-nulls.

    A contextual value can be missing whatever its field's type says, so nullability never counts.
    """
    if parent is None or not selections:
        return None
    types = {_leaf_type(schema, parent, selection) for selection in selections}
    return types.pop() if len(types) == 1 else None


def _leaf_type(schema: Schema, parent: TypeDef, selection: Selection) -> str | None:
    entry = parent.fields.get(selection.name or "")
    if entry is None:
        return None
    target = schema.types.get(named(entry.type))
    inner: str | None = named(entry.type)
    if selection.children:
        inner = _selected_type(schema, target, selection.children)
    elif target is not None and target.is_composite:
        return None
    if inner is None:
        return None
    wrapped: str | None = nullable(entry.type)
    while wrapped is not None and (wrapped := item(wrapped)) is not None:
        inner = f"[{inner}]"
    return inner
