"""Tells which types' fields are read by the same code, so that it is written once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from gateway.planner.nodes import OutputField


def shared(by_type: Mapping[str, tuple[OutputField, ...]]) -> dict[str, str]:
    """For each type the first whose fields are read as its own are: an interface may have hundreds that are alike."""
    first: dict[Hashable, str] = {}
    return {typename: first.setdefault(tuple(map(_shape, fields)), typename) for typename, fields in by_type.items()}


def _shape(field: OutputField) -> Hashable:
    """All of a field but the type that it is of."""
    return (field.key, field.name, field.type, field.guards, field.leaf, id(field.children), field.refused)
