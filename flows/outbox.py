"""Outbox entries: a step's hook calls, travelling in the written document until their deliveries exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.catalog import BoundHook
from flows.connected import Subscriber
from flows.delivery_store import inbox, queue
from flows.ids import hash_id
from flows.payloads import Kept
from flows.records import Awaited, CauseRecord, DeliveryRecord, RunRecord

PLACES = 1000
"""seq = version * PLACES + position of the hook in its step."""


def delivery_id(seed: str, hook_id: str, round: int, page: int, plugin_tag: str, owner_ref: str) -> str:
    """The id of a delivery; the hook id names the step. Making it twice makes one."""
    return hash_id("delivery", seed, hook_id, round, page, plugin_tag, owner_ref)


def make_delivery(
    run: RunRecord,
    bound: BoundHook,
    kept: Kept,
    subscriber: Subscriber,
    *,
    subject: str,
    version: int,
    round: int,
    now: int,
    expires_at: int | None,
) -> DeliveryRecord:
    """The delivery of one hook call, whose payload is that, to one plugin and owner, due at once."""
    settings = subscriber.settings
    return DeliveryRecord(
        id=delivery_id(run.seed, bound.id, round, 0, subscriber.plugin_tag, subscriber.owner_ref),
        service=run.service,
        run_id=run.id,
        hook_id=bound.id,
        kind=bound.kind,
        mode=settings.mode,
        plugin_tag=subscriber.plugin_tag,
        owner_ref=subscriber.owner_ref,
        subject=subject,
        inbox=inbox(run.service, subscriber.plugin_tag),
        queue=None if settings.mode == "SYNC" else queue(subscriber.plugin_tag, subject),
        seq=version * PLACES + bound.position,
        round=round,
        next_at=now,
        expires_at=expires_at,
        timeout_ms=settings.timeout_ms,
        on_failure=settings.on_failure,
        on_dead=settings.on_dead,
        connections=list(subscriber.connections),
        payload=dict(kept.payload),
        payload_ref=kept.ref,
        cause=run.cause,
        created_at=now,
        updated_at=now,
    )


def awaited(delivery: DeliveryRecord, order: int = 0) -> Awaited:
    """What the run keeps of a delivery that it waits for."""
    return Awaited(
        delivery_id=delivery.id,
        plugin_tag=delivery.plugin_tag,
        hook=delivery.hook_id,
        mode=delivery.mode,
        on_failure=delivery.on_failure,
        order=order,
        expires_at=delivery.expires_at,
    )


def entry_key(version: int, position: int, run_id: str) -> str:
    """Sorts by the version that made the entry, so that entries become deliveries oldest first."""
    return f"{version:012d}_{position:03d}_{run_id}"


def to_entry(deliveries: Sequence[DeliveryRecord]) -> dict[str, Any]:
    """The entry that holds these deliveries."""
    return {"deliveries": [item.to_mongo() for item in deliveries]}


def from_entry(entry: dict[str, Any]) -> list[DeliveryRecord]:
    """The deliveries of an entry."""
    return [DeliveryRecord.model_validate(item) for item in entry["deliveries"]]


def cause_of(delivery: DeliveryRecord) -> CauseRecord:
    """The cause of a run that is started while handling `delivery`."""
    above = delivery.cause
    connections = {item.id for item in delivery.connections} | set(above.connections if above else ())
    return CauseRecord(
        run_id=delivery.run_id,
        delivery_id=delivery.id,
        plugin_tag=delivery.plugin_tag,
        depth=(above.depth if above else 0) + 1,
        connections=sorted(connections),
    )
