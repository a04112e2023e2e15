"""Compares two answers: values, order of keys, and which nulls errors explain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from gateway.executor import Response
from tests.oracle.facts import Facts
from tests.oracle.legal import explained_nulls, made_of_nulls, null_on, taken_along
from tests.oracle.single import Answer, Path


def differences(right: Answer, response: Response, facts: Facts) -> list[str]:
    """What is wrong with the gateway's response, in words; empty where nothing is."""
    errors = [tuple(error.get("path") or ()) for error in response.errors]
    allowed = taken_along(right, facts)
    free = made_of_nulls(right, facts)
    found = list(_differences((), right.data, response.data, allowed, free))
    if found:
        return found
    wanted = explained_nulls(right.data, right.errors)
    given = explained_nulls(response.data, errors)
    # Below and above what was taken along, one answer has nulls that the other has not.
    allowed |= free
    off = {path for path in wanted ^ given if not any(path[: len(p)] == p or p[: len(path)] == path for p in allowed)}
    found += [f"the null at {list(path)} has {_who(path in given)} error" for path in sorted(off, key=str)]
    found += _strays(right, errors, facts)
    if right.errors and not response.errors and not allowed:
        found.append("there are no errors, and one server has some")
    return found


def _strays(right: Answer, errors: Iterable[Path], facts: Facts) -> Iterator[str]:
    """Errors of fields that nobody asked for, and that no other field is computed from (3)."""
    known = {name for _, name in facts.inputs} | {name for each in facts.whole.types for name in each.key_fields}
    for path in errors:
        place = path
        while place and isinstance(place[-1], int):
            place = place[:-1]
        if place and place not in right.visited and null_on(right.data, place[:-1]) is None:
            name = re.sub(r"^(_\d+_)+", "", str(place[-1]))
            if name not in known:
                yield f"there is an error at {list(path)}, where nobody asked for anything"


def _who(gateway: bool) -> str:
    return "only the gateway's" if gateway else "no"


def _differences(path: Path, right: Any, given: Any, allowed: set[Path], free: set[Path]) -> Iterator[str]:
    if path in free:
        return
    if given is None and right is not None and path in allowed:
        return
    if isinstance(right, dict) and isinstance(given, dict):
        if [*right] != [*given]:
            yield f"at {list(path)} the keys are {[*given]}, not {[*right]}"
            return
        for key, value in right.items():
            yield from _differences((*path, key), value, given[key], allowed, free)
    elif isinstance(right, list) and isinstance(given, list) and len(right) == len(given):
        for position, value in enumerate(right):
            yield from _differences((*path, position), value, given[position], allowed, free)
    elif right != given or type(right) is not type(given):
        yield f"at {list(path)} is {_short(given)}, not {_short(right)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else text[:200] + "…"
