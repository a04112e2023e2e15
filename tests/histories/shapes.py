"""The shapes of runs whose histories are kept; each begins in an empty world and drives one process to the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flows import Flow, WriteStep
from flows.outcomes import Complete, Extend, Fail, Outcome, Reject, Retry
from flows.records import DeliveryRecord
from tests.support.toy_service import ADJUST, FLOWS, TRADE, Adjust, Trade, add_plugin, connect
from tests.support.world import Process, World

Shape = Callable[[World], Awaitable[None]]
ASYNC, SYNC = {"mode": "ASYNC"}, {"mode": "SYNC"}


def with_barrier() -> Flow[Any]:
    """`adjust`, whose commit hook is waited for an hour."""
    step = ADJUST.steps[1]
    assert isinstance(step, WriteStep)
    return replace(
        ADJUST, steps=(ADJUST.steps[0], replace(step, hooks=(replace(step.hooks[0], deadline=timedelta(hours=1)),)))
    )


async def given(world: World, **plugins: Mapping[str, Mapping[str, Any]]) -> None:
    """Two jars of five, the first connected to these plugins."""
    for jar in ("x", "y"):
        await world.add_jar(jar, 5)
    for tag, hooks in plugins.items():
        await add_plugin(world.store, tag, **hooks)
        await connect(world.store, tag, ["x"])


async def without_a_plugin(world: World) -> None:
    """Nobody is connected: one write, and the end."""
    await given(world)
    async with world.process("A") as a:
        await a.submit(ADJUST, Adjust("x", -1))
        await a.submit(ADJUST, Adjust("x", -9))
        await world.rest(a)


async def two_async_plugins(world: World) -> None:
    """Parked until both have answered; one fails, asks for time and extends before."""
    await given(world, p={"changed": ASYNC}, q={"changed": ASYNC})
    said: list[Outcome] = [Fail("no luck"), Retry(30), Complete()]

    async def hesitant(delivery: DeliveryRecord) -> Outcome:
        return said[min(delivery.attempt, len(said)) - 1]

    world.answers["q"] = hesitant
    async with world.process("A") as a:
        await a.submit(ADJUST, Adjust("x", -1))
        (first,) = await a.take("p")
        await a.reply(first, Extend(20))
        await world.handle(a, first)
        assert await a.reply(first, Fail("too late")) == ["STALE_ATTEMPT"]
        await world.rest(a)


async def a_veto(world: World) -> None:
    """An ASYNC plugin is asked before the write, and vetoes; another time it lets it pass."""
    await given(world, p={"before": ASYNC})

    async def floor(delivery: DeliveryRecord) -> Outcome:
        return Reject("FLOOR", "under three") if delivery.payload["after"] < 3 else Complete()

    world.answers["p"] = floor
    async with world.process("A") as a:
        for delta in (-3, -1):
            await a.submit(ADJUST, Adjust("x", delta))
            await world.rest(a)


async def an_amendment(world: World) -> None:
    """The plugin changes what is asked for."""
    await given(world, p={"before": ASYNC})

    async def half(delivery: DeliveryRecord) -> Outcome:
        return Complete({"delta": -1})

    world.answers["p"] = half
    async with world.process("A") as a:
        await a.submit(ADJUST, Adjust("x", -2))
        await world.rest(a)


async def another_round(world: World) -> None:
    """The object moves while the plugin is asked: it is asked again about the new version."""
    await given(world, p={"before": ASYNC})
    async with world.process("A") as a:
        await a.submit(ADJUST, Adjust("x", -1))
        jars = world.store.collection("toy_jars")
        await jars.update_one({"_id": "x"}, {"$set": {"beans": 5}, "$inc": {"version": 1}})
        await world.rest(a)


async def late(world: World, policy: str) -> None:
    await given(world, p={"changed": {"mode": "ASYNC", "on_failure": policy}})
    async with world.process("A", (with_barrier(), TRADE)) as a:
        await a.submit(ADJUST, Adjust("x", -1))
        world.clock.advance(3_700)
        await world.rest(a)


async def late_and_fails(world: World) -> None:
    """A barrier's deadline passes under FAIL."""
    await late(world, "FAIL")


async def late_and_goes_on(world: World) -> None:
    """A barrier's deadline passes under CONTINUE."""
    await late(world, "CONTINUE")


async def children_complete(world: World) -> None:
    """A parent parks on its children, one of which parks on a plugin."""
    await given(world, p={"changed": ASYNC})
    async with world.process("A") as a:
        await a.submit(TRADE, Trade({"x": 1, "y": 2}))
        await world.rest(a)


async def a_child_is_rejected(world: World) -> None:
    """One child is vetoed: the other is undone by a run of its own, then the parent's first step."""
    await given(world, p={"before": ASYNC})

    async def never(delivery: DeliveryRecord) -> Outcome:
        return Reject("NO", "not this one") if delivery.payload["after"] < 5 else Complete()

    world.answers["p"] = never
    async with world.process("A") as a:
        await a.submit(TRADE, Trade({"x": 1, "y": 2}))
        await world.rest(a)


async def a_dead_letter(world: World) -> None:
    """The plugin fails for three days, is driven again, and completes."""
    await given(world, p={"changed": ASYNC})

    async def broken(delivery: DeliveryRecord) -> Outcome:
        return Fail("broken")

    world.answers["p"] = broken
    async with world.process("A") as a:
        run = await a.submit(ADJUST, Adjust("x", -1))
        await fails(world, a)
        world.clock.advance(3 * 24 * 3_600)
        await fails(world, a)
        (dead,) = await world.deliveries()
        await a.engine.redrive([dead])
        del world.answers["p"]
        await world.rest(a)
        assert (await world.run(run.id)).terminal


async def fails(world: World, process: Process) -> None:
    """The plugin takes what it is granted, and fails."""
    (delivery,) = await process.take("p")
    await world.handle(process, delivery)


SHAPES: tuple[Shape, ...] = (
    without_a_plugin,
    two_async_plugins,
    a_veto,
    an_amendment,
    another_round,
    late_and_fails,
    late_and_goes_on,
    children_complete,
    a_child_is_rejected,
    a_dead_letter,
)
FLOWS_OF: Mapping[tuple[str, str, int], Flow[Any]] = {("toy", flow.tag, flow.version): flow for flow in FLOWS}
