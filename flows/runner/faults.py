"""A step that goes wrong on our side: the run says so, rests, is tried again, and ends FAILED after a bound."""

from __future__ import annotations

from flows.machine import rest_after
from flows.records import ErrorRecord, Stage, Verdict
from flows.runner.children import ends_of
from flows.runner.held import HeldRun
from flows.runner.pages import Pages
from flows.runner.taking import next_undo
from flows.runner.write_step import record
from flows.runner.writing import Recorded, StepWrite
from flows.schema import ChildrenStep, PagedStep, ValidateStep, WriteStep


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
    """Go on without the step, as refused; False where it never refuses, or part of it is under way."""
    if held.run.stage is Stage.UNDOING:
        return await _give_up_undo(held)
    step = held.flow.step(held.run.step)
    failure = ErrorRecord(code="INTERNAL", message=f"step {held.run.step!r} went wrong on our side and was given up")
    if isinstance(step, PagedStep):
        if held.run.children_of == step.tag and await ends_of(held, held.run.children) is None:
            return False
        await Pages(held, step).give_up(failure)
        return True
    if held.run.stage is not Stage.NEW:
        return False
    failed = Recorded(verdict=Verdict.FAILED, errors=[failure], failure=failure)
    if isinstance(step, ChildrenStep):
        if held.run.children_of == step.tag:
            return False
        await record(held, step.tag, failed)
        return True
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


async def _give_up_undo(held: HeldRun) -> bool:
    step = next_undo(held.flow, held.run)
    if held.run.undoing or held.run.awaited or step is None:
        return False
    text = f"the undo of step {step.tag!r} went wrong on our side and was given up"
    undone = [*held.run.undone, step.tag]
    await held.write(undone=undone, failure=ErrorRecord(code="UNDO_FAILED", message=text), faults=0, trouble=None)
    return True
