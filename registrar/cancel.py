"""What is not finished for connections that were ended or revoked is cancelled, so that runs do not wait for it."""

from __future__ import annotations

from typing import Any

from flows.engine import Engine
from flows.records import DELIVERIES, DeliveryRecord, DeliveryStatus
from store import Store, translate_errors

OPEN = (DeliveryStatus.PENDING, DeliveryStatus.LEASED, DeliveryStatus.DEAD)


async def cancel_ended(store: Store, engine: Engine, plugin_tag: str, owner_ref: str | None) -> int:
    """Cancel a plugin's unfinished deliveries of all services whose connections stand no more; returns how many.

    A delivery that concerns other connections too, which stand, goes on; so does one that tells of the end itself.
    Deliveries that are made later, or missed here, are cancelled when they are about to be leased.

    Args:
        owner_ref: whose deliveries to look at; None looks at all of the plugin's.
    """
    cancelled = 0
    for status in OPEN:
        for record in await _open(store, plugin_tag, owner_ref, status):
            bound = engine.parts.catalog.hooks.get(record.hook_id)
            if bound is not None and bound.hook.outlives_connection:
                continue
            if await engine.parts.plugins.standing(record.connections, record.plugin_tag) != "GONE":
                continue
            engine.parts.notify_end(await engine.deliveries.finish(record, DeliveryStatus.CANCELLED))
            cancelled += 1
    return cancelled


async def _open(store: Store, plugin_tag: str, owner_ref: str | None, status: DeliveryStatus) -> list[DeliveryRecord]:
    where: dict[str, Any] = {"plugin_tag": plugin_tag, "status": status.value}
    if owner_ref is not None:
        where["owner_ref"] = owner_ref
    with translate_errors():
        rows = await store.collection(DELIVERIES).find(where).to_list()
    return [DeliveryRecord.model_validate(row) for row in rows]
