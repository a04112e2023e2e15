"""A WriteStep with the ValidateStep that gates it: hooks, change, effect, record, and what follows the record."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from flows.outbox import from_entry
from flows.records import RunStatus, Stage, Verdict
from flows.runner.code import run_code
from flows.runner.held import HeldRun
from flows.runner.rounds import Parked, Passed, ReadAgain, Validation, Vetoed
from flows.runner.writing import Recorded, StepWrite, conflict
from flows.schema import ValidateStep, WriteStep
from store import prune_effects, remove_outbox

ATTEMPTS = 64
"""Writes that may miss their version before the step is given up: each miss is another's success."""


async def perform(held: HeldRun, gate: ValidateStep[Any, Any] | None, step: WriteStep[Any, Any]) -> bool:
    """Do the step exactly once and record it on the run; False where the run was parked."""
    write = StepWrite(held, step)
    for attempt in range(ATTEMPTS):
        async with held.parts.turns.turn(write.subject_id) if attempt else nullcontext():
            outcome = await _attempt(held, gate, write)
        if isinstance(outcome, Parked):
            return False
        if outcome is not None:
            await run_code(held, step, outcome)
            await record(held, step.tag, outcome)
            return True
        await held.confirm()
    recorded = await write.refuse(await write.read(), conflict("the object is changed by too many at once; try again"))
    if recorded is None:
        return await perform(held, gate, step)
    await record(held, step.tag, recorded)
    return True


async def _attempt(held: HeldRun, gate: ValidateStep[Any, Any] | None, write: StepWrite) -> Recorded | Parked | None:
    document = await write.read()
    known = write.found(document)
    if known is not None:
        return known
    if gate is None:
        return await write.store(document, await write.decide(document))
    match await Validation(held, gate, write).run(document):
        case Passed(params=params, skipped=skipped):
            return await write.store(document, await write.decide(document, params), skipped)
        case Vetoed(recorded=recorded):
            return await write.refuse(document, recorded)
        case Parked() as parked:
            return parked
        case ReadAgain():
            return None


async def record(held: HeldRun, tag: str, recorded: Recorded) -> None:
    """Record the step on the run: from here on it is done, whatever happens."""
    run = held.run
    await held.write(
        step=tag,
        stage=Stage.RECORDED,
        status=RunStatus.RUNNING,
        results={**run.results, tag: recorded.result},
        verdict=recorded.verdict,
        refused_step=tag if recorded.verdict is not Verdict.NONE else "",
        awaited=recorded.awaited,
        errors=[*run.errors, *recorded.errors],
        rejections=[*run.rejections, *recorded.rejections],
        skipped=[*run.skipped, *recorded.skipped],
        failure=recorded.failure or run.failure,
        object_refs=list(dict.fromkeys([*run.object_refs, *recorded.object_refs])),
    )


async def follow_up(write: StepWrite) -> None:
    """Turn the document's outbox into deliveries, oldest first, and forget the recorded effect.

    Entries of other runs are turned too: a delivery of a later version must not be leased before they exist. An entry
    is removed only when its deliveries exist, and the effect only now that the run has recorded the step.
    """
    # In turns, or each of many runs would turn the entries of all the others.
    async with write.held.parts.turns.turn(f"outbox:{write.subject_id}"):
        await _empty_outbox(write)


async def _empty_outbox(write: StepWrite) -> None:
    document = await write.read()
    if document is None:
        return
    parts = write.held.parts
    for _, entry in sorted(document.outbox.items()):
        for delivery in from_entry(entry):
            await parts.deliveries.insert(delivery)
            parts.notify_inbox(delivery)
    await remove_outbox(write.step.document, write.subject_id, list(document.outbox))
    if write.effect_id in document.effects:
        await prune_effects(write.step.document, write.subject_id, [write.effect_id])
