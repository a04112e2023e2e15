"""What is kept and for how long, and how much may wait: retention, back-pressure and barriers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from flows import EngineSettings, Flow, ValidateStep, WriteStep
from flows.outcomes import Complete
from flows.records import DeliveryStatus, RunRecord, RunStatus, Stage
from flows.settings import DAY
from store import Store
from tests.integration.flows.scenarios import ASYNC, PLUGIN, callback, trading, two
from tests.support.faults import acting
from tests.support.toy_service import ADJUST, TRADE, Adjust, add_plugin, beans, connect
from tests.support.world import Process, World, open_world

DAYS = 24 * 3600.0


async def a_month_later(world: World, *processes: Process) -> None:
    """Time passes, and everybody sweeps."""
    world.clock.advance(31 * DAYS)
    for process in processes:
        await process.sweep()


async def test_runs_that_ended_long_ago_go_with_their_deliveries(store: Store) -> None:
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        for _ in range(3):
            await a.submit(ADJUST, Adjust("j", -1))
        await world.rest(a, b)
        world.clock.advance(10 * DAYS)
        await a.sweep()
        assert (len(await world.runs()), len(await world.deliveries())) == (3, 3), "not yet"
        await a_month_later(world, a)
        assert (await world.runs(), await world.deliveries()) == ([], [])


@pytest.mark.parametrize(("kept", "failed"), [(5, 20), (20, 5)])
async def test_runs_that_failed_are_kept_for_a_time_of_their_own(store: Store, kept: int, failed: int) -> None:
    settings: dict[str, Any] = {"retention": kept * DAY, "failed_retention": failed * DAY}
    async with open_world(store) as world, world.process("A", **settings) as a:
        await world.add_jar("j", 5)
        done, refused = await a.submit(ADJUST, Adjust("j", -1)), await a.submit(ADJUST, Adjust("j", -9))
        assert (done.status, refused.status) == (RunStatus.COMPLETED, RunStatus.REJECTED)
        world.clock.advance(10 * DAYS)
        await a.sweep()
        assert [run.id for run in await world.runs()] == [refused.id if failed > kept else done.id]
        world.clock.advance(11 * DAYS)
        await a.sweep()
        assert await world.runs() == []


async def test_what_a_dead_delivery_needs_stays(store: Store) -> None:
    """Its run, and what its handler's call has started: handling it again asks for that under the same key."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        await world.add_jar("other", 5)
        await a.submit(ADJUST, Adjust("j", -1))
        (first,) = await a.take("p")
        await callback(a, first, "other")
        await store.collection("flows_deliveries").update_one(
            {"_id": first.id}, {"$set": {"status": "DEAD", "inbox": None, "leased_until": 0, "next_at": None}}
        )
        await a_month_later(world, a)
        assert len(await world.runs()) == 2
        with acting("A"):
            assert await a.engine.redrive([first]) == [], "it was not dead when it was read"
            dead = await a.engine.deliveries.read(first.id)
            assert dead is not None
            assert [item.id for item in await a.engine.redrive([dead])] == [first.id]
            assert await a.engine.redrive([dead]) == [], "twice is harmless"
        (again,) = await a.take("p")
        await callback(a, again, "other")
        assert await beans(store, "other") == 4, "the first call's answer stands"
        assert await a.reply(again, Complete()) == []
        await world.rest(a, b)
        await a_month_later(world, a, b)
        await a_month_later(world, a, b)
        assert await world.runs() == []


async def test_a_child_that_its_parent_has_not_taken_stays(store: Store) -> None:
    async with trading(store, 5, 5) as (world, _, b):
        await ended_child(world)
        await a_month_later(world, b)
        assert [run.id for run in await world.runs()] == ["parent", "child"]
        await store.collection("flows_runs").update_one({"_id": "parent"}, {"$set": {"stage": "ENDED"}})
        await a_month_later(world, b)
        assert await world.runs() == []


async def ended_child(world: World) -> None:
    """A parent of an unknown flow that waits, and its child, which has ended."""
    now = world.clock.now()
    common: dict[str, Any] = {
        "service": "toy",
        "flow": "gone",
        "step": "x",
        "version": 1,
        "params": {},
        "given_params": {},
        "principal": {},
    }
    parent = RunRecord(id="parent", created_at=now, updated_at=now, stage=Stage.WAITING, **common)
    child = RunRecord(
        id="child",
        created_at=now + 1,
        updated_at=now,
        stage=Stage.ENDED,
        parent="parent",
        **common,
    )
    for run in (parent, child):
        await world.store.collection("flows_runs").insert_one(run.to_mongo())


