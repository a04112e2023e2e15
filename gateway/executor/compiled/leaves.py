"""Tests of leaf values, as code."""

from __future__ import annotations

from gateway.executor.compiled.source import Source
from gateway.planner.nodes import EnumValues


def wrong(source: Source, name: str, leaf: str | EnumValues | None, required: bool) -> str:
    """An expression that holds where the variable `name` is no such leaf; empty where anything is one.

    An ID that is an integer counts as wrong here: it has to be made a string.

    Args:
        leaf: as `OutputField` has it.
        required: whether null is wrong too.
    """
    null = "" if required else f" and {name} is not None"
    match leaf:
        case "String" | "ID":
            return f"type({name}) is not str{null}"
        case "Boolean":
            return f"{name} is not True and {name} is not False{null}"
        case "Int":
            return f"(type({name}) is not int or not -2147483648 <= {name} <= 2147483647){null}"
        case "Float":
            return f"type({name}) is not float and type({name}) is not int{null}"
        case EnumValues(visible, _):
            return f"{name} not in {source.constant('enum', visible)}{null}"
        case _:
            return f"{name} is None" if required else ""


def may_be_float(leaf: str | EnumValues | None) -> bool:
    """Whether a float is such a leaf."""
    return leaf is None or leaf == "Float"
