"""A step that goes wrong on our side: the run says so, rests, is tried again, and ends FAILED after a bound."""

from __future__ import annotations

from flows.machine import rest_after
from flows.records import ErrorRecord, RunRecord, RunStatus, Stage, Verdict
from flows.runner.children import Children, close
from flows.runner.held import HeldRun
from flows.runner.pages import Pages
from flows.runner.taking import next_undo
from flows.runner.write_step import record
from flows.runner.writing import Recorded, StepWrite
from flows.schema import ChildrenStep, PagedStep, StartingStep, ValidateStep, WriteStep


async def note_fault(held: HeldRun) -> None:
    """Let the run rest, longer each time, and say why; raises LostClaim where another holds it by now."""
    run, settings = held.run, held.parts.settings
    faults = run.faults + 1
    if faults >= settings.step_attempts and await _give_up(held):
        return
    text = f"step {run.step!r} went wrong on our side {faults} times and is tried again; the service's log has why"
    due = held.parts.clock.now() + rest_after(faults, settings)
    trouble = ErrorRecord(code="INTERNAL", message=text)
    await held.write(faults=faults, trouble=trouble, leased_until=0, next_at=due)


async def _give_up(held: HeldRun) -> bool:
    """Go on without the step, as refused, or wait for what of it is under way; False where it never refuses."""
    if held.run.stage is Stage.UNDOING:
        return await _give_up_undo(held)
    step = held.flow.step(held.run.step)
    failure = ErrorRecord(code="INTERNAL", message=f"step {held.run.step!r} went wrong on our side and was given up")
    if isinstance(step, ChildrenStep | PagedStep):
        await _give_up_children(held, step, failure)
        return True
    if held.run.stage is not Stage.NEW:
        return False
    failed = Recorded(verdict=Verdict.FAILED, errors=[failure], failure=failure)
    if isinstance(step, ValidateStep):
        step = held.flow.steps[held.flow.position(step.tag) + 1]
    assert isinstance(step, WriteStep), "a run whose step this process does not know is not claimed"
    if not step.refuses:
        return False
    write = StepWrite(held, step)
    recorded: Recorded | None = None
    while recorded is None:  # as a fence: what an older holder still writes must not come after the end
        document = await write.read()
        recorded = write.found(document) or await write.refuse(document, failed)
    await record(held, step.tag, recorded)
    return True


async def _give_up_children(held: HeldRun, step: StartingStep, failure: ErrorRecord) -> None:
    """Record a step whose children have ended, or were never listed, as failed; wait for those that are under way."""
    ends: dict[str, RunRecord] | None = {}
    if held.run.children_of == step.tag:
        ends = await close(held, failure)
    if ends is None:
        return
    if isinstance(step, PagedStep):
        await Pages(held, step).give_up(failure)
    else:
        await Children(held, step).give_up(ends, failure)


async def _give_up_undo(held: HeldRun) -> bool:
    step = next_undo(held.flow, held.run)
    tag = held.run.undoing or (step.tag if step is not None and not held.run.awaited else "")
    if not tag:
        return False
    failure = ErrorRecord(
        code="UNDO_FAILED", message=f"the undo of step {tag!r} went wrong on our side and was given up"
    )
    if held.run.undoing and await close(held, failure) is None:
        return True
    undone = [*held.run.undone, tag]
    await held.write(undone=undone, undoing="", failure=failure, faults=0, trouble=None, status=RunStatus.RUNNING)
    return True
