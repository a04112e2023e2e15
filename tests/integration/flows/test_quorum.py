"""A quorum on a real store: the run goes on with enough plugins, and the others are let go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from flows import Engine, Flow, ValidateStep
from flows.outcomes import Complete, Extend, Outcome, Reject
from flows.records import DeliveryRecord, DeliveryStatus, RunRecord, RunStatus
from store import Store
from tests.integration.flows.test_crashes import QUICK, Later, settled
from tests.integration.flows.test_runs import ended, granted
from tests.support.crashes import Killed, crash_at
from tests.support.toy_plugin import Handler, complete, toy_plugin
from tests.support.toy_service import (
    ADA,
    ADJUST,
    TRADE,
    Adjust,
    add_jar,
    add_plugin,
    beans,
    connect,
    prepare_toys,
    toy_engine,
)
from tests.support.world import World, open_world, swept

ASYNC = {"mode": "ASYNC"}
THREE = ("p", "q", "r")


def with_quorum(quorum: int, deadline: timedelta | None = None) -> Flow[Any]:
    """`adjust`, before which that many plugins must say yes."""
    gate, write = ADJUST.steps
    assert isinstance(gate, ValidateStep)
    hook = replace(gate.hooks[0], amend=None, result=None, quorum=quorum, deadline=deadline)
    return replace(ADJUST, steps=(replace(gate, hooks=(hook,)), write))


TWO = with_quorum(2)
HOUR = with_quorum(2, timedelta(hours=1))


async def veto(delivery: DeliveryRecord) -> Outcome:
    """Never."""
    return Reject("NO", f"{delivery.plugin_tag} says no")


async def given(store: Store, plugins: Mapping[str, Mapping[str, Any]], jar: str = "a") -> None:
    """A jar of five, and these plugins, connected to it."""
    await prepare_toys(store)
    await add_jar(store, jar, 5)
    for tag, settings in plugins.items():
        await add_plugin(store, tag, before=settings)
        await connect(store, tag, [jar])


async def take_two(engine: Engine, flow: Flow[Any] = TWO) -> RunRecord:
    """Ada takes two beans out."""
    run = (await engine.submit(flow, Adjust("a", -2), principal=ADA)).record
    assert run is not None
    return run


async def statuses(store: Store) -> dict[str, str]:
    """How each plugin's delivery stands."""
    return {row["plugin_tag"]: row["status"] async for row in store.collection("flows_deliveries").find({})}


async def test_the_run_goes_on_with_two_of_three_and_lets_the_third_go(store: Store) -> None:
    await given(store, dict.fromkeys(THREE, ASYNC))
    async with toy_engine(store, flows=(TWO, TRADE)) as engine:
        run = await take_two(engine)
        assert (run.status, (await engine.view(run)).awaiting) == (RunStatus.AWAITING, ["p", "q", "r"])
        async with toy_plugin(engine, "p"), toy_plugin(engine, "q"):
            after = await ended(engine, run.id)
        assert (after.status, after.rejections, after.skipped) == (RunStatus.COMPLETED, [], [])
        assert await beans(store, "a") == 3
        assert await swept(store, engine) == []
    assert await statuses(store) == {"p": "COMPLETED", "q": "COMPLETED", "r": "CANCELLED"}


async def test_who_is_at_it_when_the_others_decide_is_told_so_at_its_next_heartbeat(store: Store) -> None:
    await given(store, dict.fromkeys(THREE, ASYNC))
    async with toy_engine(store, flows=(TWO, TRADE)) as engine:
        run = await take_two(engine)
        async with engine.grants("r", "w", None, 1) as grants:
            leased = await granted(grants)
            async with toy_plugin(engine, "p"), toy_plugin(engine, "q"):
                await ended(engine, run.id)
            assert await swept(store, engine) == []
            told = [error.code for error in await engine.reply("r", leased.id, leased.attempt, Extend(5))]
            assert told == ["STALE_ATTEMPT", "DELIVERY_CANCELLED"]
            for outcome in (Complete(), Reject("LATE", "too late")):
                (error,) = await engine.reply("r", leased.id, leased.attempt, outcome)
                assert error.code == "STALE_ATTEMPT"
        assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
    assert await beans(store, "a") == 3


