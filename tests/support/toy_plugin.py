"""A plugin inside the test's process: it takes grants of the toy engine and answers them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from flows import Engine
from flows.outcomes import Complete, Outcome
from flows.records import DeliveryRecord

Handler = Callable[[DeliveryRecord], Awaitable[Outcome]]


async def complete(delivery: DeliveryRecord) -> Outcome:
    """Complete whatever comes."""
    return Complete()


class ToyPlugin:
    """What one worker of a plugin was granted, in order; `arrived` wakes who waits for more."""

    def __init__(self, engine: Engine, tag: str, handler: Handler) -> None:
        self._engine = engine
        self._tag = tag
        self._handler = handler
        self.got: list[DeliveryRecord] = []
        self.heartbeats = 0
        self.errors: list[str] = []
        self.arrived = asyncio.Condition()

    async def work(self, worker: str, credits: int) -> None:
        """Take and answer deliveries until cancelled; each is handled in a task of its own."""
        async with self._engine.grants(self._tag, worker, None, credits) as grants, asyncio.TaskGroup() as handlers:
            async for delivery in grants:
                if delivery is None:
                    self.heartbeats += 1
                else:
                    self.got.append(delivery)
                    handlers.create_task(self._handle(delivery))
                async with self.arrived:
                    self.arrived.notify_all()

    async def _handle(self, delivery: DeliveryRecord) -> None:
        outcome = await self._handler(delivery)
        for error in await self._engine.reply(self._tag, delivery.id, delivery.attempt, outcome):
            self.errors.append(error.code)

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; looked at on each arrival."""
        async with self.arrived, asyncio.timeout(10):
            await self.arrived.wait_for(condition)


@asynccontextmanager
async def toy_plugin(
    engine: Engine, tag: str, handler: Handler = complete, worker: str = "w1", credits: int = 16
) -> AsyncIterator[ToyPlugin]:
    """A plugin at work."""
    plugin = ToyPlugin(engine, tag, handler)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(plugin.work(worker, credits))
        try:
            yield plugin
        finally:
            task.cancel()
