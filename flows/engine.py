"""The engine of one service: submits runs, works on them, grants deliveries, takes replies, sweeps."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from pydantic import ValidationError

from flows.catalog import FlowCatalog
from flows.clock import Clock, SystemClock
from flows.connected import ConnectedPlugins
from flows.delivery_store import DeliveryStore
from flows.grants import Grants
from flows.machine import Answer, after_failure, is_parked, judge, judge_reply, may_claim
from flows.outcomes import Complete, Extend, Fail, Outcome, Reject, Retry
from flows.parts import EngineParts, run_topic
from flows.records import DeliveryRecord, DeliveryStatus, ErrorRecord, RejectionRecord, RunRecord, RunStatus, Stage
from flows.run_store import RunStore
from flows.runner.worker import Worker
from flows.schema import Flow, P
from flows.settings import EngineSettings
from flows.submission import RunView, Submission
from flows.submit import Submitter
from flows.watching import watch_object, watch_run
from identity import CodedError, Principal
from store import ChangeHub, Store, StoreUnavailable

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
        self._worker = Worker(parts, self.start)
        self._submitter = Submitter(parts)
        self._working: dict[str, asyncio.Task[None]] = {}
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
        budget_ms: int | None = None,
    ) -> Submission:
        """Start a run, or attach to that of the same key, and wait for its synchronous part.

        Raises:
            CodedError: the cause is not the caller's, is too deep, or nothing waits for it; another input came under
                the key before; the store is away.
        """
        since = self.clock.monotonic()
        try:
            started = await self._submitter.begin(
                flow, params, principal, idempotency_key, response_key, delivery_id, budget_ms
            )
            if isinstance(started, Submission):
                return started
            if started.fresh:
                self._work_on(flow, started.run, since)
            return await self._answer(started.run.id)
        except StoreUnavailable as error:
            raise CodedError("UNAVAILABLE", "the store does not answer; try again, with the same key") from error

    async def _answer(self, run_id: str) -> Submission:
        """Wait until the run is terminal or waits for ASYNC plugins only; what is stored then is the answer."""
        until = self.clock.now() + self.parts.settings.caller_wait
        with self.parts.hub.subscribe(run_topic(run_id)) as waiter:
            while True:
                run = await self.runs.read(run_id)
                if run is None:
                    raise CodedError("UNAVAILABLE", f"run {run_id} was removed meanwhile")
                now = self.clock.now()
                if run.terminal or now >= until or await self._is_waiting(run):
                    return Submission(run, run.errors)
                if run.seed not in self._working:
                    await self.advance(run_id)
                await waiter.wait(min(until - now, 500) / 1000)

    async def _is_waiting(self, run: RunRecord) -> bool:
        """Whether nothing moves until an ASYNC plugin answers: of the run itself, or of all its unfinished children."""
        if run.status is not RunStatus.AWAITING or not is_parked(run):
            return run.status is RunStatus.BLOCKED
        if not run.children or run.awaited:
            return True
        children = await self.runs.read_many([child.run_id for child in run.children])
        open_children = [child for child in children.values() if not child.terminal]
        if len(children) < len(run.children) or not open_children:
            return False
        return all([await self._is_waiting(child) for child in open_children])

    async def awaiting(self, run: RunRecord) -> list[str]:
        """Tags of the plugins whose outcomes the run, or a child it waits for, still lacks."""
        if run.terminal:
            return []
        deliveries = await self.deliveries.read_many([item.delivery_id for item in run.awaited])
        waiting = set(judge(run.awaited, deliveries).waiting)
        tags = {item.plugin_tag for item in run.awaited if item.delivery_id in waiting}
        children = await self.runs.read_many([child.run_id for child in run.children])
        for child in children.values():
            tags.update(await self.awaiting(child))
        return sorted(tags)

    def start(self, run: RunRecord) -> None:
        """Work on a stored run at once, if no other worker claims it."""
        self._spawn(run, lambda: self._claim_and_work(run))

    async def advance(self, run_id: str) -> None:
        """Take a parked run on if all that it waits for is finished; deliveries are the truth."""
        run = await self.runs.read(run_id)
        if run is None or run.service != self.service:
            return
        if run.terminal:
            await self._settle_terminal(run)
        elif is_parked(run):
            if await self._is_over(run):
                self.start(run)
        elif may_claim(run, self.clock.now()):
            self.start(run)

    async def _is_over(self, run: RunRecord) -> bool:
        deliveries = await self.deliveries.read_many([item.delivery_id for item in run.awaited])
        if judge(run.awaited, deliveries).waiting:
            return run.next_at is not None and run.next_at <= self.clock.now()
        children = await self.runs.read_many([child.run_id for child in run.children])
        return len(children) == len(run.children) and all(child.terminal for child in children.values())

    async def _settle_terminal(self, run: RunRecord) -> None:
        """A terminal child's mark goes once its parent has taken its end, or is gone."""
        parent = None if run.parent is None else await self.runs.read(run.parent)
        if parent is None or parent.terminal:
            await self.runs.unmark(run.id)
        else:
            await self.advance(parent.id)
            if run.next_at is not None and run.next_at <= self.clock.now():
                await self.runs.postpone(run)

    def _work_on(self, flow: Flow[Any], run: RunRecord, since: int) -> None:
        self._spawn(run, lambda: self._work(flow, run, since))

    def _spawn(self, run: RunRecord, work: Callable[[], Awaitable[None]]) -> None:
        """One worker for each run and generation: that of an earlier try may still be about to leave."""
        if self._closing or run.seed in self._working:
            return
        guarded = self._guard(run.id, run.seed, work)
        try:
            self._working[run.seed] = self._tasks.create_task(guarded)
        except RuntimeError:  # the group is coming down: the run stays due for another process
            guarded.close()

    async def _guard(self, run_id: str, seed: str, work: Callable[[], Awaitable[None]]) -> None:
        """A worker's fault is its own: the run stays due, and the sweep tries again when the lease has run out."""
        try:
            await work()
        except StoreUnavailable as error:
            log.warning("run %s waits for the store: %s", run_id, error)
        except Exception:
            log.exception("a worker failed on run %s; it is tried again", run_id)
        finally:
            self._working.pop(seed, None)
            self.parts.notify_run(run_id)

    async def _claim_and_work(self, run: RunRecord) -> None:
        flow = self.parts.catalog.flow(run.flow)
        if flow is None or flow.version != run.version or flow.step(run.step) is None:
            await self.runs.block(run, RunStatus.BLOCKED.value, self.clock.now() + 30_000)
            return
        since = self.clock.monotonic()
        claimed = await self.runs.claim(run)
        if claimed is not None:
            await self._work(flow, claimed, since)

    async def _work(self, flow: Flow[Any], run: RunRecord, since: int) -> None:
        """Work on a run that was claimed not before `since` (monotonic), from when its lease counts."""
        await self._worker.work(flow, run, since)
        after = await self.runs.read(run.id)
        if after is None:
            return
        self.parts.notify_run(run.id, *after.object_refs)
        if after.terminal and after.parent is not None:
            await self.advance(after.parent)
        elif is_parked(after) and await self._is_over(after):
            await self._claim_and_work(after)

    def cancel_workers(self) -> None:
        """Let go of every run, and take on no other: what is stored says where to go on."""
        self._closing = True
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
        try:
            while True:
                seen = await self.deliveries.read(delivery_id)
                if seen is None or seen.plugin_tag != plugin_tag or seen.service != self.service:
                    text = f"{self.service} has no delivery {delivery_id!r} for plugin {plugin_tag!r}"
                    return [ErrorRecord(code="NOT_FOUND", message=text, field=["deliveryId"])]
                judged = judge_reply(seen, attempt, outcome)
                if judged.error is not None:
                    return [judged.error]
                if judged.answer is Answer.NOTHING:
                    return []
                errors = await self._store_outcome(seen, judged.answer, outcome)
                if errors is not None:
                    return errors
        except StoreUnavailable as error:
            raise CodedError("UNAVAILABLE", "the store does not answer; reply again") from error

    async def _store_outcome(self, seen: DeliveryRecord, answer: Answer, outcome: Outcome) -> list[ErrorRecord] | None:
        """None where the delivery has changed since it was read: judge again."""
        now = self.clock.now()
        if answer is Answer.FINISH:
            return await self._finish(seen, outcome)
        if answer is Answer.EXTEND:
            assert isinstance(outcome, Extend)
            longest = max(seen.leased_at + seen.timeout_ms, seen.leased_until)
            until = now + int(max(0.0, min(outcome.seconds, 3_600)) * 1000)
            return [] if await self.deliveries.extend(seen, min(until, longest)) else None
        assert isinstance(outcome, Fail | Retry)
        to = after_failure(seen, outcome, now, random.random(), self.parts.settings)
        if not await self.deliveries.back_off(seen, to):
            return None
        self.parts.notify_inbox(seen)
        return []

    async def _finish(self, seen: DeliveryRecord, outcome: Outcome) -> list[ErrorRecord]:
        if isinstance(outcome, Complete):
            error = self._check_result(seen, outcome.result)
            if error is not None:
                return [error]
            stored = await self.deliveries.finish(seen, DeliveryStatus.COMPLETED, result=outcome.result)
        else:
            assert isinstance(outcome, Reject)
            rejection = RejectionRecord(plugin_tag=seen.plugin_tag, code=outcome.code, message=outcome.message)
            stored = await self.deliveries.finish(seen, DeliveryStatus.REJECTED, rejection=rejection)
        run = await self.runs.read(seen.run_id)
        self.parts.notify_run(seen.run_id, *(run.object_refs if run else ()))
        if stored.inbox is None and seen.inbox is not None:
            self.parts.notify_inbox(seen)
        await self.advance(seen.run_id)
        judged = judge_reply(stored, max(stored.attempt, 1), outcome)
        return [judged.error] if judged.error else []

    def _check_result(self, seen: DeliveryRecord, result: Any) -> ErrorRecord | None:
        hook = self.parts.catalog.hooks[seen.hook_id].hook
        if result is None:
            return None
        if hook.result is None:
            text = f"hook {seen.hook_id} takes no result"
            return ErrorRecord(code="BAD_RESULT", message=text, field=["outcome", "complete", "result"])
        try:
            hook.result.model_validate(result)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            text = f"the result of {seen.hook_id} does not fit at {place or 'its root'}: {first['msg']}"
            return ErrorRecord(code="BAD_RESULT", message=text, field=["outcome", "complete", "result"])
        return None

    async def redrive(self, delivery_id: str) -> bool:
        """Make a DEAD delivery due again; False where it is not dead."""
        seen = await self.deliveries.read(delivery_id)
        if seen is None or seen.status is not DeliveryStatus.DEAD or not await self.deliveries.revive(seen):
            return False
        revived = await self.deliveries.read(delivery_id)
        if revived is not None:
            self.parts.notify_inbox(revived)
        return True

    # ---- watching

    def watch_runs(self, *, id: str | None = None, object_ref: str | None = None) -> AsyncIterator[RunView]:
        """The run, or the runs of an object, as they are and then each time one moves."""
        if id is not None:
            return watch_run(self.parts, self.awaiting, id)
        return watch_object(self.parts, self.awaiting, str(object_ref))

    # ---- the sweep

    async def sweep(self) -> None:
        """Take on, once, what no wake-up announced: due runs, and outcomes that no run has taken."""
        for run in await self.runs.due(self.service):
            await self.advance(run.id)
        for delivery in await self.deliveries.unsettled(self.service):
            run_left = await self.runs.read(delivery.run_id)
            if run_left is None or run_left.terminal or not self._waits_for(run_left, delivery):
                await self.deliveries.settle([delivery.id])
            else:
                await self.advance(delivery.run_id)
                await self.deliveries.postpone(delivery)

    @staticmethod
    def _waits_for(run: RunRecord, delivery: DeliveryRecord) -> bool:
        return run.stage in (Stage.NEW, Stage.RECORDED) or any(item.delivery_id == delivery.id for item in run.awaited)

    async def sweep_for_ever(self) -> None:
        """Sweep at an interval until cancelled; a store that is away is waited for."""
        while True:
            try:
                await self.sweep()
            except StoreUnavailable as error:
                log.warning("the sweep of %s waits for the store: %s", self.service, error)
            except Exception:
                log.exception("the sweep of %s failed; it goes on", self.service)
            await asyncio.sleep(self.parts.settings.sweep_interval / 1000)


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
    parts = EngineParts(
        store=store,
        hub=hub,
        catalog=FlowCatalog(service, flows),
        clock=clock,
        settings=settings,
        runs=RunStore(store, clock, settings),
        deliveries=DeliveryStore(store, clock, settings),
        plugins=ConnectedPlugins(store),
    )
    async with asyncio.TaskGroup() as sweeper, asyncio.TaskGroup() as workers:
        engine = Engine(parts, workers)
        sweep = sweeper.create_task(engine.sweep_for_ever())
        try:
            yield engine
        finally:
            sweep.cancel()
            engine.cancel_workers()