def test_retention_outlives_retries() -> None:
    with pytest.raises(ValueError, match="longer than retry_window"):
        EngineSettings(retention=1_000)


async def test_past_the_cap_users_start_nothing_that_adds_and_plugins_do(store: Store) -> None:
    async with open_world(store) as world:
        for jar in ("j", "k"):
            await world.add_jar(jar, 9)
        await add_plugin(store, "p", changed=ASYNC)
        await connect(store, "p", ["j"])
        async with world.process("A", connection_cap=3) as a, world.process("B", connection_cap=3) as b:
            for _ in range(3):
                assert (await a.submit(ADJUST, Adjust("j", -1))).status is RunStatus.AWAITING
            refused = await a.submit(ADJUST, Adjust("j", -1), "k1")
            assert (refused.status, [error.code for error in refused.errors]) == (RunStatus.REJECTED, ["UNAVAILABLE"])
            assert (await a.submit(ADJUST, Adjust("k", -1))).status is RunStatus.COMPLETED, "another object"
            world.clock.advance(6)
            await b.sweep()
            other = await b.submit(ADJUST, Adjust("j", -1))
            assert [error.code for error in other.errors] == ["UNAVAILABLE"], "the walk has counted them"
            (first,) = await a.take("p")
            caused = await a.submit(ADJUST, Adjust("j", -1), "c", principal=PLUGIN, delivery_id=first.id)
            assert caused.status is not RunStatus.REJECTED, "what a plugin does enters"
            await world.handle(a, first)
            await a.drain()
            again = await a.submit(ADJUST, Adjust("j", -1), "k1")
            assert again.status is not RunStatus.REJECTED, "the answer was not kept under its key"
            await world.rest(a, b)
            await world.check()


@pytest.mark.parametrize(("asked", "later"), [("FAIL", "CONTINUE"), ("CONTINUE", "FAIL")])
async def test_the_policy_of_a_parked_round_is_the_one_under_which_it_was_begun(
    store: Store, asked: str, later: str
) -> None:
    gate = ADJUST.steps[0]
    assert isinstance(gate, ValidateStep)
    hooks = (replace(gate.hooks[0], deadline=timedelta(hours=1)),)
    flow: Flow[Any] = replace(ADJUST, steps=(replace(gate, hooks=hooks), ADJUST.steps[1]))
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        await add_plugin(store, "p", before=ASYNC)
        await connect(store, "p", ["j"], on_failure=asked)
        async with world.process("A", (flow, TRADE)) as a:
            run = await a.submit(flow, Adjust("j", -1), None)
            assert run.status is RunStatus.AWAITING
            await store.collection("registrar_connections").update_many({}, {"$set": {"on_failure": later}})
            world.clock.advance(3_700)
            await a.sweep()
            await a.idle()
            done = await world.run(run.id)
            assert done.status is (RunStatus.REJECTED if asked == "FAIL" else RunStatus.COMPLETED)
            late = done.rejections if asked == "FAIL" else done.skipped
            assert [item.message.partition(" in time ")[2] for item in late] == [f"(onFailure: {asked})"]
            await world.rest(a)


@pytest.mark.parametrize(("policy", "status"), [("FAIL", RunStatus.FAILED), ("CONTINUE", RunStatus.COMPLETED)], ids=str)
async def test_an_async_barrier_past_its_deadline_follows_the_failure_policy(
    store: Store, policy: str, status: RunStatus
) -> None:
    step = ADJUST.steps[1]
    assert isinstance(step, WriteStep)
    hooks = (replace(step.hooks[0], deadline=timedelta(hours=1)),)
    flow: Flow[Any] = replace(ADJUST, steps=(ADJUST.steps[0], replace(step, hooks=hooks)))
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        await add_plugin(store, "p", changed={"mode": "ASYNC", "on_failure": policy})
        await connect(store, "p", ["j"])
        async with world.process("A", (flow, TRADE)) as a:
            run = await a.submit(flow, Adjust("j", -1), None)
            assert run.status is RunStatus.AWAITING
            world.clock.advance(3590)
            await a.sweep()
            await a.idle()
            assert (await world.run(run.id)).status is RunStatus.AWAITING
            world.clock.advance(20)
            await a.sweep()
            await a.idle()
            done = await world.run(run.id)
            assert done.status is status
            late = done.rejections if policy == "FAIL" else done.skipped
            assert [(item.plugin_tag, item.code) for item in late] == [("p", "PLUGIN_TIMEOUT")]
            (delivery,) = await world.deliveries()
            assert delivery.status is DeliveryStatus.TIMED_OUT
            assert await a.take("p") == []
            await world.rest(a)
