"""Deliveries that arrive while the worker comes to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from plugin_sdk import Plugin
from plugin_sdk._dispatcher import Dispatcher
from plugin_sdk._leases import Leases
from plugin_sdk._replies import Replies
from plugin_sdk._tuning import Tuning
from plugin_sdk.protocol.delivery import Delivery
from plugin_sdk.protocol.in_hand import InHand
from plugin_sdk.protocol.lease import PlatformClock
from tests.unit.plugin_sdk.test_replies import Answering, top_level

DELIVERY = Delivery("d1", "commerce_a_b_c", "ASYNC", 1, 1, datetime.now(UTC), False, None, (), {})


class NoCalls:
    """A platform for handlers that do not run."""

    async def call(
        self, document: str, variables: Mapping[str, Any], *, delivery_id: str, idempotency_key: str | None
    ) -> Mapping[str, Any]:
        raise AssertionError(document)

    async def extend(self, delivery_id: str, seconds: float | None) -> bool:
        raise AssertionError(delivery_id)


async def test_a_delivery_that_arrives_at_a_cancelled_worker_is_left_to_its_lease() -> None:
    client, in_hand = Answering(top_level(None)), InHand()
    replies = Replies(client, {})
    leases = Leases(in_hand, replies, PlatformClock())
    running = asyncio.Event()

    async def feed(dispatcher: Dispatcher) -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            dispatcher.take(DELIVERY)

    async def worker() -> None:
        async with asyncio.TaskGroup() as tasks:
            dispatcher = Dispatcher(Plugin("idle"), in_hand, replies, leases, NoCalls(), Tuning(), tasks)
            tasks.create_task(feed(dispatcher))

    task = asyncio.create_task(worker())
    await running.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert DELIVERY.id not in in_hand
