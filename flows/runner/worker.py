"""A worker takes a run from where its stored state says it is to its end, or to where it must wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flows.machine import SYNC, is_finished, is_parked, is_resting
from flows.parts import EngineParts
from flows.records import RunRecord, RunStatus, Stage, Verdict
from flows.run_store import LostClaim
from flows.runner.children import ends_of, park, spawn
from flows.runner.faults import note_fault
from flows.runner.held import HeldRun
from flows.runner.taking import after_hooks, end, next_undo
from flows.runner.undo import await_undo_children, children_of, follow_up_undo, undo_children, undo_write
from flows.runner.waiting import barrier, wait_in_place
from flows.runner.write_step import follow_up, perform
from flows.runner.writing import StepWrite
from flows.schema import ChildrenStep, Flow, PagedStep, StartingStep, Step, ValidateStep, WriteStep
from store import StoreUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Left:
    """A run that its worker is done with for now.

    Attributes:
        run: as it was stored last.
        look_again: whether what it waits for may have been over before it was parked.
    """

    run: RunRecord
    look_again: bool


class Worker:
    """Works on held runs of one service.

    Args:
        start: called with each child run that was stored, held by this process, and with when its lease began
            (monotonic, at the earliest), so that it is worked on at once.
    """

    def __init__(self, parts: EngineParts, start: Callable[[RunRecord, int], None]) -> None:
        self._parts = parts
        self._start = start

    async def work(self, flow: Flow[Any], run: RunRecord, since: int, *, stored: bool = True) -> Left | None:
        """Go on until the run is parked, terminal, or claimed by another.

        Args:
            since: monotonic time when the claim was about to be made; the lease counts from there, because the claim's
                answer (or this task) may come late.
            stored: whether the run is in the store already.

        Returns:
            How the worker left the run; None where another holds it by now.
        """
        held = HeldRun(self._parts, flow, run, since, stored=stored)
        try:
            await self._go_on_to_the_end(held)
        except LostClaim:
            return None
        return Left(held.run, held.look_again)

    async def _go_on_to_the_end(self, held: HeldRun) -> None:
        try:
            while await self._go_on(held):
                pass
        except (LostClaim, StoreUnavailable):
            raise
        except Exception:
            log.exception("step %s of run %s went wrong", held.run.step, held.run.id)
            await note_fault(held)
            if is_resting(held.run, self._parts.clock.now()):
                held.look_again = False
                return
            await self._go_on_to_the_end(held)

    async def _go_on(self, held: HeldRun) -> bool:
        """Do what the run's stage asks for; False where there is nothing more to do for this worker."""
        step = held.flow.step(held.run.step)
        assert step is not None, "a run whose step this process does not know is not claimed"
        match held.run.stage:
            case Stage.NEW:
                return await self._new(held, step)
            case Stage.RECORDED:
                return await self._recorded(held, step)
            case Stage.WAITING if is_parked(held.run):
                return False
            case Stage.WAITING:
                return await self._waited(held, step)
            case Stage.UNDOING:
                return await self._undo(held)
            case Stage.ENDED:
                return False

    async def _new(self, held: HeldRun, step: Step) -> bool:
        if isinstance(step, ChildrenStep | PagedStep):
            return await self._children(held, step)
        if isinstance(step, WriteStep):
            return await perform(held, None, step)
        gated = held.flow.steps[held.flow.position(step.tag) + 1]
        assert isinstance(gated, WriteStep), "checked when the flow was declared"
        return await perform(held, step, gated)

    async def _children(self, held: HeldRun, step: StartingStep) -> bool:
        children = children_of(held, step)
        if held.run.children_of != step.tag and not await children.plan():
            return True
        ends = await ends_of(held, held.run.children)
        if ends is not None:
            await children.take(ends)
            return True
        since = self._parts.clock.monotonic()
        for run in await spawn(held):
            self._start(run, since)
        await park(held, Stage.WAITING)
        return False

    async def _recorded(self, held: HeldRun, step: Step) -> bool:
        """A step that SYNC plugins follow; or one that an older program, which stored this stage always, left."""
        if isinstance(step, WriteStep) and held.followed_up != step.tag:
            await follow_up(StepWrite(held, step))
        if held.run.verdict is not Verdict.NONE:
            await held.write(stage=Stage.UNDOING, awaited=[])
            return True
        return await self._await_hooks(held, Stage.WAITING)

    async def _waited(self, held: HeldRun, step: Step) -> bool:
        if isinstance(step, ChildrenStep | PagedStep):
            return await self._children(held, step)
        if isinstance(step, ValidateStep):
            return await self._new(held, step)
        return await self._await_hooks(held, Stage.WAITING)

    async def _await_hooks(self, held: HeldRun, stage: Stage) -> bool:
        """Wait for the deliveries of the step; False where the run was parked for ASYNC ones.

        The deliveries exist by now, so a parked run needs no mark but its barrier's.
        """
        awaited = held.run.awaited
        if not awaited and stage is Stage.UNDOING:
            return True
        judgement, deliveries = await wait_in_place(held, awaited)
        if judgement.waiting:
            due = barrier(awaited, judgement, deliveries, self._parts)
            await held.write(stage=stage, status=RunStatus.AWAITING, leased_until=0, next_at=due)
            held.look_again = True
            return False
        await held.write(**after_hooks(held.flow, held.run, held.marked_at(), judgement))
        taken = [id for id, item in deliveries.items() if item.mode != SYNC and is_finished(item.status)]
        await self._parts.deliveries.settle(taken)
        return True

    async def _undo(self, held: HeldRun) -> bool:
        if held.run.undoing:
            since = self._parts.clock.monotonic()
            stored, parked = await await_undo_children(held)
            for run in stored:
                self._start(run, since)
            return not parked
        if held.run.awaited and held.followed_up != held.run.undone[-1]:
            await follow_up_undo(held)
        if not await self._await_hooks(held, Stage.UNDOING):
            return False
        step = next_undo(held.flow, held.run)
        if step is None:
            await held.write(**end(held.run, held.marked_at()))
        elif isinstance(step, WriteStep):
            await undo_write(held, step)
        elif isinstance(step, ChildrenStep | PagedStep):
            await undo_children(held, step)
        return True
