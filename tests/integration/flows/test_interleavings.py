"""Two processes, their operations ordered by a seeded scheduler, with faults: the books are right at the end."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from contextlib import suppress
from typing import Any

import pytest

from flows.outcomes import Complete, Fail, Outcome, Reject
from flows.records import DeliveryRecord
from store import Store
from tests.integration.flows.test_mistakes import violations
from tests.support.faults import Apply, Operation, unmatched
from tests.support.mistakes import no_version_filter
from tests.support.store import clear
from tests.support.toy_service import ADJUST, TRADE, Adjust, Trade, add_plugin, connect
from tests.support.world import Process, Violated, World, open_world

FAULTS = 3
SEEDS = range(10)


class Scheduler:
    """Operations of the processes wait in line; the seed says whose is next, and what goes wrong."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._random = random.Random(seed)
        self._line: deque[tuple[Operation, asyncio.Event]] = deque()
        self._faults = FAULTS
        self.trace: list[str] = []

    async def around(self, operation: Operation, apply: Apply) -> Any:
        """Wait for this operation's turn, and make it."""
        if not operation.actor:
            return await apply()
        turn = asyncio.Event()
        self._line.append((operation, turn))
        await turn.wait()
        self.trace.append(f"{operation.actor} {operation.name}")
        lost = self._faulty(operation.name.endswith(("toy_jars.update_one", "find_one_and_update")))
        result = await apply()
        return unmatched(operation, result) if lost else result

    def _faulty(self, possible: bool) -> bool:
        if not possible or self._faults == 0 or self._random.random() > 0.06:
            return False
        self._faults -= 1
        self.trace.append("! its answer is lost")
        return True

    async def turns(self) -> None:
        """Give turns for ever; between two of them leases may run out, or a process die."""
        while True:
            await asyncio.sleep(0.0005 if not self._line else 0)
            if not self._line:
                continue
            self._line.rotate(self._random.randrange(len(self._line)))
            _, turn = self._line.popleft()
            turn.set()
            if self._faults and self._random.random() < 0.02:
                self._faults -= 1
                self.trace.append("! leases run out")
                self._world.lease_ends()


async def moody(delivery: DeliveryRecord) -> Outcome:
    """Vetoes what goes under zero; fails each delivery's first attempt."""
    if delivery.kind == "VALIDATE":
        return Complete() if delivery.payload["after"] >= 0 else Reject("FLOOR", "under zero")
    return Fail("once more") if delivery.attempt == 1 else Complete()


async def explore(store: Store, seed: int) -> list[str]:
    """Some runs on two processes, in the order that the seed gives; returns the trace."""
    async with open_world(store) as world:
        chance = random.Random(seed)
        for jar in ("x", "y"):
            await world.add_jar(jar, 4)
        if seed % 3:
            await add_plugin(
                store, "p", changed={"mode": "ASYNC"}, **({"before": {"mode": "SYNC"}} if seed % 2 else {})
            )
            await connect(store, "p", ["x", "y"])
            world.answers["p"] = moody
        async with world.process("A") as a, world.process("B") as b:
            scheduler = Scheduler(world, seed)
            world.faults.policy = scheduler.around
            giving = asyncio.ensure_future(scheduler.turns())
            try:
                for number in range(3):
                    jar, process = chance.choice("xy"), chance.choice((a, b))
                    process.call(ADJUST, Adjust(jar, chance.choice((-1, -2, 2))), f"k{number}")
                chance.choice((a, b)).call(TRADE, Trade({"x": 1, "y": chance.choice((1, 9))}), "t")
                await sweeping(a, b)
                world.clock.advance(5)
                if seed % 4 == 0:
                    a.kill()
                await world.rest(b if seed % 4 == 0 else a, b, times=20)
            finally:
                giving.cancel()
                with suppress(asyncio.CancelledError):
                    await giving
                world.faults.policy = None
            await world.check()
    return scheduler.trace


async def sweeping(*processes: Process) -> None:
    """Let all go on until nothing moves, while both sweep all the time."""

    async def sweep(process: Process) -> None:
        while True:
            await process.sweep()

    sweeps = [asyncio.ensure_future(sweep(process)) for process in processes]
    try:
        await asyncio.gather(*(process.drain() for process in processes))
    finally:
        for task in sweeps:
            task.cancel()
        await asyncio.gather(*sweeps, return_exceptions=True)


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_order_of_operations_ends_well(store: Store, seed: int) -> None:
    await explore(store, seed)


async def test_some_order_shows_a_mistake(store: Store) -> None:
    for seed in range(30):
        try:
            with no_version_filter():
                await explore(store, seed)
        except (Violated, BaseExceptionGroup) as error:
            assert violations(error), f"seed {seed}: {error!r}"
            return
        await clear(store)
    raise AssertionError("no seed shows it")
