"""Undo: the steps that are done, last first, each with an effect of its own (architecture §6.10)."""

from __future__ import annotations

from typing import Any

from flows.records import ErrorRecord, RunRecord, RunStatus, Stage
from flows.runner.children import Children, ends_of, park, spawn, unmark
from flows.runner.held import HeldRun
from flows.runner.pages import Pages
from flows.runner.write_step import follow_up
from flows.runner.writing import Recorded, StepWrite
from flows.schema import PagedStep, Refusal, StartingStep, WriteStep


async def undo_write(held: HeldRun, step: WriteStep[Any, Any]) -> None:
    """Undo a WriteStep and record that: a delta, or computed anew from what the object is now."""
    write = StepWrite(held, step, undo=True)
    recorded: Recorded | None = None
    while recorded is None:
        document = await write.read()
        recorded = write.found(document)
        if recorded is None:
            decision = await write.decide(document)
            assert not isinstance(decision, Refusal), f"the undo of {held.flow.tag}.{step.tag} may not refuse"
            recorded = await write.store(document, decision)
    await held.write(undone=[*held.run.undone, step.tag], awaited=recorded.awaited, faults=0, trouble=None)
    await follow_up(write)


async def follow_up_undo(held: HeldRun) -> None:
    """Turn the last undo's outbox into deliveries and forget its effect; done again by whoever takes the run on."""
    step = held.flow.step(held.run.undone[-1]) if held.run.undone else None
    if isinstance(step, WriteStep):
        await follow_up(StepWrite(held, step, undo=True))


async def undo_children(held: HeldRun, step: StartingStep) -> None:
    """List the inverse runs of a step's children, or note that there is nothing to undo."""
    if not await children_of(held, step).plan_undo():
        await held.write(undone=[*held.run.undone, step.tag])


async def await_undo_children(held: HeldRun) -> tuple[list[RunRecord], bool]:
    """Start the listed inverse runs and take their ends; returns those it stored, and whether the run was parked."""
    ends = await ends_of(held, held.run.children)
    if ends is None:
        stored = await spawn(held)
        await park(held, Stage.UNDOING)
        return stored, True
    failed = [run for run in ends.values() if run.status is not RunStatus.COMPLETED]
    failure = held.run.failure
    if failed:
        reason = failed[0].errors[0].message if failed[0].errors else failed[0].status.value
        failure = ErrorRecord(code="UNDO_FAILED", message=f"run {failed[0].id}, which undoes this one, ended: {reason}")
    step = held.flow.step(held.run.undoing)
    if isinstance(step, PagedStep):
        await Pages(held, step).take_undo(ends, failure)
        return [], False
    await held.write(undone=[*held.run.undone, held.run.undoing], undoing="", failure=failure, status=RunStatus.RUNNING)
    await unmark(held, ends.values())
    return [], False


def children_of(held: HeldRun, step: StartingStep) -> Children | Pages:
    """What lists, judges and undoes the children of a step."""
    return Pages(held, step) if isinstance(step, PagedStep) else Children(held, step)