async def test_one_veto_is_shown_and_outvoted(store: Store) -> None:
    await given(store, dict.fromkeys(THREE, ASYNC))
    async with toy_engine(store, flows=(TWO, TRADE)) as engine:
        run = await take_two(engine)
        async with toy_plugin(engine, "r", veto), toy_plugin(engine, "p"):
            async for view in engine.watch_runs(id=run.id):
                if view.awaiting == ["q"]:
                    break
        assert view.run.status is RunStatus.AWAITING
        assert [(item.plugin_tag, item.code) for item in view.run.rejections] == [("r", "NO")]
        async with toy_plugin(engine, "q"):
            after = await ended(engine, run.id)
        assert (after.status, after.rejections, after.errors) == (RunStatus.COMPLETED, [], [])
        assert [(item.plugin_tag, item.message) for item in after.skipped] == [("r", "r says no")]
        assert await swept(store, engine) == []


async def test_the_run_is_refused_as_soon_as_two_cannot_be_had(store: Store) -> None:
    await given(store, dict.fromkeys(THREE, ASYNC))
    async with toy_engine(store, flows=(TWO, TRADE)) as engine:
        run = await take_two(engine)
        async with toy_plugin(engine, "p", veto), toy_plugin(engine, "q", veto):
            after = await ended(engine, run.id)
        assert after.status is RunStatus.REJECTED
        assert sorted(item.plugin_tag for item in after.rejections) == ["p", "q"]
        assert {error.code for error in after.errors} == {"NO"}
        assert await swept(store, engine) == []
    assert await beans(store, "a") == 5
    assert await statuses(store) == {"p": "REJECTED", "q": "REJECTED", "r": "CANCELLED"}


@pytest.mark.parametrize(("handler", "status"), [(complete, RunStatus.COMPLETED), (veto, RunStatus.REJECTED)])
async def test_where_one_is_connected_it_must_pass(store: Store, handler: Handler, status: RunStatus) -> None:
    await given(store, {"p": ASYNC})
    async with toy_engine(store, flows=(TWO, TRADE)) as engine:
        run = await take_two(engine)
        assert run.status is RunStatus.AWAITING
        async with toy_plugin(engine, "p", handler):
            assert (await ended(engine, run.id)).status is status


async def test_where_nobody_is_connected_nobody_is_asked(store: Store) -> None:
    await given(store, {})
    async with toy_engine(store, flows=(TWO, TRADE)) as engine:
        assert (await take_two(engine)).status is RunStatus.COMPLETED


async def test_a_sync_plugin_is_no_part_of_the_quorum(store: Store) -> None:
    await given(store, {"s": {"mode": "SYNC"}, **dict.fromkeys(THREE, ASYNC)})
    async with toy_engine(store, flows=(TWO, TRADE)) as engine, toy_plugin(engine, "s", veto):
        run = await take_two(engine)
        assert run.status is RunStatus.REJECTED
        assert [item.plugin_tag for item in run.rejections] == ["s"]
        assert await swept(store, engine) == []
    assert await statuses(store) == {"s": "REJECTED", **dict.fromkeys(THREE, "CANCELLED")}


@pytest.fixture
async def world(store: Store) -> Any:
    """A world under a clock of its own, with a jar."""
    async with open_world(store) as world:
        await world.add_jar("a", 5)
        yield world


async def asked(world: World, **settings: Mapping[str, Any]) -> None:
    """Plugins that are asked."""
    for tag, given in settings.items():
        await add_plugin(world.store, tag, before=given)
        await connect(world.store, tag, ["a"])


@pytest.mark.parametrize(
    ("policy", "status", "late"),
    [("FAIL", RunStatus.REJECTED, ["q", "r"]), ("CONTINUE", RunStatus.COMPLETED, ["q", "r"])],
)
async def test_the_deadline_counts_the_silent_by_their_policy(
    world: World, policy: str, status: RunStatus, late: list[str]
) -> None:
    """Under FAIL they refuse, and two of three are too many; under CONTINUE they have no vote, and one is enough."""
    await asked(world, p=ASYNC, q={**ASYNC, "on_failure": policy}, r={**ASYNC, "on_failure": policy})
    async with world.process("A", (HOUR, TRADE)) as a:
        run = await a.submit(HOUR, Adjust("a", -2))
        await world.handle(a, await a.take_one("p"))
        await a.sweep()
        assert (await world.run(run.id)).status is RunStatus.AWAITING
        world.clock.advance(3_601)
        await world.rest(a)
    after = await world.run(run.id)
    assert after.status is status
    said = after.rejections if policy == "FAIL" else after.skipped
    assert [(item.plugin_tag, item.code) for item in said] == [(tag, "PLUGIN_TIMEOUT") for tag in late]
    await world.check()


