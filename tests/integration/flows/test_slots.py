"""A plugin's bound (manifest, `maxInFlight`) holds over all its workers, and nothing waits for ever behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from flows import Engine, open_bus, open_engine
from flows.grants import Grants
from flows.outcomes import Complete, Fail, Outcome, Retry
from flows.records import DELIVERIES, DeliveryRecord, DeliveryStatus
from store import ChangeHub, Store
from tests.integration.flows.test_runs import granted
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import (
    ADA,
    ADJUST,
    BEFORE,
    CHANGED,
    FAST,
    FLOWS,
    SERVICE,
    Adjust,
    add_jar,
    add_plugin,
    connect,
    prepare_toys,
    toy_engine,
)
from tests.support.world import Process, World, open_world

ASYNC, SYNC = {"mode": "ASYNC"}, {"mode": "SYNC"}
ELSEWHERE = {"id": "other_go_commit_done", "mode": "ASYNC"}


async def bound(store: Store, most: int | None, **more: Any) -> None:
    """The plugin's manifest says so."""
    await store.collection("registrar_plugins").update_one({"_id": "p"}, {"$set": {"max_in_flight": most, **more}})


async def given(store: Store, jars: int, most: int | None, **hooks: Mapping[str, Any]) -> list[str]:
    """So many jars of a hundred, connected to the plugin, whose bound is that."""
    names = [f"j{number}" for number in range(jars)]
    await add_plugin(store, "p", **(hooks or {"changed": ASYNC}))
    await bound(store, most)
    for jar in names:
        await add_jar(store, jar, 100)
    await connect(store, "p", names)
    return names


async def in_hand(store: Store) -> list[tuple[str, int | None]]:
    """What is leased now: the modes and slots."""
    rows = store.collection(DELIVERIES).find({"status": "LEASED"})
    return sorted([(row["mode"], row["slot"]) async for row in rows], key=str)


