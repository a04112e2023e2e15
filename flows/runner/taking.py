"""Where a run goes once a step of it is recorded, or what it waited for is over: rules without a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.machine import SYNC, Judgement, end_status
from flows.records import Awaited, ErrorRecord, RunRecord, RunStatus, Stage, Verdict
from flows.schema import Flow, Step, ValidateStep, WriteStep


def after_step(flow: Flow[Any], run: RunRecord, marked_at: int, **recorded: Any) -> dict[str, Any]:
    """The write that records a step, and takes the run as far as it can without waiting for anybody.

    Args:
        marked_at: when a sweep looks at a child's end, should nobody have told its parent.
    """
    after = run.model_copy(update=recorded)
    if after.verdict is not Verdict.NONE:
        return recorded | {"awaited": []} | turn_back(flow, after, marked_at)
    if not after.awaited:
        return recorded | go_on(flow, after, marked_at)
    if any(item.mode == SYNC for item in after.awaited):
        return recorded
    return recorded | park(after.awaited, Stage.WAITING)


def after_hooks(flow: Flow[Any], run: RunRecord, marked_at: int, judgement: Judgement) -> dict[str, Any]:
    """The write that takes the outcomes of a step's commit hooks, and takes the run on."""
    failed = [ErrorRecord(code=item.code, message=item.message) for item in judgement.rejections]
    changes: dict[str, Any] = {
        "awaited": [],
        "status": RunStatus.RUNNING,
        "rejections": [*run.rejections, *judgement.rejections],
        "skipped": [*run.skipped, *judgement.skipped],
        "errors": [*run.errors, *failed],
    }
    if run.stage is Stage.UNDOING:
        return changes
    if failed and run.verdict is Verdict.NONE:
        changes |= {"verdict": Verdict.FAILED, "failure": failed[0]}
        return changes | turn_back(flow, run.model_copy(update=changes), marked_at)
    return changes | go_on(flow, run.model_copy(update=changes), marked_at)


def go_on(flow: Flow[Any], run: RunRecord, marked_at: int) -> dict[str, Any]:
    """On to the step after the run's, or to the end."""
    position = flow.position(run.step) + 1
    if position == len(flow.steps):
        return end(run, marked_at)
    following = flow.steps[position].tag
    return {"step": following, "stage": Stage.NEW, "status": RunStatus.RUNNING, "round": 0, "validated_version": -1}


def turn_back(flow: Flow[Any], run: RunRecord, marked_at: int) -> dict[str, Any]:
    """Back over the steps that are done; straight to the end where none has an undo."""
    return end(run, marked_at) if next_undo(flow, run) is None else {"stage": Stage.UNDOING}


def end(run: RunRecord, marked_at: int) -> dict[str, Any]:
    """The end; a child stays due until its parent has taken it."""
    return {
        "stage": Stage.ENDED,
        "status": end_status(run),
        "leased_until": 0,
        "next_at": marked_at if run.parent else None,
        "awaited": [],
    }


def park(awaited: Sequence[Awaited], stage: Stage) -> dict[str, Any]:
    """The lease is given back; the run is due again when the first of what it waits for times out."""
    ends = [item.expires_at for item in awaited if item.expires_at is not None]
    return {"stage": stage, "status": RunStatus.AWAITING, "leased_until": 0, "next_at": min(ends, default=None)}


def next_undo(flow: Flow[Any], run: RunRecord) -> Step | None:
    """The step to undo next; a refused ChildrenStep is undone itself, because some of its children completed."""
    done = [step for step in flow.steps[: flow.position(run.step) + 1] if step.tag in run.results]
    for step in reversed(done):
        if step.tag in run.undone or isinstance(step, ValidateStep):
            continue
        if step.undo is not None and not (isinstance(step, WriteStep) and step.tag == run.refused_step):
            return step
    return None
