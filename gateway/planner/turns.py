"""The order of a mutation's root fields, which conditions may change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.planner.nodes import Guard
from gateway.planner.operation import ALWAYS, Guards, OpField, conjoin


def turns(places: list[tuple[OpField, Guards]]) -> Iterator[tuple[OpField, Guards]]:
    """Each root field with the condition under which it is its turn here; empty where it is in any case.

    A field that stands in several places has its turn at the first whose condition holds (CollectFields of
    the specification). Its conditions then lie on the turn, no longer on the field.
    """
    fields = [(field, guards) for field, guards in places if not field.name.startswith("__")]
    earlier: dict[str | None, list[Guards]] = {}
    for field, guards in fields:
        if sum(other.key == field.key for other, _ in fields) == 1:
            yield field, ()
            continue
        for turn in _none_of(earlier.setdefault(field.key, []), guards):
            yield replace(field, when=ALWAYS), turn
        earlier[field.key].append(guards)


def _none_of(conditions: list[Guards], guards: Guards) -> list[Guards]:
    """Alternatives, no two of which hold at once, for: these guards hold, and of each condition one does not."""
    found = [guards]
    for condition in conditions:
        found = [
            conjoin(known, (*condition[:position], Guard(guard.variable, not guard.include)))
            for known in found
            for position, guard in enumerate(condition)
        ]
    return [each for each in found if not any(Guard(guard.variable, not guard.include) in each for guard in each)]
