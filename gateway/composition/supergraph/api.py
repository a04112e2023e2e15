"""The API schema: what clients see, without inaccessible elements and federation's own."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from functools import partial

from graphql import print_ast

from gateway.composition.merge.memos import Memos
from gateway.composition.model import Applied, FieldDef, InputDef, Kind, Schema, TypeDef
from gateway.composition.supergraph.printer import Printer

_SHOWN = ("deprecated", "specifiedBy", "oneOf")
_ROOTS = ("Query", "Mutation", "Subscription")


def api_model(merged: Schema, executable: tuple[str, ...], composed: Container[str], memos: Memos) -> Schema:
    """The visible part of the merged schema; its elements are copies where they differ.

    Directives that subgraphs composed belong to their specification, not to the API.
    """
    api = Schema(element=merged.element)
    hidden = {found.name for found in merged.types.values() if found.has("inaccessible")}
    for found in merged.types.values():
        if found.name not in hidden:
            related = tuple(name for name in (*found.interfaces, *found.members) if name in hidden) if hidden else ()
            api.types[found.name] = memos.visible.get((found, related), partial(_visible_type, found, related))
    memos.visible.turn()
    for definition in merged.directives.values():
        places = tuple(place for place in definition.locations if place in executable)
        if places and definition.name not in composed:
            args = {a.name: a for a in definition.args.values() if not a.has("inaccessible")}
            api.directives[definition.name] = replace(definition, locations=places, args=args)
    return api


def _visible_type(found: TypeDef, hidden: Container[str]) -> TypeDef:
    """The type without hidden elements and without the related types that are hidden."""
    return replace(
        found,
        interfaces=[name for name in found.interfaces if name not in hidden],
        members=[name for name in found.members if name not in hidden],
        fields={f.name: _visible_field(f) for f in found.fields.values() if not f.has("inaccessible")},
        inputs={i.name: i for i in found.inputs.values() if not i.has("inaccessible")},
        values={v.name: v for v in found.values.values() if not v.has("inaccessible")},
    )


def _visible_field(entry: FieldDef) -> FieldDef:
    hidden = any(argument.has("inaccessible") for argument in entry.args.values())
    if not hidden:
        return entry
    visible: dict[str, InputDef] = {a.name: a for a in entry.args.values() if not a.has("inaccessible")}
    return replace(entry, args=visible)


def _text(applied: Applied) -> str | None:
    if applied.spec is not None or applied.name not in _SHOWN:
        return None
    args = ", ".join(f"{name}: {print_ast(value)}" for name, value in applied.args.items())
    return f"@{applied.name}({args})" if args else f"@{applied.name}"


def print_api(api: Schema, memos: Memos) -> str:
    """The API schema as SDL, sorted by name."""
    printer = Printer(_text, joins=False)
    blocks: list[str] = []
    if api.element.description or any(_misnamed(api, name) for name in _ROOTS):
        blocks.append(printer.description(api.element) + _roots(api))
    blocks += [printer.directive_definition(found) for _, found in sorted(api.directives.items())]
    for _, found in sorted(api.types.items()):
        if _has_content(found):
            blocks.append(memos.shown.get(found, partial(printer.type, found)))
    memos.shown.turn()
    return "\n\n".join(blocks) + "\n"


def _misnamed(api: Schema, name: str) -> bool:
    """Whether a type has a root's name and cannot be one: then the roots must be told."""
    found = api.types.get(name)
    return found is not None and found.kind is not Kind.OBJECT


def _roots(api: Schema) -> str:
    roots = [api.types[name] for name in _ROOTS if name in api.types and not _misnamed(api, name)]
    lines = [f"  {found.name.lower()}: {found.name}" for found in roots if found.fields]
    return "\n".join(["schema {", *lines, "}"])


def _has_content(found: TypeDef) -> bool:
    return found.kind is not Kind.OBJECT or found.name not in _ROOTS or bool(found.fields)
