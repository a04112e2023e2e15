"""Waiting for deliveries: SYNC ones in place, within their budget; the others by parking the run."""

from __future__ import annotations

from collections.abc import Sequence

from flows.machine import SYNC, Judgement, is_finished, judge
from flows.parts import EngineParts, run_topic
from flows.records import Awaited, DeliveryRecord, DeliveryStatus
from flows.runner.held import HeldRun
from flows.schema import Hook

POLL = 1_000
"""Longest wait for a wake-up before reading again: wake-ups are hints and can be lost."""


async def expire(parts: EngineParts, deliveries: dict[str, DeliveryRecord]) -> dict[str, DeliveryRecord]:
    """Time out what has passed its expiry; the first outcome stays, so what is returned was read after the write."""
    now = parts.clock.now()
    for id, delivery in deliveries.items():
        if delivery.expires_at is not None and delivery.expires_at <= now and not is_finished(delivery.status):
            deliveries[id] = await parts.deliveries.finish(delivery, DeliveryStatus.TIMED_OUT)
    return deliveries


async def read_outcomes(held: HeldRun, items: Sequence[Awaited]) -> tuple[Judgement, dict[str, DeliveryRecord]]:
    """Judge these deliveries as they are stored now, time-outs applied."""
    deliveries = await held.parts.deliveries.read_many([item.delivery_id for item in items])
    deliveries = await expire(held.parts, deliveries)
    return judge(items, deliveries), deliveries


async def release(parts: EngineParts, deliveries: Sequence[DeliveryRecord]) -> bool:
    """Cancel those of these deliveries whose connection has ended; whether there was one.

    Who ends a connection cancels the deliveries that exist then. One that was an outbox entry still is caught here,
    before its run parks: it exists by now, so the end comes either before this look or finds the delivery.
    """
    gone = False
    for delivery in deliveries:
        if parts.catalog.hooks[delivery.hook_id].hook.outlives_connection:
            continue
        if await parts.plugins.standing(delivery.connections, delivery.plugin_tag) == "GONE":
            await parts.deliveries.finish(delivery, DeliveryStatus.CANCELLED)
            gone = True
    return gone


async def wait_in_place(held: HeldRun, items: Sequence[Awaited]) -> tuple[Judgement, dict[str, DeliveryRecord]]:
    """Wait until the SYNC ones of these deliveries are finished, keeping the run's lease; they all expire."""
    sync = {item.delivery_id for item in items if item.mode == SYNC}
    parts = held.parts
    with parts.hub.subscribe(run_topic(held.run.id)) as waiter:
        while True:
            judgement, deliveries = await read_outcomes(held, items)
            waiting = sync.intersection(judgement.waiting)
            if not waiting:
                if await release(parts, [deliveries[id] for id in judgement.waiting if id in deliveries]):
                    continue
                return judgement, deliveries
            now = parts.clock.now()
            ends = [deliveries[id].expires_at for id in waiting if id in deliveries]
            soonest = min([end for end in ends if end is not None] + [now + POLL])
            await waiter.wait(max(1, soonest - now) / 1000)
            await held.confirm()


def barrier(deliveries: dict[str, DeliveryRecord]) -> int | None:
    """When the first of the unfinished deliveries expires; None where none does."""
    ends = [item.expires_at for item in deliveries.values() if not is_finished(item.status) and item.expires_at]
    return min(ends, default=None)


def expiry_of(held: HeldRun, hook: Hook, mode: str, now: int) -> int | None:
    """Until when a delivery is waited for: SYNC by the hook's budget and the caller's, ASYNC by its deadline."""
    if mode == "SYNC":
        until = now + int(hook.budget.total_seconds() * 1000)
        caller = held.run.sync_deadline
        return until if caller is None else min(until, caller)
    return None if hook.deadline is None else now + int(hook.deadline.total_seconds() * 1000)
