"""What is not finished for a connection that has ended is cancelled, so that runs do not wait for it."""

from __future__ import annotations

from flows.engine import Engine
from flows.records import DELIVERIES, DeliveryRecord, DeliveryStatus
from store import Store, translate_errors

OPEN = (DeliveryStatus.PENDING, DeliveryStatus.LEASED, DeliveryStatus.DEAD)


async def cancel_ended(store: Store, engine: Engine, connection_id: str) -> int:
    """Cancel the unfinished deliveries of a connection, of all services, and return how many there were.

    A delivery that concerns other connections too, which stand, goes on; so does one that tells of the end itself.
    Deliveries that are made later, or missed here, are cancelled when they are about to be leased.
    """
    cancelled = 0
    for status in OPEN:
        for record in await _open(store, connection_id, status):
            bound = engine.parts.catalog.hooks.get(record.hook_id)
            if bound is not None and bound.hook.outlives_connection:
                continue
            if await engine.parts.plugins.standing(record.connections, record.plugin_tag) != "GONE":
                continue
            await engine.deliveries.finish(record, DeliveryStatus.CANCELLED)
            engine.parts.notify_run(record.run_id)
            cancelled += 1
    return cancelled


async def _open(store: Store, connection_id: str, status: DeliveryStatus) -> list[DeliveryRecord]:
    plugin_tag = connection_id.rpartition("#")[2]
    where = {
        "plugin_tag": plugin_tag,
        "status": status.value,
        "connections": {"$elemMatch": {"id": connection_id}},
    }
    with translate_errors():
        rows = await store.collection(DELIVERIES).find(where).to_list()
    return [DeliveryRecord.model_validate(row) for row in rows]
