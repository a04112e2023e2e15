"""Parameters, payloads and results as JSON and back (dataclasses, Decimal, enums, lists, optionals)."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import cattrs
from strawberry import UNSET

T = TypeVar("T")

_converter = cattrs.Converter()
_converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
# Strawberry's JSON scalar is a NewType of object: any JSON value, as it is.
_converter.register_structure_hook_func(lambda cls: cls is object, lambda value, _: value)


def to_json(value: Any) -> Any:
    """Plain JSON values of a dataclass, list, mapping, Decimal (as string) or enum (by value).

    Fields that a constructor does not take (a Strawberry type's resolvers) are left out.
    """
    if is_dataclass(value) and not isinstance(value, type):
        names = [item.name for item in fields(value) if item.init]
        return {name: to_json(getattr(value, name)) for name in names if getattr(value, name) is not UNSET}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_json(item) for item in value]
    return value


def from_json(cls: type[T], data: Any) -> T:
    """The dataclass `cls` made from what `to_json` gave; raises ValueError naming the field that does not fit."""
    try:
        return _converter.structure(data, cls)
    except cattrs.BaseValidationError as error:
        raise ValueError("; ".join(cattrs.transform_error(error))) from error
