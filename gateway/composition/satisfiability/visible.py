"""The composite types that clients see, as far as the walk asks: fields with their types, possible objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.composition.model import Kind, Schema
from gateway.composition.typerefs import named


@dataclass(frozen=True, slots=True)
class Visible:
    """Two are equal when clients can ask for the same.

    Attributes:
        types: for each composite type its fields, each with the name of its type.
        objects: the visible object types behind each abstract type.
    """

    types: Mapping[str, Mapping[str, str]]
    objects: Mapping[str, Sequence[str]]

    def possible(self, name: str) -> Sequence[str]:
        """The object types that a value of an abstract type can have."""
        return self.objects.get(name, ())


def visible_part(api: Schema) -> Visible:
    """What the walk needs of the API."""
    types: dict[str, dict[str, str]] = {}
    objects: dict[str, list[str]] = {}
    for found in api.types.values():
        if not found.is_composite:
            continue
        types[found.name] = {entry.name: named(entry.type) for entry in found.fields.values()}
        if found.kind is Kind.UNION:
            objects[found.name] = [name for name in found.members if name in api.types]
        elif found.kind is Kind.OBJECT:
            for interface in found.interfaces:
                objects.setdefault(interface, []).append(found.name)
    return Visible(types, objects)
