"""A WriteStep with the ValidateStep that gates it: hooks, change, effect, record, and what follows the record."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from flows.machine import is_finished
from flows.parts import EngineParts
from flows.records import Awaited, DeliveryStatus, RunStatus, Stage, Verdict
from flows.runner.code import run_code
from flows.runner.held import HeldRun
from flows.runner.making import make_deliveries
from flows.runner.rounds import Parked, Passed, ReadAgain, Validation, Vetoed
from flows.runner.taking import after_step
from flows.runner.writing import Recorded, StepWrite, conflict
from flows.schema import ValidateStep, WriteStep
from flows.turns import Turn

ATTEMPTS = 64
"""Writes that may miss their version before the step is given up: each miss is another's success."""


async def perform(held: HeldRun, gate: ValidateStep[Any, Any] | None, step: WriteStep[Any, Any]) -> bool:
    """Do the step exactly once and record it on the run; False where the run was parked."""
    write = StepWrite(held, step)
    outcome: Recorded | Parked | None = None
    for attempt in count():
        if attempt and attempt % ATTEMPTS == 0 and step.refuses:
            crowded = conflict("the object is changed by too many at once; try again")
            outcome = await write.refuse(await write.read(), crowded)
        else:
            async with AsyncExitStack() as turns:
                turn = await _turn(turns, write, gated=gate is not None) if attempt else Turn(None)
                outcome = await _attempt(held, gate, write, turn)
        if outcome is not None:
            break
        await held.confirm()
    if isinstance(outcome, Parked) or outcome is None:
        return False
    asked = held.run.awaited
    await run_code(held, step, outcome)
    await record(held, step.tag, outcome)
    await follow_up(write)
    if asked and (outcome.verdict is not Verdict.NONE or any(item.quorum is not None for item in asked)):
        await cancel_open(held.parts, asked)
    return True


async def cancel_open(parts: EngineParts, asked: Sequence[Awaited]) -> None:
    """Who was asked before a step that is recorded by now need not answer: what is open is cancelled.

    What is missed, where the process dies here, is found when it would be leased, or by a sweep.
    """
    for delivery in (await parts.deliveries.read_many([item.delivery_id for item in asked])).values():
        if not is_finished(delivery.status):
            parts.notify_outcome(await parts.deliveries.finish(delivery, DeliveryStatus.CANCELLED))


async def _turn(turns: AsyncExitStack, write: StepWrite, *, gated: bool) -> Turn:
    """The turn of the document, which is given back while plugins are asked: their own calls may write it.

    Runs that ask plugins about one document take turns in that, too, or each would be asked about a version that
    another's write has replaced by the time they answer.
    """
    taking = write.held.parts.turns
    if gated:
        await turns.enter_async_context(taking.turn(f"asking:{write.subject_id}"))
    return await turns.enter_async_context(taking.turn(write.subject_id))


async def _attempt(
    held: HeldRun, gate: ValidateStep[Any, Any] | None, write: StepWrite, turn: Turn
) -> Recorded | Parked | None:
    document = await write.read()
    known = write.found(document)
    if known is not None:
        return known
    if gate is None:
        return await write.store(document, await write.decide(document))
    match await Validation(held, gate, write, turn).run(document):
        case Passed(params=params, skipped=skipped):
            return await write.store(document, await write.decide(document, params), skipped)
        case Vetoed(recorded=recorded):
            return await write.refuse(document, recorded)
        case Parked() as parked:
            return parked
        case ReadAgain():
            return None


async def record(held: HeldRun, tag: str, recorded: Recorded, **more: Any) -> None:
    """Record the step on the run: from here on it is done, whatever happens.

    What `more` changes of the run is changed by the same write.

    Where the caller waits for nobody, the same write takes the run on: to its next step, to its end, or parked until
    its ASYNC plugins are done. Their deliveries need not exist by then: the document's outbox is found by its own mark.
    """
    run = held.run
    await held.write(
        **after_step(
            held.flow,
            run,
            held.marked_at(),
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
            faults=0,
            trouble=None,
            object_refs=list(dict.fromkeys([*run.object_refs, *recorded.object_refs])),
            **more,
        )
    )


async def follow_up(write: StepWrite) -> None:
    """Turn the document's outbox into deliveries, oldest first; done again, it changes nothing.

    Entries of other runs are turned too: a delivery of a later version must not be leased before they exist. Entries
    and the recorded effect stay in the document until it is written again, or a sweep tidies it.
    """
    held = write.held
    held.parts.known.recorded.add(write.effect_id)
    if write.entries is None:
        write.remember(await write.read())
    held.look_again = not await make_deliveries(held.parts, write.entries or {}, write.effects)
    held.followed_up = write.step.tag
