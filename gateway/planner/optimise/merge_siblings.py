"""Steps that ask the same subgraph about the same objects become one."""

from __future__ import annotations

from gateway.planner.budget import Meter
from gateway.planner.inputs import inputs_clash, merge_inputs
from gateway.planner.nodes import Path
from gateway.planner.steps import Step
from gateway.planner.waves import ancestors, depths

Group = tuple[str, Path, str | None, str | None]


def merge_siblings(steps: list[Step], meter: Meter) -> bool:
    """Merges steps of which neither has to wait for the other, where that makes the plan no deeper."""
    groups: dict[Group, list[Step]] = {}
    for step in steps:
        if step.kind == "query":
            groups.setdefault((step.graph, step.path, step.entity, step.typename), []).append(step)
    return any(_merge_group(steps, group, meter) for group in groups.values() if len(group) > 1)


def _merge_group(steps: list[Step], group: list[Step], meter: Meter) -> bool:
    changed = False
    for position, first in enumerate(group):
        for second in group[position + 1 :]:
            meter.spend()
            if first in steps and second in steps and _may_merge(steps, first, second):
                _merge(steps, first, second)
                changed = True
    return changed


def _may_merge(steps: list[Step], first: Step, second: Step) -> bool:
    if inputs_clash(first.inputs, second.inputs) or first.contexts != second.contexts:
        return False
    if second in ancestors(first) or first in ancestors(second):
        return False
    levels = depths(steps)
    level = max(levels[first], levels[second])
    rise = level - min(levels[first], levels[second])
    if not rise:
        return True
    # Whoever waits for the earlier one will wait for the later one.
    earlier = first if levels[first] < levels[second] else second
    waiting = [levels[step] for step in steps if earlier in ancestors(step)]
    return not waiting or max(waiting) + rise <= max(levels.values())


def _merge(steps: list[Step], kept: Step, gone: Step) -> None:
    kept.out.absorb(gone.out)
    kept.inputs = merge_inputs(kept.inputs, gone.inputs)
    kept.parents |= gone.parents
    steps.remove(gone)
    for step in steps:
        if gone in step.parents:
            step.parents = (step.parents - {gone}) | {kept}
