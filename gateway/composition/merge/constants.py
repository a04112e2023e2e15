"""When two constant values are the same value, however they are written."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from graphql import (
    BooleanValueNode,
    ConstValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    parse_const_value,
)

from gateway.composition.model import Applied

_DEFAULTS: dict[str, dict[str, ConstValueNode]] = {
    "listSize": {"requireOneSlicingArgument": parse_const_value("true")},
    "deprecated": {"reason": parse_const_value('"No longer supported"')},
}


def value_key(value: ConstValueNode | None) -> Hashable:
    """Equal for equal values: ``1`` and ``1.0``, both kinds of strings, objects in any order of their fields."""
    match value:
        case IntValueNode() | FloatValueNode():
            return "number", _number(value.value)
        case StringValueNode() | EnumValueNode() | BooleanValueNode():
            return value.kind, value.value
        case ListValueNode():
            return "list", tuple(value_key(entry) for entry in value.values or ())
        case ObjectValueNode():
            return "object", frozenset((field.name.value, value_key(field.value)) for field in value.fields or ())
    return None if value is None else "null"


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def application_key(applied: Applied, defaults: Mapping[str, ConstValueNode]) -> Hashable:
    """Equal for applications of a directive that mean the same, given the defaults of its definition."""
    known = {**_DEFAULTS.get(applied.name, {}), **defaults}
    args = {**known, **applied.args}
    return frozenset((name, value_key(value)) for name, value in args.items())
