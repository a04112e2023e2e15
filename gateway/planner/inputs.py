"""What several steps send of the same objects, put together."""

from __future__ import annotations

from dataclasses import replace

from gateway.planner.nodes import Input


def inputs_clash(first: tuple[Input, ...], second: tuple[Input, ...]) -> bool:
    """Whether the same field of a representation would have to hold two different values."""
    for one in first:
        for other in second:
            if one.name != other.name or (one.types and other.types and not one.types & other.types):
                continue
            if one.key != other.key or inputs_clash(one.inputs, other.inputs):
                return True
    return False


def merge_inputs(first: tuple[Input, ...], second: tuple[Input, ...]) -> tuple[Input, ...]:
    """Both sets of inputs, each field once."""
    found: dict[tuple[str, str, frozenset[str] | None], Input] = {}
    for item in (*first, *second):
        identity_ = (item.key, item.name, item.types)
        known = found.get(identity_)
        inputs = merge_inputs(known.inputs, item.inputs) if known else item.inputs
        guards = item.guards if known is None or known.guards == item.guards else ()
        found[identity_] = replace(item, inputs=inputs, guards=guards)
    return tuple(found.values())
