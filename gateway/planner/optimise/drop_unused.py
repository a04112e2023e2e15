"""Steps that select nothing are left out."""

from __future__ import annotations

from gateway.planner.budget import Meter
from gateway.planner.steps import Step


def drop_unused(steps: list[Step], meter: Meter) -> bool:
    """Removes steps that nothing is read from. Who depended on one depends on its parents."""
    unused = [step for step in steps if step.out.is_empty and step.entity is not None]
    for step in unused:
        meter.spend()
        steps.remove(step)
        for other in steps:
            if step in other.parents:
                other.parents = (other.parents - {step}) | step.parents
    return bool(unused)
