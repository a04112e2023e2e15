"""What one subscription of a plugin's worker is granted: deliveries under leases, within its credits."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator, Mapping, Sequence

from flows.delivery_store import inbox
from flows.machine import SYNC, back_off, is_finished, is_unwanted
from flows.parts import EngineParts, inbox_topic, slots_topic
from flows.records import AttemptError, DeliveryRecord, DeliveryStatus, RunRecord
from flows.slots import AGAIN, Slots
from store import StoreUnavailable
from store.together import both, together

log = logging.getLogger(__name__)

MODES = (SYNC, "ASYNC")
PAGE = 100
LOST = "the lease ran out before the plugin answered"
MAX_WAIT = 1_000
"""Longest wait for a wake-up before looking again: wake-ups are hints and can be lost."""


class Grants:
    """Deliveries leased to this worker, and None for a heartbeat where there is nothing else to send.

    Args:
        hooks: hook ids the worker takes; None takes all.
        credits: ASYNC deliveries in hand at most; SYNC ones have credits of their own.
        jitter: from 0 to 1, spreads back-offs.
    """

    def __init__(
        self,
        parts: EngineParts,
        plugin_tag: str,
        worker: str,
        hooks: Sequence[str] | None,
        credits: int,
        jitter: float,
    ) -> None:
        self._parts = parts
        self._plugin = plugin_tag
        self._worker = worker
        self._hooks = None if hooks is None else frozenset(hooks)
        self._credits = credits
        self._jitter = jitter
        self._inbox = inbox(parts.catalog.service, plugin_tag)
        self._in_hand: dict[str, DeliveryRecord] = {}
        self._ready: deque[DeliveryRecord] = deque()
        self._next_at = 0
        """When the next delivery that was seen comes due."""
        self._slots = Slots(parts, plugin_tag, self._count_lost_lease)

    async def stream(self) -> AsyncGenerator[DeliveryRecord | None, None]:
        """The grants, for as long as the subscription lasts; close it at the end."""
        parts = self._parts
        heartbeat_at = parts.clock.now() + parts.settings.heartbeat
        yield None
        while True:
            bounded = self._slots.bounded
            with parts.hub.subscribe(*self._topics(bounded)) as waiter:
                while bounded == self._slots.bounded:
                    await self._fill()
                    while self._ready:
                        heartbeat_at = parts.clock.now() + parts.settings.heartbeat
                        yield self._ready.popleft()
                    now = parts.clock.now()
                    if now >= heartbeat_at:
                        heartbeat_at = now + parts.settings.heartbeat
                        yield None
                    await waiter.wait(max(min(heartbeat_at, now + MAX_WAIT, self._next_at) - now, 5) / 1000)

    def _topics(self, bounded: bool) -> list[str]:
        """What wakes this subscription: a bounded plugin's also what ends in other services."""
        return [inbox_topic(self._inbox), *([slots_topic(self._plugin)] if bounded else [])]

    async def _fill(self) -> None:
        """Lease what can be leased; a store that is away is waited for, the subscription stays."""
        try:
            await self._take()
        except StoreUnavailable as error:
            log.warning("deliveries of %s wait for the store: %s", self._inbox, error)

    async def hand_back(self) -> None:
        """Give back the leases that are still in hand: the worker is gone or drained."""
        for delivery in list(self._in_hand.values()):
            await self._parts.deliveries.hand_back(delivery.id, delivery.attempt)
            self._parts.notify_inbox(delivery)

    async def _take(self) -> None:
        """Lease what is due, leasable and within the credits; SYNC ones are not hidden by a backlog of the others."""
        self._next_at = self._parts.clock.now() + MAX_WAIT
        met: dict[str, int] = {}  # the lowest seq met of each queue; what is due longest need not be its head
        skip = dict.fromkeys(MODES, 0)
        modes: Sequence[str] = MODES
        pause_ends = await self._slots.begin(self._parts.clock.now())
        if pause_ends is not None:
            self._next_at = min(self._next_at, pause_ends)
        if pause_ends is not None or self._slots.left() == 0:
            modes = (SYNC,)
        while modes:
            now = self._parts.clock.now()
            pages, _ = await both(self._pages(modes, skip), self._make_room())
            due = {mode: [item for item in page if is_due(item, now)] for mode, page in pages.items()}
            later = [item.next_at for page in pages.values() for item in page if item.next_at and item.next_at > now]
            self._next_at = min([self._next_at, *later])
            taken = await self._take_some(
                [item for items in due.values() for item in items if self._is_first(item, met)]
            )
            for mode in modes:
                skip[mode] += len(due[mode]) - taken[mode]
            modes = [mode for mode in modes if len(due[mode]) == PAGE and self._room(mode)]

    async def _pages(self, modes: Sequence[str], skip: Mapping[str, int]) -> dict[str, list[DeliveryRecord]]:
        """The next page of each of these modes."""
        first = self._parts.deliveries.first
        pages = await together(lambda mode: first(self._inbox, mode, PAGE, skip[mode]), modes)
        return dict(zip(modes, pages, strict=True))

    @staticmethod
    def _is_first(delivery: DeliveryRecord, met: dict[str, int]) -> bool:
        """Whether none before it in its queue was met already."""
        if delivery.queue is None:
            return True
        lowest = met.setdefault(delivery.queue, delivery.seq)
        met[delivery.queue] = min(lowest, delivery.seq)
        return lowest >= delivery.seq

    async def _take_some(self, due: Sequence[DeliveryRecord]) -> Counter[str]:
        """Lease what can be leased of these; returns how many are not due any more, by mode."""
        parts = self._parts
        known = [item for item in due if self._is_ours(item)]
        lost = [item for item in known if item.status is DeliveryStatus.LEASED]
        for item in lost:
            await self._count_lost_lease(item)
        free = await self._within_credits([item for item in known if item.status is not DeliveryStatus.LEASED])
        heads_of = parts.deliveries.heads([item.queue for item in free if item.queue is not None])
        (runs, standings), heads = await both(self._runs_and_standings(free), heads_of)
        wanted: list[DeliveryRecord] = []
        over: list[DeliveryRecord] = []
        for item, standing in zip(free, standings, strict=True):
            end = self._end_of(item, runs.get(item.run_id), standing)
            if end is not None:
                over.append(item)
                finished = await parts.deliveries.finish(item, end)
                if is_finished(finished.status):
                    parts.notify_outcome(finished)
            elif standing != "HELD":
                wanted.append(item)
        leasable = [item for item in wanted if item.queue is None or heads.get(item.queue, item.seq) >= item.seq]
        leased = await self._lease(leasable)
        self._in_hand |= {item.id: item for item in leased}
        self._ready.extend(await self._with_payloads(leased))
        return Counter(item.mode for item in [*lost, *over, *leased])

    async def _lease(self, leasable: Sequence[DeliveryRecord]) -> list[DeliveryRecord]:
        """Lease these, the ASYNC ones of a bounded plugin as far as there are slots."""
        deliveries = self._parts.deliveries
        await self._slots.look()
        if self._slots.left() is None:
            return await deliveries.lease(leasable, self._worker)
        sync = [item for item in leasable if item.mode == SYNC]
        others = [item for item in leasable if item.mode != SYNC]
        slots = self._slots.take(len(others))
        leased = await deliveries.lease(others[: len(slots)], self._worker, slots)
        if len(leased) < len(slots):
            self._next_at = min(self._next_at, self._parts.clock.now() + AGAIN)
        return leased + await deliveries.lease(sync, self._worker)

    async def _with_payloads(self, leased: Sequence[DeliveryRecord]) -> list[DeliveryRecord]:
        """Those whose payloads can be had; the attempt of another has failed."""
        ready: list[DeliveryRecord] = []
        for item, filled in zip(leased, await self._parts.payloads.fill(leased), strict=True):
            if filled is None:
                log.error("delivery %s cannot be handed over: payload %s is gone", item.id, item.payload_ref)
                await self._fail(item, AttemptError.BAD_PAYLOAD, f"its payload {item.payload_ref} is gone")
            else:
                ready.append(filled)
        return ready

    async def _runs_and_standings(self, free: Sequence[DeliveryRecord]) -> tuple[dict[str, RunRecord], list[str]]:
        """Begun in here: what a cancelled `both` was given and had not begun would never be awaited."""
        runs = self._parts.runs.read_many(sorted({item.run_id for item in free}))
        return await both(runs, self._parts.plugins.standings(free))

    def _is_ours(self, delivery: DeliveryRecord) -> bool:
        """Whether this worker takes the delivery's hook, and this process knows it."""
        if self._hooks is not None and delivery.hook_id not in self._hooks:
            return False
        return delivery.hook_id in self._parts.catalog.hooks

    async def _within_credits(self, due: Sequence[DeliveryRecord]) -> list[DeliveryRecord]:
        """As many of these as the worker may have in hand; what it has is looked at only where that is too much."""
        if any(self._left(mode) < sum(1 for item in due if item.mode == mode) for mode in MODES):
            await self._forget_finished()
        return [item for mode in MODES for item in [each for each in due if each.mode == mode][: self._left(mode)]]

    def _room(self, mode: str) -> bool:
        return self._left(mode) > 0 and (mode == SYNC or self._slots.left() != 0)

    def _left(self, mode: str) -> int:
        held = sum(1 for item in self._in_hand.values() if item.mode == mode)
        return max(0, (self._parts.settings.sync_credits if mode == SYNC else self._credits) - held)

    async def _make_room(self) -> None:
        """Forget what is finished where the room for more is running out."""
        if self._left("ASYNC") <= self._credits // 2 or self._left(SYNC) <= self._parts.settings.sync_credits // 2:
            await self._forget_finished()

    async def _forget_finished(self) -> None:
        if not self._in_hand:
            return
        stored = await self._parts.deliveries.read_many(list(self._in_hand))
        for id, mine in list(self._in_hand.items()):
            now = stored.get(id)
            if now is None or now.status is not DeliveryStatus.LEASED or now.attempt != mine.attempt:
                del self._in_hand[id]

    async def _count_lost_lease(self, delivery: DeliveryRecord) -> None:
        if delivery.leased_until <= self._parts.clock.now():
            await self._fail(delivery, AttemptError.LEASE_LOST, LOST)

    async def _fail(self, delivery: DeliveryRecord, code: AttemptError, error: str) -> None:
        parts = self._parts
        to = back_off(delivery, code, error, parts.clock.now(), self._jitter, parts.settings)
        await parts.deliveries.back_off(delivery, to)

    def _end_of(self, delivery: DeliveryRecord, run: RunRecord | None, standing: str) -> DeliveryStatus | None:
        """How a delivery that must not be leased ends: nothing waits for it, it expired, or its connection is gone."""
        if is_unwanted(delivery, run):
            return DeliveryStatus.CANCELLED
        if delivery.expires_at is not None and delivery.expires_at <= self._parts.clock.now():
            return DeliveryStatus.TIMED_OUT
        if standing == "GONE" and not self._parts.catalog.hooks[delivery.hook_id].hook.outlives_connection:
            return DeliveryStatus.CANCELLED
        return None


def is_due(delivery: DeliveryRecord, now: int) -> bool:
    """Whether the delivery's time has come."""
    return delivery.next_at is not None and delivery.next_at <= now
