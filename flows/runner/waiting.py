"""Waiting for deliveries: SYNC ones in place, within their budget; the others by parking the run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from flows.catalog import in_ms
from flows.machine import SYNC, Judgement, is_finished, judge
from flows.parts import EngineParts, outcome_topic
from flows.records import Awaited, DeliveryRecord, DeliveryStatus
from flows.runner.held import HeldRun
from flows.schema import Hook

Send = Callable[[], Awaitable[Mapping[str, DeliveryRecord]]]

NOTHING: Mapping[str, DeliveryRecord] = {}

POLL = 1_000
"""Longest wait for a wake-up before reading again: wake-ups are hints and can be lost."""


async def expire(parts: EngineParts, deliveries: dict[str, DeliveryRecord]) -> dict[str, DeliveryRecord]:
    """Time out what has passed its expiry; the first outcome stays, so what is returned was read after the write."""
    now = parts.clock.now()
    for id, delivery in deliveries.items():
        if delivery.expires_at is not None and delivery.expires_at <= now and not is_finished(delivery.status):
            deliveries[id] = await parts.deliveries.finish(delivery, DeliveryStatus.TIMED_OUT)
    return deliveries


async def read_outcomes(
    held: HeldRun, items: Sequence[Awaited], known: Mapping[str, DeliveryRecord] = NOTHING
) -> tuple[Judgement, dict[str, DeliveryRecord]]:
    """Judge these deliveries as they are stored now, time-outs applied.

    Args:
        known: some that need not be read: they are finished, and so stay as they are, or were stored just now.
    """
    ids = [item.delivery_id for item in items]
    deliveries = {id: known[id] for id in ids if id in known}
    deliveries |= await held.parts.deliveries.read_many([id for id in ids if id not in known])
    deliveries = await expire(held.parts, deliveries)
    return judge(items, deliveries), deliveries


async def wait_in_place(
    held: HeldRun, items: Sequence[Awaited], send: Send | None = None
) -> tuple[Judgement, dict[str, DeliveryRecord]]:
    """Wait until the SYNC ones of these deliveries are finished, keeping the run's lease; they all expire.

    Args:
        send: stores them first, and gives those that did not exist. Of these nothing need be read before the first
            wake-up: whoever answers one finds this waiting.
    """
    sync = {item.delivery_id for item in items if item.mode == SYNC}
    parts = held.parts
    with parts.hub.subscribe(outcome_topic(held.run.id)) as waiter:
        known = NOTHING if send is None else await send()
        while True:
            judgement, deliveries = await read_outcomes(held, items, known)
            known = {id: item for id, item in deliveries.items() if is_finished(item.status)}
            waiting = sync.intersection(judgement.waiting)
            if not waiting:
                return judgement, deliveries
            now = parts.clock.now()
            ends = [deliveries[id].expires_at for id in waiting if id in deliveries]
            soonest = min([end for end in ends if end is not None] + [now + POLL])
            await waiter.wait(max(1, soonest - now) / 1000)
            await held.confirm()


def barrier(
    awaited: Sequence[Awaited],
    judgement: Judgement,
    deliveries: Mapping[str, DeliveryRecord],
    parts: EngineParts,
) -> int | None:
    """When the first of what is waited for expires; None where none does.

    One that is late already does not exist yet: its run looks again soon.
    """
    ends = [item.expires_at for item in awaited if item.delivery_id in judgement.waiting]
    ends += [deliveries[id].expires_at for id in judgement.waiting if id in deliveries]
    soonest = min((end for end in ends if end is not None), default=None)
    return None if soonest is None else max(soonest, parts.clock.now() + parts.settings.settle_delay)


def expiry_of(held: HeldRun, hook: Hook, mode: str, now: int) -> int | None:
    """Until when a delivery is waited for: SYNC by the hook's budget and the caller's, ASYNC by its deadline."""
    if mode == "SYNC":
        until = now + in_ms(hook.budget)
        caller = held.run.sync_deadline
        return until if caller is None else min(until, caller)
    return None if hook.deadline is None else now + in_ms(hook.deadline)