async def test_another_version_asks_everybody_again(world: World) -> None:
    """Two have passed the version that was read; another's write comes first: their votes were about something else."""
    await asked(world, p=ASYNC, q=ASYNC, r=ASYNC)
    async with world.process("A", (TWO, TRADE)) as a:
        run = await a.submit(TWO, Adjust("a", -2))
        jars = world.store.collection("toy_jars")
        await jars.update_one({"_id": "a"}, {"$set": {"beans": 4}, "$inc": {"version": 1}})
        for plugin in ("p", "q"):
            await world.handle(a, await a.take_one(plugin))
        await a.idle()
        again = await world.run(run.id)
        assert (again.round, again.status) == (2, RunStatus.AWAITING)
        for plugin in ("q", "r"):
            await world.handle(a, (await a.take_one(plugin)))
        await world.rest(a)
    assert (await world.run(run.id)).status is RunStatus.COMPLETED
    assert await beans(world.store, "a") == 2


@pytest.mark.parametrize(
    ("gone", "outcome", "status"),
    [
        (["r"], Complete(), RunStatus.COMPLETED),
        (["r"], Reject("NO", "no"), RunStatus.REJECTED),
        (["q", "r"], None, RunStatus.COMPLETED),
    ],
)
async def test_who_is_disconnected_has_no_vote(
    world: World, gone: list[str], outcome: Outcome | None, status: RunStatus
) -> None:
    """Of three with a quorum of two: where two are left both must pass, where one is left that one."""
    await asked(world, p=ASYNC, q=ASYNC, r=ASYNC)
    async with world.process("A", (TWO, TRADE)) as a:
        run = await a.submit(TWO, Adjust("a", -2))
        await a.reply(await a.take_one("p"), Complete())
        await world.store.collection("registrar_connections").update_many(
            {"plugin_tag": {"$in": gone}}, {"$set": {"status": "DISCONNECTED", "deleted": True}}
        )
        if outcome is not None:
            await a.reply(await a.take_one("q"), outcome)
        await world.rest(a)
    after = await world.run(run.id)
    assert (after.status, [item.plugin_tag for item in after.rejections]) == (
        status,
        ["q"] * (status is RunStatus.REJECTED),
    )
    await world.check()


async def live(store: Store, jar: str, lives: int) -> RunRecord:
    """One life of a process with two plugins of three, from the client's (repeated) request to the end of its run."""
    async with (
        toy_engine(store, QUICK, Later(lives), (TWO, TRADE)) as engine,
        toy_plugin(engine, "p"),
        toy_plugin(engine, "q"),
    ):
        run = (await engine.submit(TWO, Adjust(jar, -2), principal=ADA, idempotency_key=jar)).record
        assert run is not None
        return await ended(engine, run.id)


async def survive(
    life: Callable[[int], Awaitable[RunRecord]], at: int | None, applied: bool
) -> tuple[RunRecord, list[str]]:
    """Die at a write and live again."""
    with crash_at(at, applied=applied) as crash:
        try:
            return await life(2 * (at or 0)), crash.writes
        except BaseExceptionGroup as group:
            if group.subgroup(Killed) is None:
                raise
        except Killed:
            pass
    return await life(2 * (at or 0) + 1), crash.writes


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
async def test_a_quorum_survives_a_death_at_every_write(store: Store, applied: bool) -> None:
    await given(store, dict.fromkeys(THREE, ASYNC), "count")
    _, writes = await survive(partial(live, store, "count"), None, applied)
    assert len(writes) >= 10, "the path passes every kind of write"
    for at in range(len(writes)):
        jar = f"jar{at}"
        await add_jar(store, jar, 5)
        for tag in THREE:
            await connect(store, tag, [jar])
        run, seen = await survive(partial(live, store, jar), at, applied)
        place = f"died {'after' if applied else 'before'} write {at}: {seen[at : at + 1]}"
        assert run.status is RunStatus.COMPLETED, place
        assert await beans(store, jar) == 3, place
    assert await settled(store) == []
    found = store.collection("flows_deliveries").find({"plugin_tag": "r"})
    assert {row["status"] async for row in found} == {DeliveryStatus.CANCELLED.value}
