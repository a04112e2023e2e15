"""The API schema: what clients see, without inaccessible elements and federation's own."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from graphql import print_ast

from gateway.composition.model import Applied, FieldDef, InputDef, Kind, Schema, TypeDef
from gateway.composition.supergraph.printer import Printer

_SHOWN = ("deprecated", "specifiedBy", "oneOf")
_ROOTS = ("Query", "Mutation", "Subscription")


def api_model(merged: Schema, executable: tuple[str, ...], composed: Container[str] = ()) -> Schema:
    """The visible part of the merged schema; its elements are copies where they differ.

    Directives that subgraphs composed belong to their specification, not to the API.
    """
    api = Schema()
    for found in merged.types.values():
        if not found.has("inaccessible"):
            api.types[found.name] = _visible_type(merged, found)
    for definition in merged.directives.values():
        places = tuple(place for place in definition.locations if place in executable)
        if places and definition.name not in composed:
            args = {a.name: a for a in definition.args.values() if not a.has("inaccessible")}
            api.directives[definition.name] = replace(definition, locations=places, args=args)
    return api


def _visible_type(merged: Schema, found: TypeDef) -> TypeDef:
    def exists(name: str) -> bool:
        other = merged.types.get(name)
        return other is not None and not other.has("inaccessible")

    return replace(
        found,
        interfaces=[name for name in found.interfaces if exists(name)],
        members=[name for name in found.members if exists(name)],
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


def print_api(api: Schema) -> str:
    """The API schema as SDL, sorted by name."""
    printer = Printer(_text, joins=False)
    blocks = [printer.directive_definition(found) for _, found in sorted(api.directives.items())]
    blocks += [printer.type(found) for _, found in sorted(api.types.items()) if _has_content(found)]
    return "\n\n".join(blocks) + "\n"


def _has_content(found: TypeDef) -> bool:
    return found.kind is not Kind.OBJECT or found.name not in _ROOTS or bool(found.fields)
