"""Plain JSON values out of what handlers work with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from plugin_sdk._record import Record, as_json


def plain(value: Any) -> Any:
    """The JSON of a value: records as objects, decimals as strings, times in ISO 8601.

    Raises:
        TypeError: for a value that JSON has no form for; it names the type.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return str(value)
        case Record():
            return as_json(value)
        case Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case _:
            raise TypeError(f"a {type(value).__name__} has no JSON form; pass its fields")
