"""A process that is cancelled at any of its operations leaves everything to be taken up by another."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest

from flows.records import RunStatus
from store import Store
from tests.support.faults import Apply, Operation
from tests.support.toy_service import ADJUST, TRADE, Adjust, Trade, add_plugin, beans, connect
from tests.support.world import Process, World, open_world

OPERATIONS_AT_LEAST = 6


class Cancelling:
    """Cancels a process's workers and calls while its operation of that place is under way, or just made."""

    def __init__(self, process: Process, place: int, *, made: bool) -> None:
        self._process = process
        self._place = place
        self._made = made
        self._places = count()
        self.happened = False

    async def around(self, operation: Operation, apply: Apply) -> Any:
        """Make the operation, cancelled meanwhile if it is the one."""
        if operation.actor != self._process.name or next(self._places) != self._place:
            return await apply()
        self.happened = True
        if not self._made:
            self._process.kill()
            return await apply()
        result = await apply()
        self._process.kill()
        return result


async def cancelled_once(world: World, place: int, made: bool, flow: Any, params: Any, key: str) -> bool:
    """Cancel at that operation; another process goes on, and the client asks again. Whether there was one."""
    async with world.process("A") as a:
        cancelling = Cancelling(a, place, made=made)
        world.faults.policy = cancelling.around
        call = a.call(flow, params, key)
        while not call.done():
            await asyncio.wait([call], timeout=0.02)
            await a.drain(until=lambda: cancelling.happened)
    world.faults.policy = None
    async with world.process("B") as b:
        await world.rest(b)
        run = await b.submit(flow, params, key)
        await world.rest(b)
        wanted = RunStatus.COMPLETED if flow is ADJUST else RunStatus.REJECTED
        assert (await world.run(run.id)).status is wanted, f"cancelled at operation {place}"
    return cancelling.happened


@pytest.mark.parametrize("made", [False, True], ids=["under way", "made"])
async def test_an_adjustment_is_taken_up_wherever_it_was_cancelled(store: Store, made: bool) -> None:
    async with open_world(store) as world:
        await add_plugin(store, "p", changed={"mode": "ASYNC"})
        for place in count(made, 2):
            jar = f"j{place}"
            await world.add_jar(jar, 5)
            await connect(store, "p", [jar])
            if not await cancelled_once(world, place, made, ADJUST, Adjust(jar, -2), jar):
                break
            assert await beans(store, jar) == 3, f"cancelled at operation {place}"
        await world.check()
    assert place > OPERATIONS_AT_LEAST
    assert len(world.done) == place // 2 + 1


@pytest.mark.parametrize("made", [False, True], ids=["under way", "made"])
async def test_a_trade_that_is_refused_is_undone_wherever_it_was_cancelled(store: Store, made: bool) -> None:
    async with open_world(store) as world:
        for place in count(made, 6):
            full, empty = f"f{place}", f"e{place}"
            await world.add_jar(full, 5)
            await world.add_jar(empty, 0)
            trade = Trade({full: 1, empty: 1})
            if not await cancelled_once(world, place, made, TRADE, trade, full):
                break
        await world.check()
    assert place > OPERATIONS_AT_LEAST
