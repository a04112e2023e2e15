"""The order of steps: each is run as soon as all that it depends on have been."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.planner.steps import Step


def ancestors(step: Step) -> set[Step]:
    """Every step that has to answer before this one can be sent."""
    found: set[Step] = set()
    waiting = list(step.parents)
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(current.parents)
    return found


def depths(steps: Iterable[Step]) -> dict[Step, int]:
    """The wave of each step: one more than the latest of its parents."""
    found: dict[Step, int] = {}
    waiting = list(steps)
    known = set(waiting)
    while waiting:
        ready = [step for step in waiting if all(parent in found for parent in step.parents & known)]
        assert ready, "steps only ever depend on ones made before them"
        for step in ready:
            found[step] = 1 + max((found[parent] for parent in step.parents & known), default=-1)
        waiting = [step for step in waiting if step not in found]
    return found


def waves(steps: list[Step]) -> list[list[Step]]:
    """The steps by wave, each wave in order of creation."""
    levels = depths(steps)
    count = max(levels.values(), default=-1) + 1
    return [[step for step in steps if levels[step] == level] for level in range(count)]
