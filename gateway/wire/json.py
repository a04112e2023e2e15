"""JSON as it travels: fast where that is exact, and exact everywhere.

orjson turns integers beyond 64 bits into floats and refuses to print them, so those go the slow way.
"""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

_STRIDE: Final = 6
_SMALL: Final = 1024
_DIGITS_ALIKE: Final = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else ord(" ") for byte in range(256))
_LONG_NUMBER: Final = b"0" * 19
_GLIMPSE: Final = b"0" * 3


class JSONError(ValueError):
    """Bytes that are not JSON. The message says where it broke."""


def loads(body: bytes | str) -> Any:
    """Parses JSON without losing a digit of an integer. Raises JSONError."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    try:
        if _has_long_number(raw):
            return json.loads(raw)
        return orjson.loads(raw)
    except (ValueError, RecursionError) as error:
        raise JSONError(str(error) or "nested too deeply") from error


def loads_approximately(body: bytes) -> Any:
    """The same for those who take no float: integers beyond 64 bits come as floats. Raises JSONError."""
    try:
        return orjson.loads(body)
    except ValueError as error:
        raise JSONError(str(error)) from error


def has_more_values(body: bytes, most: int) -> bool:
    """Whether there are more values in it than that, or half as many strings and then more, without parsing it.

    Values are as many as commas and brackets, or fewer. To parse very many takes a while in which nothing else can
    run, and so would taking very many strings apart.
    """
    if _marks(body) <= most:
        return False
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return plain.count(b'"') > most or _marks(b"".join(plain.split(b'"')[::2])) > most


def _marks(raw: bytes) -> int:
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def dumps(value: Any) -> bytes:
    """Prints JSON as UTF-8; NaN and infinities become null."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _dumps_slowly(value)


def _dumps_slowly(value: Any) -> bytes:
    """Keys that are no strings, and integers beyond 64 bits."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _has_long_number(raw: bytes) -> bool:
    """Of a large body, looks at each sixth byte first: a run of 19 digits shows there as three neighbours."""
    if len(raw) > _SMALL and _GLIMPSE not in raw[::_STRIDE].translate(_DIGITS_ALIKE):
        return False
    return _LONG_NUMBER in raw.translate(_DIGITS_ALIKE)