class Busy:
    """Handlers of all workers: how many are at it at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.now = 0
        self.most = 0
        self.done = 0

    async def handle(self, delivery: DeliveryRecord) -> Outcome:
        """Work for as long as some reads take; fail now and then."""
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(3):
            await self._store.collection(DELIVERIES).find_one({"_id": delivery.id})
        self.now -= 1
        if delivery.attempt == 1 and delivery.subject.endswith(("3", "7")):
            return Fail("once more")
        self.done += 1
        return Complete()


@pytest.mark.parametrize("most", [1, 3, None])
async def test_two_processes_with_two_workers_each_keep_to_the_bound(store: Store, most: int | None) -> None:
    await prepare_toys(store)
    jars = await given(store, 20, most)
    busy = Busy(store)
    async with AsyncExitStack() as stack:
        engines = [
            await stack.enter_async_context(toy_engine(store, replace(FAST, delivery_lease=30_000))) for _ in "AB"
        ]
        for jar in jars:
            await engines[0].submit(ADJUST, Adjust(jar, -1), principal=ADA)
        for engine in engines:
            for worker in ("one", "two"):
                await stack.enter_async_context(toy_plugin(engine, "p", busy.handle, worker))
        await all_done(store, engines[0])
    assert busy.done == 20
    assert busy.most <= most if most else busy.most > 3


async def all_done(store: Store, engine: Engine) -> None:
    """Every run has ended."""
    async with asyncio.timeout(25):
        while (row := await store.collection("flows_runs").find_one({"status": "AWAITING"})) is not None:
            async for view in engine.watch_runs(id=row["_id"]):
                if view.run.terminal:
                    break


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    """A world under a clock of its own."""
    async with open_world(store) as world:
        yield world


async def one_more_each(process: Process, *jars: str) -> None:
    """A change of each of these jars."""
    for jar in jars:
        await process.submit(ADJUST, Adjust(jar, -1))


async def test_of_two_who_see_the_same_slot_one_gets_it(world: World) -> None:
    await given(world.store, 2, 1)
    async with world.process("A") as a, world.process("B") as b:
        await one_more_each(a, "j0", "j1")
        held = world.faults.hold("A", "flows_deliveries.update_one")
        slow = asyncio.create_task(a.take("p"))
        await held.reached()
        (wanted,) = [item for item in await world.deliveries() if item.subject.endswith("j0")]
        later = world.clock.now() + 1_000
        await world.store.collection(DELIVERIES).update_one({"_id": wanted.id}, {"$set": {"next_at": later}})
        (fast,) = await b.take("p")
        assert fast.id != wanted.id, "the other process takes another delivery"
        held.release()
        assert await slow == []
        assert await in_hand(world.store) == [("ASYNC", 0)]
        world.clock.advance(1)
        await b.reply(fast, Complete())
        assert len(await a.take("p")) == 1


async def test_sync_deliveries_are_no_part_of_the_bound(world: World) -> None:
    await given(world.store, 2, 1, changed=ASYNC)
    async with world.process("A") as a:
        await one_more_each(a, "j0", "j1")
        assert len(await a.take("p")) == 1
        await world.store.collection("registrar_plugins").delete_one({"_id": "p"})
        await add_plugin(world.store, "p", before=SYNC)
        await bound(world.store, 1)
        call = a.call(ADJUST, Adjust("j1", -1))
        asked = await a.take_one("p")
        assert (asked.mode, await in_hand(world.store)) == ("SYNC", [("ASYNC", 0), ("SYNC", None)])
        await a.reply(asked, Complete())
        assert (await call).record is not None


ENDS: dict[str, Outcome] = {"complete": Complete(), "fail": Fail("no"), "retry": Retry(60)}


@pytest.mark.parametrize("outcome", ENDS)
async def test_whatever_ends_a_lease_gives_its_slot_back(world: World, outcome: str) -> None:
    await given(world.store, 2, 1)
    async with world.process("A") as a:
        await one_more_each(a, "j0", "j1")
        (first,) = await a.take("p")
        assert await a.take("p") == []
        await a.reply(first, ENDS[outcome])
        (second,) = await a.take("p")
        assert second.id != first.id


@pytest.mark.parametrize("hooks", [None, [CHANGED]])
async def test_a_lost_lease_gives_its_slot_back_though_nobody_takes_its_hook(
    world: World, hooks: list[str] | None
) -> None:
    """The worker of the other hook is gone: who takes this one finds the lease that has run out by its slot."""
    await given(world.store, 1, 1, before=ASYNC, changed=ASYNC)
    await add_jar(world.store, "k", 5)
    async with world.process("A") as a:
        await a.submit(ADJUST, Adjust("j0", -1))
        (lost,) = await a.take("p")
        assert lost.hook_id == BEFORE
        await world.store.collection("registrar_connections").delete_many({})
        await connect(world.store, "p", ["k"])
        row = {**lost.to_mongo(), "_id": "x", "hook_id": CHANGED, "kind": "COMMIT", "status": "PENDING", "queue": "p|k"}
        row |= {"next_at": 1, "leased_until": 0, "slot": None, "slot_of": None}
        row["connections"][0]["id"] = "toy:Jar:k#p"
        await world.store.collection(DELIVERIES).insert_one(row)
        grants = Grants(a.engine.parts, "p", "w", hooks, 16, 0.0)
        await grants._take()
        assert list(grants._ready) == []
        world.lease_ends()
        await grants._take()
        assert [item.id for item in grants._ready] == ["x"]
        stored = await a.engine.deliveries.read(lost.id)
        assert stored is not None and stored.status is not DeliveryStatus.LEASED


async def test_a_drained_worker_gives_its_slots_to_the_others(store: Store) -> None:
    await prepare_toys(store)
    jars = await given(store, 3, 2)
    long = replace(FAST, delivery_lease=60_000)
    async with toy_engine(store, long) as a, toy_engine(store, long) as b:
        for jar in jars:
            await a.submit(ADJUST, Adjust(jar, -1), principal=ADA)
        async with a.grants("p", "one", None, 16) as first:
            assert {(await granted(first)).slot for _ in range(2)} == {0, 1}
        async with b.grants("p", "two", None, 16) as second:
            assert {(await granted(second)).slot for _ in range(2)} == {0, 1}
            assert len(await in_hand(store)) == 2


async def test_another_bound_is_in_force_as_leases_end(world: World) -> None:
    await given(world.store, 8, 3)
    async with world.process("A") as a:
        await one_more_each(a, *(f"j{number}" for number in range(8)))
        three = await a.take("p")
        assert len(three) == 3
        await bound(world.store, 2)
        await a.reply(three[0], Complete())
        assert await a.take("p") == [], "two of the three are left, as many as there may be now"
        await a.reply(three[1], Complete())
        assert len(await a.take("p")) == 1
        await bound(world.store, 4)
        assert len(await a.take("p")) == 2
        await bound(world.store, None)
        assert len(await a.take("p")) == 2
        assert [slot for _, slot in await in_hand(world.store)].count(None) == 2


@asynccontextmanager
async def process(store: Store) -> AsyncIterator[Engine]:
    """One that hears of what others write."""
    hub = ChangeHub()
    async with (
        open_bus(store, hub),
        open_engine(store, hub, SERVICE, FLOWS, replace(FAST, delivery_lease=60_000)) as made,
    ):
        yield made


async def test_a_service_with_a_long_backlog_leaves_slots_to_the_others(store: Store) -> None:
    """One slot, two processes who want it all the time: the few are not made to wait for the end of the many."""
    await prepare_toys(store)
    jars = await given(store, 60, 1)
    async with process(store) as a, process(store) as b:
        await asyncio.gather(*(a.submit(ADJUST, Adjust(jar, -1), principal=ADA) for jar in jars))
        await bound(store, 1, hooks=[{"id": BEFORE, "mode": "ASYNC"}, ELSEWHERE])
        await asyncio.gather(*(a.submit(ADJUST, Adjust(jar, -1), principal=ADA) for jar in jars[:3]))
        order: list[str] = []

        async def work(engine: Engine, hook: str, until: int) -> None:
            async with engine.grants("p", hook, [hook], 16) as grants:
                async for delivery in grants:
                    if delivery is not None:
                        order.append(hook)
                        await engine.reply("p", delivery.id, delivery.attempt, Complete())
                    if order.count(BEFORE) == until or len(order) == 63:
                        return

        async with asyncio.timeout(25), asyncio.TaskGroup() as tasks:
            tasks.create_task(work(a, CHANGED, 3))
            tasks.create_task(work(b, BEFORE, 3))
    assert order.count(BEFORE) == 3
    assert order.count(CHANGED) < 60, order
