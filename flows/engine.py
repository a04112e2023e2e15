"""The engine of one service: submits runs, works on them, grants deliveries, takes replies, sweeps."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from flows.catalog import FlowCatalog
from flows.clock import Clock, SystemClock
from flows.connected import ConnectedPlugins
from flows.delivery_store import DeliveryStore
from flows.grants import Grants
from flows.looks import Watches
from flows.machine import (
    Judgement,
    is_between_pages,
    is_finished,
    is_parked,
    is_resting,
    judge_asked,
    may_claim,
)
from flows.outcomes import Fail, Outcome
from flows.parts import EngineParts, released_topic, run_topic
from flows.payloads import Payloads
from flows.records import AttemptError, DeliveryRecord, DeliveryStatus, ErrorRecord, RunRecord, RunStatus, Stage
from flows.replies import Replies
from flows.run_store import RunStore
from flows.runner.taking import after_hooks
from flows.runner.worker import Left, Worker
from flows.schema import Flow, P, WriteStep
from flows.settings import EngineSettings
from flows.submission import RunView, Submission, with_outcomes
from flows.submit import Submitter
from flows.sweeping import Sweep
from flows.watching import watch_object, watch_run
from identity import CodedError, Principal
from store import ChangeHub, Grouped, Store, StoreUnavailable

log = logging.getLogger(__name__)


class Engine:
    """One service's engine in one process; any number of processes work on the same runs.

    Use `open_engine`, which owns its tasks.
    """

    def __init__(self, parts: EngineParts, tasks: asyncio.TaskGroup) -> None:
        self.parts = parts
        self.clock = parts.clock
        self.service = parts.catalog.service
        self.runs = parts.runs
        self.deliveries = parts.deliveries
        self._tasks = tasks
        self._worker = Worker(parts, self._start_held)
        self._submitter = Submitter(parts)
        self._replies = Replies(parts, self.take_on)
        self._sweep = Sweep(parts, self.take_on)
        self._watches = Watches(parts.hub, tasks)
        self._working: dict[str, asyncio.Task[Left | None]] = {}
        self._children: dict[str, set[str]] = {}
        """Seeds of the children that are worked on here, by their parents' ids."""
        self._closing = False

    # ---- runs

    async def submit(
        self,
        flow: Flow[P],
        params: P,
        *,
        principal: Principal,
        idempotency_key: str | None = None,
        response_key: str = "",
        delivery_id: str | None = None,
    ) -> Submission:
        """Start a run, or attach to that of the same key, and wait for its synchronous part.

        Args:
            delivery_id: the delivery in whose handling the caller does this. A SYNC one's end is inherited: a shorter
                time of the plugin's own would pass other plugins that are skipped when they are late.

        Raises:
            CodedError: the cause is not the caller's, is too deep, or nothing waits for it; another input came under
                the key before; the store is away.
        """
        since = self.clock.monotonic()
        try:
            started = await self._submitter.begin(flow, params, principal, idempotency_key, response_key, delivery_id)
            if isinstance(started, Submission):
                return started
            run = started.run
            working = self._spawn(run, lambda: self._work(flow, run, since, started.stored)) if started.fresh else None
            return await self._answer(run.id, working)
        except StoreUnavailable as error:
            raise CodedError("UNAVAILABLE", "the store does not answer; try again, with the same key") from error

    async def attach(self, run_id: str) -> Submission | None:
        """What a caller is answered who asks for what a run is at already; waits for its synchronous part.

        Returns:
            None where the run is not there any more.

        Raises:
            CodedError: the store is away.
        """
        try:
            return None if await self.runs.read(run_id) is None else await self._answer(run_id, None)
        except StoreUnavailable as error:
            raise CodedError("UNAVAILABLE", "the store does not answer; try again, with the same key") from error

    async def _answer(self, run_id: str, working: asyncio.Task[Left | None] | None) -> Submission:
        """Wait until the run is terminal or waits for ASYNC plugins only; what is stored then is the answer.

        What the run's own worker has stored last is stored; where another took the run over, it is read.
        """
        until = self.clock.now() + self.parts.settings.caller_wait
        if working is not None:
            await asyncio.wait({working}, timeout=self.parts.settings.caller_wait / 1000)
            left = left_by(working)
            if left is not None and (left.run.terminal or await self._is_waiting(left.run)):
                return Submission(left.run, left.run.errors)
        with self.parts.hub.subscribe(run_topic(run_id)) as waiter:
            while True:
                run = await self.runs.read(run_id)
                if run is None:
                    raise CodedError("UNAVAILABLE", "the run was not stored, or was removed; try again")
                now = self.clock.now()
                if run.terminal or now >= until or await self._is_waiting(run):
                    return Submission(run, run.errors)
                if run.seed not in self._working:
                    await self.take_on(run)
                await waiter.wait(min(until - now, 500) / 1000)

    async def _is_waiting(self, run: RunRecord) -> bool:
        """Whether nothing moves until an ASYNC plugin answers: of the run itself, or of all its unfinished children."""
        if run.status is not RunStatus.AWAITING or not is_parked(run):
            return run.status is RunStatus.BLOCKED or is_resting(run, self.clock.now())
        if not run.children or run.awaited or is_between_pages(run):
            return True
        children = await self.runs.read_many([child.run_id for child in run.children])
        open_children = [child for child in children.values() if not child.terminal]
        if len(children) < len(run.children) or not open_children:
            return False
        return all([await self._is_waiting(child) for child in open_children])

    async def view(self, run: RunRecord) -> RunView:
        """The run as it is now: whom it waits for, and what came of those who are done, though it takes that later."""
        tags: set[str] = set()
        shown = run
        unfinished = [] if run.terminal else [run]
        while unfinished:
            awaited = [item.delivery_id for run in unfinished for item in run.awaited]
            deliveries = await self.deliveries.read_many(awaited)
            for each in unfinished:
                judgement = judge_asked(each.awaited, deliveries)
                tags.update(item.plugin_tag for item in each.awaited if item.delivery_id in judgement.waiting)
                if each is run:
                    shown = with_outcomes(run, judgement)
            children = await self.runs.read_many([child.run_id for run in unfinished for child in run.children])
            unfinished = [child for child in children.values() if not child.terminal]
        return RunView(shown, sorted(tags))

    def start(self, run: RunRecord) -> None:
        """Work on a stored run at once, if no other worker claims it."""
        self._spawn(run, lambda: self._claim_and_work(run))

    def _start_held(self, run: RunRecord, since: int) -> None:
        """Work on a run that was stored held, not before `since` (monotonic)."""
        self._spawn(run, lambda: self._work(self.parts.flow(run.flow), run, since, True))

    async def advance(self, run_id: str) -> None:
        """Take a run on, if there is one, as `take_on` does."""
        run = await self.runs.read(run_id)
        if run is not None:
            await self.take_on(run)

    async def take_on(self, run: RunRecord, finished: DeliveryRecord | None = None) -> None:
        """Take a parked run on if all that it waits for is finished; deliveries are the truth.

        Args:
            finished: a delivery that the caller has read finished: it stays as it is, so it need not be read again.
        """
        if run.service != self.service or run.terminal or is_resting(run, self.clock.now()):
            return
        if is_parked(run):
            await self._take_parked(run, finished)
        elif may_claim(run, self.clock.now()):
            self.start(run)

    async def _take_parked(self, run: RunRecord, finished: DeliveryRecord | None) -> None:
        known = {finished.id: finished} if finished is not None and is_finished(finished.status) else {}
        unknown = [item.delivery_id for item in run.awaited if item.delivery_id not in known]
        deliveries = known | await self.deliveries.read_many(unknown)
        judgement = judge_asked(run.awaited, deliveries)
        if judgement.waiting:
            if run.next_at is not None and run.next_at <= self.clock.now():
                self.start(run)
            return
        if not await self._children_ended(run):
            return
        if not await self._end_parked(run, judgement):
            self.start(run)

    async def _end_parked(self, run: RunRecord, judgement: Judgement) -> bool:
        """Where nothing is left but to take the outcomes and end, claim, take and end in one write."""
        flow = self.parts.catalog.flow_at(run.flow, run.version, run.step)
        if self._closing or flow is None or run.seed in self._working:
            return False
        if run.stage is not Stage.WAITING or not isinstance(flow.step(run.step), WriteStep):
            return False
        changes = after_hooks(flow, run, self.clock.now() + self.parts.settings.settle_delay, judgement)
        if changes.get("stage") is not Stage.ENDED:
            return False
        ended = await self.runs.take(run, **changes)
        if ended is not None:
            self.parts.notify_run(ended.id, *ended.object_refs)
            if ended.parent is not None:
                await self.advance(ended.parent)
        return True

    def _spawn(self, run: RunRecord, work: Callable[[], Awaitable[Left | None]]) -> asyncio.Task[Left | None] | None:
        """One worker for each run and generation: that of an earlier try may still be about to leave."""
        if self._closing or run.seed in self._working:
            return self._working.get(run.seed)
        guarded = self._guard(run, work)
        try:
            self._working[run.seed] = self._tasks.create_task(guarded)
            if run.parent is not None:
                self._children.setdefault(run.parent, set()).add(run.seed)
        except RuntimeError:  # the group is coming down: the run stays due for another process
            guarded.close()
            return None
        return self._working[run.seed]

    async def _guard(self, run: RunRecord, work: Callable[[], Awaitable[Left | None]]) -> Left | None:
        """A worker's fault is its own: the run stays due, and the sweep tries again when the lease has run out."""
        try:
            return await work()
        except StoreUnavailable as error:
            log.warning("run %s waits for the store: %s", run.id, error)
        except Exception:
            log.exception("a worker failed on run %s; it is tried again", run.id)
        finally:
            self._working.pop(run.seed, None)
            self._is_last_child(run)
            self.parts.notify_run(run.id)
        return None

    def _is_last_child(self, run: RunRecord) -> bool:
        """Whether no other child of its parent is worked on here, once this one is not any more.

        The last one looks whether the parent can go on, in place of each: who ends later looks, or leaves a mark.
        """
        siblings = self._children.get(run.parent or "")
        if siblings is None:
            return True
        siblings.discard(run.seed)
        if not siblings:
            del self._children[run.parent or ""]
        return not siblings

    async def _claim_and_work(self, run: RunRecord) -> Left | None:
        flow = self.parts.catalog.flow_at(run.flow, run.version, run.step)
        if flow is None:
            if await self.runs.block(run):
                self.parts.notify_run(run.id, *run.object_refs)
            return None
        since = self.clock.monotonic()
        claimed = await self.runs.claim(run)
        return None if claimed is None else await self._work(flow, claimed, since, True)

    async def _work(self, flow: Flow[Any], run: RunRecord, since: int, stored: bool) -> Left | None:
        """Work on a run that was claimed not before `since` (monotonic), from when its lease counts."""
        left = await self._worker.work(flow, run, since, stored=stored)
        if left is None:
            return None
        after = left.run
        if after.terminal and after.parent is not None:
            if self._is_last_child(after):
                await self.advance(after.parent)
        elif is_parked(after) and left.look_again and await self._is_over(after):
            return await self._claim_and_work(after)
        return left

    async def _is_over(self, run: RunRecord) -> bool:
        """Whether all that the parked run waits for is finished by now."""
        deliveries = await self.deliveries.read_many([item.delivery_id for item in run.awaited])
        return not judge_asked(run.awaited, deliveries).waiting and await self._children_ended(run)

    async def _children_ended(self, run: RunRecord) -> bool:
        return await self.runs.all_ended([child.run_id for child in run.children])

    def cancel_workers(self) -> None:
        """Let go of every run, and take on no other: what is stored says where to go on. All watching ends."""
        self._closing = True
        self._watches.close()
        for task in self._working.values():
            task.cancel()

    # ---- deliveries

    @asynccontextmanager
    async def grants(
        self, plugin_tag: str, worker: str, hooks: Sequence[str] | None, credits: int
    ) -> AsyncIterator[AsyncIterator[DeliveryRecord | None]]:
        """What a plugin's worker is granted while it is subscribed; leases in hand are given back at the end."""
        granted = Grants(self.parts, plugin_tag, worker, hooks, credits, random.random())
        try:
            async with aclosing(granted.stream()) as stream:
                yield stream
        finally:
            await granted.hand_back()

    async def reply(self, plugin_tag: str, delivery_id: str, attempt: int, outcome: Outcome) -> list[ErrorRecord]:
        """Store what a plugin says of its delivery, and take its run on; returns what is wrong with the reply."""
        return await self._replies.reply(plugin_tag, delivery_id, attempt, outcome)

    async def fail(self, leased: DeliveryRecord, message: str) -> None:
        """Count the attempt as failed that this process has leased and cannot hand over; it is tried again later."""
        log.error("delivery %s cannot be handed over: %s", leased.id, message)
        await self._replies.fail(leased, Fail(message), AttemptError.BAD_PAYLOAD)

    async def redrive(self, seen: Sequence[DeliveryRecord]) -> list[DeliveryRecord]:
        """Make the DEAD ones of these deliveries due again; returns them as they are then."""
        revived = await self.deliveries.revive([item for item in seen if item.status is DeliveryStatus.DEAD])
        for delivery in revived:
            self.parts.notify_inbox(delivery)
        return revived

    # ---- watching

    def watch_runs(self, *, id: str | None = None, object_ref: str | None = None) -> AsyncIterator[RunView]:
        """The run, or the runs of an object, as they are and then each time one moves."""
        if id is not None:
            return watch_run(self.parts, self._watches, self.view, id)
        return watch_object(self.parts, self._watches, self.view, str(object_ref))

    # ---- the sweep

    async def sweep(self) -> None:
        """Take on, once, what no wake-up announced."""
        await self._sweep.once()

    async def sweep_for_ever(self) -> None:
        """Sweep at an interval, and settle whenever a delivery was cancelled, until this is cancelled itself."""
        interval = self.parts.settings.sweep_interval
        with self.parts.hub.subscribe(released_topic(self.service)) as waiter:
            while True:
                await self._try(self.sweep)
                until = self.clock.monotonic() + interval
                while (left := until - self.clock.monotonic()) > 0 and await waiter.wait(left / 1000):
                    await self._try(self._sweep.settle)

    async def _try(self, sweep: Callable[[], Awaitable[None]]) -> None:
        """A store that is away is waited for."""
        try:
            await sweep()
        except StoreUnavailable as error:
            log.warning("the sweep of %s waits for the store: %s", self.service, error)
        except Exception:
            log.exception("the sweep of %s failed; it goes on", self.service)


