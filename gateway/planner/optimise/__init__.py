"""Passes that make the fetch graph smaller without changing what it brings."""

from __future__ import annotations

from collections.abc import Callable

from gateway.planner.budget import Meter
from gateway.planner.optimise.drop_unused import drop_unused
from gateway.planner.optimise.merge_siblings import merge_siblings
from gateway.planner.steps import Step

PASSES: tuple[Callable[[list[Step], Meter], bool], ...] = (drop_unused, merge_siblings)


def optimise_steps(steps: list[Step], meter: Meter) -> None:
    """Runs every pass over the steps, in place, until none finds anything."""
    while any(run(steps, meter) for run in PASSES):
        pass
