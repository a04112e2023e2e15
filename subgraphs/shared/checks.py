"""Checks of input values: each yields the refusals a caller can correct, with the input field to blame."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

from flows.schema import Refusal
from subgraphs.shared.attributes import AttributeValue

LONGEST_ID = 200
LONGEST_TEXT = 200
LONGEST_NOTE = 2000
LARGEST_INT = 2**31 - 1
LONGEST_EMAIL = 254
MOST_LINES = 100

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")

Path = tuple[str, ...]


def check_text(value: str, field: Path, longest: int = LONGEST_TEXT) -> Iterator[Refusal]:
    """A line of text that must say something: not blank, not longer than `longest`, all of it printable."""
    if not value.strip():
        yield Refusal("BLANK", f"{field[-1]} must not be blank.", field)
    elif len(value) > longest:
        yield _too_long(value, field, longest)
    elif not value.isprintable():
        yield Refusal("BAD_CHARACTER", f"{field[-1]} contains a character that cannot be printed.", field)


def check_note(value: str | None, field: Path, longest: int = LONGEST_NOTE) -> Iterator[Refusal]:
    """A text of any number of lines, that may be absent or blank, but not longer than `longest`."""
    if value is None:
        return
    if len(value) > longest:
        yield _too_long(value, field, longest)
    elif not "".join(value.split()).isprintable():
        yield Refusal("BAD_CHARACTER", f"{field[-1]} contains a character that cannot be printed.", field)


def _too_long(value: str, field: Path, longest: int) -> Refusal:
    message = f"{field[-1]} has {len(value)} characters; at most {longest} are allowed."
    return Refusal("TOO_LONG", message, field)


def is_id(value: object) -> TypeGuard[str]:
    """Whether the value could be the id of something; what cannot be stored cannot be looked up either."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()


def check_id(value: str, field: Path) -> Iterator[Refusal]:
    """An id that could name something; whether it does is asked later."""
    if not is_id(value):
        yield Refusal("NOT_FOUND", f"{field[-1]} names nothing: it is no id.", field)


def check_email(value: str, field: Path) -> Iterator[Refusal]:
    """An e-mail address: at least its shape."""
    yield from check_text(value, field, LONGEST_EMAIL)
    if value.strip() and not EMAIL.match(value):
        yield Refusal("BAD_EMAIL", f"{field[-1]} must have the shape name@host.", field)


def check_quantity(value: int, field: Path) -> Iterator[Refusal]:
    """A quantity of at least one."""
    if value < 1:
        yield Refusal("NOT_POSITIVE", f"{field[-1]} is {value}; it must be at least 1.", field)
    elif value > LARGEST_INT:
        yield Refusal("OUT_OF_RANGE", f"{field[-1]} is {value}; at most {LARGEST_INT} is allowed.", field)


def check_count(value: int, field: Path) -> Iterator[Refusal]:
    """A number of things, zero or more."""
    if value < 0:
        yield Refusal("NEGATIVE", f"{field[-1]} is {value}; it must not be negative.", field)
    elif value > LARGEST_INT:
        yield Refusal("OUT_OF_RANGE", f"{field[-1]} is {value}; at most {LARGEST_INT} is allowed.", field)


def check_lines(lines: Sequence[object], field: Path, least: int = 1) -> Iterator[Refusal]:
    """A list of at least `least` and at most `MOST_LINES` lines."""
    if len(lines) < least:
        yield Refusal("EMPTY", f"{field[-1]} must have at least {least} line.", field)
    if len(lines) > MOST_LINES:
        yield Refusal("TOO_MANY", f"{field[-1]} has {len(lines)} lines; at most {MOST_LINES} are allowed.", field)


def check_attributes(attributes: Sequence[AttributeValue], field: Path) -> Iterator[Refusal]:
    """Attributes to set: no blank, overlong or repeated name; no overlong value; not too many of them."""
    yield from check_names([item.name for item in attributes], field)
    for item in attributes:
        yield from check_note(item.value, (*field, "value"))


def check_names(names: Sequence[str], field: Path) -> Iterator[Refusal]:
    """Attribute names: no blank, overlong or repeated one; not too many of them."""
    yield from check_lines(names, field, least=0)
    for name in names:
        yield from check_text(name, (*field, "name"))
    yield from check_distinct(names, field)


def check_distinct(values: Iterable[str], field: Path) -> Iterator[Refusal]:
    """Every value appears once."""
    for value, count in Counter(values).items():
        if count > 1:
            yield Refusal("DUPLICATE", f"{value[:50]!r} appears {count} times in {field[-1]}.", field)


def check_attribute_changes(set: Sequence[AttributeValue], unset: Sequence[str]) -> Iterator[Refusal]:
    """Attributes to set and names to unset: at least one of them, and none of them both."""
    if not set and not unset:
        yield Refusal("EMPTY", "Give attributes to set or names to unset.", ("set",))
    yield from check_attributes(set, ("set",))
    yield from check_names(unset, ("unset",))
    both = {item.name for item in set}.intersection(unset)
    if both:
        names = ", ".join(sorted(both))
        yield Refusal("DUPLICATE", f"Both set and unset: {names[:200]}.", ("unset",))