def left_by(working: asyncio.Task[Left | None]) -> Left | None:
    """How a worker left its run; None where it is still at it, was cancelled, or lost the run."""
    return working.result() if working.done() and not working.cancelled() else None


@asynccontextmanager
async def open_engine(
    store: Store,
    hub: ChangeHub,
    service: str,
    flows: Sequence[Flow[Any]],
    settings: EngineSettings | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Engine]:
    """The engine of a service with its sweep; at the end its workers are cancelled, which loses nothing."""
    settings, clock = settings or EngineSettings(), clock or SystemClock()
    grouped = Grouped(store)
    runs = RunStore(store, grouped, clock, settings)
    parts = EngineParts(
        store=store,
        hub=hub,
        catalog=FlowCatalog(service, flows),
        clock=clock,
        settings=settings,
        runs=runs,
        deliveries=DeliveryStore(store, grouped, clock, settings),
        plugins=ConnectedPlugins(store, grouped),
        grouped=grouped,
        payloads=Payloads(store, grouped, runs, clock, settings),
    )
    async with asyncio.TaskGroup() as sweeper, asyncio.TaskGroup() as workers:
        engine = Engine(parts, workers)
        sweep = sweeper.create_task(engine.sweep_for_ever())
        try:
            yield engine
        finally:
            sweep.cancel()
            engine.cancel_workers()
