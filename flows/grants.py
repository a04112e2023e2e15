"""What one subscription of a plugin's worker is granted: deliveries under leases, within its credits."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence

from flows.delivery_store import inbox
from flows.machine import SYNC, back_off, is_finished, is_unwanted
from flows.parts import EngineParts, inbox_topic
from flows.records import DeliveryRecord, DeliveryStatus
from store import StoreUnavailable

log = logging.getLogger(__name__)

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

    async def stream(self) -> AsyncGenerator[DeliveryRecord | None, None]:
        """The grants, for as long as the subscription lasts; close it at the end."""
        parts = self._parts
        heartbeat_at = parts.clock.now() + parts.settings.heartbeat
        with parts.hub.subscribe(inbox_topic(self._inbox)) as waiter:
            yield None
            while True:
                await self._fill()
                while self._ready:
                    heartbeat_at = parts.clock.now() + parts.settings.heartbeat
                    yield self._ready.popleft()
                now = parts.clock.now()
                if now >= heartbeat_at:
                    heartbeat_at = now + parts.settings.heartbeat
                    yield None
                await waiter.wait(await self._pause(now, heartbeat_at))

    async def _fill(self) -> None:
        """Lease what can be leased; a store that is away is waited for, the subscription stays."""
        try:
            await self._take()
        except StoreUnavailable as error:
            log.warning("deliveries of %s wait for the store: %s", self._inbox, error)

    async def _pause(self, now: int, heartbeat_at: int) -> float:
        try:
            due = await self._parts.deliveries.next_due(self._inbox)
        except StoreUnavailable:
            return MAX_WAIT / 1000
        wait = min(heartbeat_at - now, MAX_WAIT)
        if due is not None and due > now:
            wait = min(wait, due - now)
        return max(wait, 5) / 1000

    async def hand_back(self) -> None:
        """Give back the leases that are still in hand: the worker is gone or drained."""
        for delivery in list(self._in_hand.values()):
            await self._parts.deliveries.hand_back(delivery.id, delivery.attempt)
            self._parts.notify_inbox(delivery)

    async def _take(self) -> None:
        """Lease what is due, leasable and within the credits."""
        await self._forget_finished()
        met: dict[str, int] = {}  # the lowest seq met of each queue; what is due longest need not be its head
        skip = 0
        while True:
            page = await self._parts.deliveries.due(self._inbox, PAGE, skip)
            for delivery in page:
                if delivery.queue is not None:
                    lowest = met.setdefault(delivery.queue, delivery.seq)
                    if lowest < delivery.seq:  # its turn comes after one that was met already
                        skip += 1
                        continue
                    met[delivery.queue] = delivery.seq
                leased = await self._consider(delivery)
                if leased is not None:
                    self._in_hand[leased.id] = leased
                    self._ready.append(leased)
                else:
                    skip += 1
            if len(page) < PAGE or not (self._room(SYNC) and self._room("ASYNC")):
                return

    def _room(self, mode: str) -> bool:
        held = sum(1 for item in self._in_hand.values() if (item.mode == SYNC) == (mode == SYNC))
        return held < (self._parts.settings.sync_credits if mode == SYNC else self._credits)

    async def _forget_finished(self) -> None:
        if not self._in_hand:
            return
        stored = await self._parts.deliveries.read_many(list(self._in_hand))
        for id, mine in list(self._in_hand.items()):
            now = stored.get(id)
            if now is None or now.status is not DeliveryStatus.LEASED or now.attempt != mine.attempt:
                del self._in_hand[id]

    async def _consider(self, delivery: DeliveryRecord) -> DeliveryRecord | None:
        parts = self._parts
        if self._hooks is not None and delivery.hook_id not in self._hooks:
            return None
        if delivery.hook_id not in parts.catalog.hooks:
            return None
        if delivery.status is DeliveryStatus.LEASED:
            await self._count_lost_lease(delivery)
            return None
        if not self._room(delivery.mode) or await self._is_over(delivery):
            return None
        if await parts.deliveries.is_blocked(delivery):
            return None
        return await parts.deliveries.lease(delivery, self._worker)

    async def _count_lost_lease(self, delivery: DeliveryRecord) -> None:
        now = self._parts.clock.now()
        if delivery.leased_until <= now:
            to = back_off(delivery, LOST, now, self._jitter, self._parts.settings)
            await self._parts.deliveries.back_off(delivery, to)

    async def _is_over(self, delivery: DeliveryRecord) -> bool:
        """Whether the delivery must not be leased: nothing waits for it, it expired, or its connection is gone."""
        parts = self._parts
        run = await parts.runs.read(delivery.run_id)
        end: DeliveryStatus | None = None
        if is_unwanted(delivery, run):
            end = DeliveryStatus.CANCELLED
        elif delivery.expires_at is not None and delivery.expires_at <= parts.clock.now():
            end = DeliveryStatus.TIMED_OUT
        else:
            standing = await parts.plugins.standing(delivery.connections, delivery.plugin_tag)
            if standing == "HELD":
                return True
            if standing == "GONE" and not parts.catalog.hooks[delivery.hook_id].hook.outlives_connection:
                end = DeliveryStatus.CANCELLED
        if end is None:
            return False
        finished = await parts.deliveries.finish(delivery, end)
        if is_finished(finished.status):
            parts.notify_run(delivery.run_id)
        return True
