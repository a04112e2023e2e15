"""``@context`` and ``@fromContext``: https://specs.apollo.dev/context/v0.1."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import BooleanValueNode

from gateway.composition.codes import ErrorCode
from gateway.composition.fieldsets import FieldSet, FieldSetError, parse_field_set, problems
from gateway.composition.merge.joins import split_context
from gateway.composition.model import FieldDef, InputDef, Kind, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.typerefs import is_same_or_subtype, item, named, nullable

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def check_contexts(subgraph: SubgraphSchema, report: Report) -> None:
    """Check contexts and every argument that is set from one."""
    contexts: dict[str, list[TypeDef]] = {}
    for found in subgraph.schema.types.values():
        for applied in found.all("context"):
            name = applied.text("name") or ""
            if not _NAME.fullmatch(name):
                report.error(
                    ErrorCode.CONTEXT_NAME_INVALID,
                    f'[{subgraph.name}] The context "{name}" on "{found.name}" may hold only letters and'
                    " digits, and must begin with a letter.",
                    (subgraph.name, applied.node),
                    coordinate=found.name,
                )
            contexts.setdefault(name, []).append(found)
    for found in subgraph.schema.types.values():
        for entry in found.fields.values():
            for argument in entry.args.values():
                if argument.has("fromContext"):
                    for code, problem in _problems(subgraph, contexts, found, entry, argument):
                        coordinate = f"{found.name}.{entry.name}({argument.name}:)"
                        report.error(
                            code,
                            f'[{subgraph.name}] @fromContext on "{coordinate}": {problem}.',
                            (subgraph.name, argument.node),
                            coordinate=coordinate,
                        )


def _problems(
    subgraph: SubgraphSchema,
    contexts: dict[str, list[TypeDef]],
    found: TypeDef,
    entry: FieldDef,
    argument: InputDef,
) -> Iterator[tuple[ErrorCode, str]]:
    applied = argument.find("fromContext")
    name, selection = split_context((applied.text("field") if applied is not None else None) or "")
    if not name:
        yield ErrorCode.NO_CONTEXT_IN_SELECTION, "the field must begin with a context, as in $name { field }"
        return
    if name not in contexts:
        yield ErrorCode.CONTEXT_NOT_SET, f'no type sets the context "{name}"'
        return
    if not any(_resolvable(key.args.get("resolvable")) for key in found.all("key")):
        yield ErrorCode.CONTEXT_NO_RESOLVABLE_KEY, f'"{found.name}" needs a resolvable @key'
    try:
        selections = parse_field_set(selection)
    except FieldSetError as error:
        yield ErrorCode.CONTEXT_INVALID_SELECTION, str(error).rstrip(".")
        return
    for context in contexts[name]:
        problem = _selection_problem(subgraph, context, selections, argument)
        if problem is not None:
            yield ErrorCode.CONTEXT_INVALID_SELECTION, problem


def _resolvable(value: object) -> bool:
    return not (isinstance(value, BooleanValueNode) and value.value is False)


def _selection_problem(
    subgraph: SubgraphSchema, context: TypeDef, selections: FieldSet, argument: InputDef
) -> str | None:
    """Why the selection does not give the argument its value when the context is ``context``."""
    schema = subgraph.schema
    runtime = set(schema.possible(context.name)) | {context.name}
    parts = [s for s in selections if s.name is not None or s.on in runtime or s.on is None]
    if not parts:
        return None
    wrong = next(problems(schema, context, tuple(parts)), None)
    if wrong is not None:
        return wrong
    for selection in parts:
        parent = context if selection.name is not None else schema.types.get(selection.on or context.name)
        fields = (selection,) if selection.name is not None else selection.children or ()
        type_ = _selected_type(subgraph, parent, fields)
        if type_ is None:
            return "it must select exactly one field without aliases"
        if not is_same_or_subtype(type_, nullable(argument.type), lambda _a, _b: False):
            return f"it selects a value of type {type_}, but the argument is of type {argument.type}"
    return None


def _selected_type(subgraph: SubgraphSchema, parent: TypeDef | None, selections: FieldSet) -> str | None:
    """The type of the one leaf that a selection reaches; lists on the way wrap it."""
    if parent is None or len(selections) != 1 or selections[0].name is None or selections[0].alias:
        return None
    selection = selections[0]
    entry = parent.fields.get(selection.name or "")
    if entry is None:
        return None
    if not selection.children:
        target = subgraph.type(named(entry.type))
        return None if target is not None and target.kind in (Kind.OBJECT, Kind.INTERFACE) else entry.type
    inner = _selected_type(subgraph, subgraph.type(named(entry.type)), selection.children)
    if inner is None:
        return None
    if item(entry.type) is not None:
        return f"[{inner}]"
    return inner if entry.type.endswith("!") else nullable(inner)
