"""Interleavings in which a mistaken engine breaks a property (each raises Violated) and ours does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

import strawberry

from flows import Change, ChildrenStep, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from flows.outcomes import Complete, Fail, Outcome, Reject
from flows.records import DeliveryRecord, DeliveryStatus, RunRecord, RunStatus
from identity import CodedError, Principal, PrincipalKind
from store import Store
from store.batching import Batches
from tests.support.faults import Operation, acting
from tests.support.store import clear
from tests.support.toy_service import (
    ADJUST,
    FLOWS,
    TRADE,
    Adjust,
    JarDocument,
    Trade,
    add_jar,
    add_plugin,
    beans,
    connect,
    jar_ref,
)
from tests.support.world import Process, World, must, open_world

Scenario = Callable[[Store], Awaitable[None]]
SYNC, ASYNC = {"mode": "SYNC"}, {"mode": "ASYNC"}
JAR, RUN, DELIVERY = "toy_jars.update_one", "flows_runs.update_one", "flows_deliveries.update_one"


def sets(**values: object) -> Callable[[Operation], bool]:
    """Whether an update sets these fields to these values."""
    return lambda item: all(item.changes.get(name) == value for name, value in values.items())


def recording(item: Operation) -> bool:
    """Whether a write of a run records a step."""
    return bool(item.changes.get("results"))


def clears(path: str) -> Callable[[Operation], bool]:
    """Whether an update removes something under this path."""
    return lambda item: any(name.startswith(path) for name in item.args[1].get("$unset", ()))


@asynccontextmanager
async def two(
    store: Store, **plugins: Mapping[str, Mapping[str, object]]
) -> AsyncIterator[tuple[World, Process, Process]]:
    """A jar of five, connected to these plugins, and two processes."""
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        for tag, hooks in plugins.items():
            await add_plugin(store, tag, **hooks)
            await connect(store, tag, ["j"])
        async with world.process("A") as a, world.process("B") as b:
            yield world, a, b


async def end_well(world: World, *processes: Process) -> None:
    """Everything comes to its end, and the books are right."""
    await world.rest(*processes)
    await world.check()


# ---- one document


async def two_writers(store: Store) -> None:
    """Two runs read the same version; the one that is slower must start again."""
    async with two(store) as (world, a, b):
        slow = world.faults.hold("A", JAR)
        a.call(ADJUST, Adjust("j", -2))
        await slow.reached()
        await b.submit(ADJUST, Adjust("j", -1))
        slow.release()
        await a.idle()
        await end_well(world, b)


async def tidied(world: World, process: Process) -> None:
    """What recorded steps left in their documents is gone."""
    world.clock.advance(2)
    await process.sweep()


async def late_write(store: Store) -> None:
    """A holder is slow at its write; its lease runs out and another does the step, records and prunes it."""
    async with two(store) as (world, a, b):
        slow = world.faults.hold("A", JAR)
        a.call(ADJUST, Adjust("j", -2))
        await slow.reached()
        world.lease_ends()
        await b.sweep()
        await b.idle()
        await tidied(world, b)
        slow.release()
        await a.idle()
        await end_well(world, b)


async def late_read(store: Store) -> None:
    """A holder is slow at its read; by the time it reads, another has done all and pruned the effect."""
    async with two(store) as (world, a, b):
        slow = world.faults.hold("A", "toy_jars.find_one")
        a.call(ADJUST, Adjust("j", -2))
        await slow.reached()
        world.lease_ends()
        await b.sweep()
        await b.idle()
        await tidied(world, b)
        slow.release()
        await a.idle()
        await end_well(world, b)


async def slow_claim(store: Store) -> None:
    """The claim itself takes most of the lease: what follows must not count the lease from its answer."""
    async with two(store) as (world, a, b):
        stop = world.faults.hold("A", JAR)
        run = a.call(ADJUST, Adjust("j", -2), "k")
        await stop.reached()
        a.kill()
        run.cancel()
        world.lease_ends()
        async with world.process("C") as c:
            claim = world.faults.hold("C", "flows_runs.find_one_and_update", after=True)
            await c.sweep()
            await claim.reached()
            world.clock.advance(9)
            write = world.faults.hold("C", JAR)
            claim.release()
            await write.reached()
            world.clock.advance(2)
            await b.sweep()
            await b.idle()
            await tidied(world, b)
            write.release()
            await c.idle()
        await end_well(world, b)


async def late_record(store: Store) -> None:
    """A holder of an older epoch wakes at a write of its run, which has ended meanwhile."""
    async with two(store) as (world, a, b):
        slow = world.faults.hold("A", RUN, recording)
        a.call(ADJUST, Adjust("j", -2))
        await slow.reached()
        world.lease_ends()
        await b.sweep()
        await b.idle()
        before = await world.runs()
        world.clock.advance(1)
        slow.release()
        await a.idle()
        must(await world.runs() == before, "a holder of an older epoch changes a run")
        await end_well(world, b)


async def lost_race(store: Store) -> None:
    """Two workers claim at once; the loser must not take the winner's epoch for its own."""
    async with two(store) as (world, a, b):
        stop = world.faults.hold("A", JAR)
        a.call(ADJUST, Adjust("j", -2))
        await stop.reached()
        a.kill()
        world.lease_ends()
        async with world.process("C") as c:
            loser = world.faults.hold("B", "flows_runs.find_one_and_update")
            winner = world.faults.hold("C", JAR)
            await b.sweep()
            await loser.reached()
            await c.sweep()
            await winner.reached()
            loser.release()
            await b.idle()
            await tidied(world, b)
            winner.release()
            await c.idle()
        await end_well(world, b)


async def applied_claim_looks_lost(store: Store) -> None:
    """A claim was applied, but its answer says that it matched nothing: the claim id tells that it is ours."""
    async with two(store) as (world, a, b):
        stop = world.faults.hold("A", JAR)
        a.call(ADJUST, Adjust("j", -2))
        await stop.reached()
        a.kill()
        world.lease_ends()
        world.faults.lose_answer("B", "flows_runs.find_one_and_update")
        await b.sweep()
        await b.idle()
        must(all(run.terminal for run in await world.runs()), "a claim that looked lost is not taken up")
        await end_well(world, b)


async def applied_write_looks_lost(store: Store) -> None:
    """The effect was written, but its answer says that it matched nothing."""
    async with two(store) as (world, a, b):
        world.faults.lose_answer("A", JAR)
        await a.submit(ADJUST, Adjust("j", -2))
        await end_well(world, b)


async def revoked(ctx: StepContext[Adjust], jar: JarDocument | None) -> Refusal:
    """What the step decides once a right outside the document is gone."""
    return Refusal("REVOKED", "not any more")


AdjustChange = Callable[[StepContext[Adjust], JarDocument | None], Awaitable[Change | Unchanged | Refusal]]


def adjust_with(change: AdjustChange) -> tuple[Flow[Any], ...]:
    """The toy's flows, with another change in ADJUST's write."""
    step = ADJUST.steps[1]
    assert isinstance(step, WriteStep)
    return replace(ADJUST, steps=(ADJUST.steps[0], replace(step, change=change))), TRADE


async def late_write_of_a_refused_step(store: Store) -> None:
    """The second holder refuses the step for a reason outside the document; the first one's write still arrives."""
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        async with world.process("A") as a, world.process("B", adjust_with(change=revoked)) as b:
            slow = world.faults.hold("A", JAR)
            a.call(ADJUST, Adjust("j", -2))
            await slow.reached()
            world.lease_ends()
            await b.sweep()
            await b.idle()
            slow.release()
            await a.idle()
            await world.rest(b)
            await world.check()


async def refused_in_memory_only(store: Store) -> None:
    """A holder refuses; before it has stored that, its lease runs out, the jar is filled, and another does the step."""
    async with two(store) as (world, a, b):
        slow = world.faults.hold("A", RUN, sets(verdict="REJECTED"))
        call = a.call(ADJUST, Adjust("j", -6))
        await slow.reached()
        await b.submit(ADJUST, Adjust("j", 2))
        world.lease_ends()
        await b.sweep()
        await b.idle()
        slow.release()
        answer = (await call).record
        assert answer is not None
        must(answer.status is RunStatus.COMPLETED, "the caller's answer is not the stored outcome")
        await end_well(world, b)


# ---- runs that their own first write stores


async def unstored_run_dies_after_its_effect(store: Store) -> None:
    """The effect is written, the run is nowhere but in it."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        a.call(ADJUST, Adjust("j", -2), None)
        await dies_at(world, a, "flows_runs.insert_one")
        await end_well(world, b)
        must([run.status for run in await world.runs()] == [RunStatus.COMPLETED], "a run is lost")
        must(len(world.done) == 1, "the plugin misses the change, or sees it twice")


async def unstored_run_is_late(store: Store) -> None:
    """A worker is slow at its run's first write; another finds the run by its effect, and ends it."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        slow = world.faults.hold("A", "flows_runs.insert_one")
        call = a.call(ADJUST, Adjust("j", -2), None)
        await slow.reached()
        await world.rest(b)
        before = await world.runs()
        slow.release()
        answer = (await call).record
        assert answer is not None
        must(answer.status is RunStatus.COMPLETED, "the caller's answer is not the stored outcome")
        must(await world.runs() == before, "a holder of an older epoch changes a run")
        await end_well(world, b)
        must(len(world.done) == 1, "the plugin misses the change, or sees it twice")


async def unstored_run_is_found_and_not_claimed(store: Store) -> None:
    """Another has stored the run out of its effect, and is about to claim it, when its worker wants to store it."""
    async with two(store) as (world, a, b):
        slow = world.faults.hold("A", "flows_runs.insert_one")
        call = a.call(ADJUST, Adjust("j", -2), None)
        await slow.reached()
        world.lease_ends()
        claim = world.faults.hold("B", "flows_runs.find_one_and_update")
        await b.sweep()
        await claim.reached()
        slow.release()
        answer = (await call).record
        assert answer is not None
        must((await world.run(answer.id)).status is answer.status, "the caller's answer is not the stored outcome")
        claim.release()
        await b.idle()
        await end_well(world, b)


async def unstored_run_and_a_busy_document(store: Store) -> None:
    """Between a worker's effect and its run's first write the document is written again, and its plugin asks."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        slow = world.faults.hold("A", "flows_runs.insert_one")
        call = a.call(ADJUST, Adjust("j", -2), None)
        await slow.reached()
        for _ in range(3):
            await b.submit(ADJUST, Adjust("j", -1), None)
            await b.drain()
        slow.release()
        await call
        await end_well(world, b)
        must([item.payload["after"] for item in world.done] == [3, 2, 1, 0], "the plugin misses or reorders a delivery")


# ---- outbox, deliveries, parking


async def dies_at(
    world: World, process: Process, name: str, where: Callable[[Operation], bool] | None = None, **hold: bool
) -> None:
    """Let the process come to that operation, and be no more."""
    held = world.faults.hold(process.name, name, where, **hold)
    async with asyncio.timeout(10):
        reached = asyncio.ensure_future(held.reached())
        while not reached.done():
            await process.drain(until=held.is_reached)
            sweep = asyncio.ensure_future(process.sweep())
            await asyncio.wait({sweep, reached}, return_when=asyncio.FIRST_COMPLETED)
            sweep.cancel()
    process.kill()
    world.lease_ends()


async def dies_before_recording(store: Store) -> None:
    """The effect is written, the run does not know."""
    async with two(store, p={"before": SYNC, "changed": ASYNC}) as (world, a, b):
        a.call(ADJUST, Adjust("j", -2))
        await dies_at(world, a, RUN, recording)
        await end_well(world, b)
        must(len(world.done) == 1, "the plugin misses the change, or sees it twice")


async def dies_before_inserting(store: Store) -> None:
    """The step is recorded, its deliveries do not exist."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        a.call(ADJUST, Adjust("j", -2))
        await dies_at(world, a, "flows_deliveries.insert_one")
        await end_well(world, b)
        must(len(world.done) == 1, "the plugin misses the change, or sees it twice")


async def dies_before_removing(store: Store) -> None:
    """The deliveries exist and are handled before another turns the same entry into deliveries again."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        await a.submit(ADJUST, Adjust("j", -2))
        await a.drain()
        world.lease_ends()
        await dies_at(world, a, JAR, clears("outbox"))
        await b.drain()
        await end_well(world, b)
        must(len(world.done) == 1, "the plugin misses the change, or sees it twice")


async def dies_while_tidying(store: Store) -> None:
    """A dies before its delivery exists, and B while it tidies the document."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        a.call(ADJUST, Adjust("j", -2))
        await dies_at(world, a, "flows_deliveries.insert_one")
        making = world.faults.hold("B", "flows_deliveries.insert_one")
        sweep = asyncio.ensure_future(b.sweep())
        await making.reached()
        sweep.cancel()
        b.kill()
        async with world.process("C") as c:
            await end_well(world, c)
        must(len(world.done) == 1, "the plugin misses the change, or sees it twice")


async def entries_of_two_versions(store: Store) -> None:
    """A slow worker has not turned its entry yet when another turns both: the older comes first."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        slow = world.faults.hold("A", RUN, recording)
        a.call(ADJUST, Adjust("j", -2))
        await slow.reached()
        second = world.faults.hold("B", "flows_deliveries.insert_one", after=True)
        b.call(ADJUST, Adjust("j", -1))
        await second.reached()
        for delivery in await b.take("p"):
            await world.handle(b, delivery)
        second.release()
        slow.release()
        await a.idle()
        await b.idle()
        await end_well(world, b)
        must([item.payload["after"] for item in world.done] == [3, 2], "the plugin misses or reorders a delivery")


async def order_within_a_queue(store: Store) -> None:
    """The second delivery waits until the first is finished, whichever worker asks."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        await a.submit(ADJUST, Adjust("j", -2))
        await b.submit(ADJUST, Adjust("j", -1))
        (first,) = await a.take("p")
        must(await b.take("p", "w2") == [], "a delivery is leased before one of lower version is finished")
        await world.handle(a, first)
        await end_well(world, b)
        must([item.payload["after"] for item in world.done] == [3, 2], "the plugin misses or reorders a delivery")


async def outcome_stored_and_nobody_told(store: Store) -> None:
    """Who stored the outcome dies at once; a sweep finds it."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        await a.submit(ADJUST, Adjust("j", -2))
        (first,) = await a.take("p")
        stop = world.faults.hold("A", DELIVERY, sets(status="COMPLETED"), after=True)
        with acting("A"):
            reply = asyncio.ensure_future(a.engine.reply("p", first.id, first.attempt, Complete()))
        await stop.reached()
        world.done.append(first)
        reply.cancel()
        a.kill()
        await end_well(world, b)


async def one_of_two_is_done(store: Store) -> None:
    """A run waits for a second plugin for long: the mark of the first one's outcome is not looked at all the time."""
    async with two(store, p={"changed": ASYNC}, q={"changed": ASYNC}) as (world, a, b):
        await a.submit(ADJUST, Adjust("j", -2))
        (first,) = await a.take("p")
        await world.handle(a, first)
        for _ in range(3):
            world.lease_ends()
            await b.sweep()
            due = [item for item in await world.deliveries() if (item.settle_at or 0) > world.clock.now()]
            must([item.id for item in due] == [first.id], "a mark that cannot be taken hides others from the sweep")
        await end_well(world, b)


async def one_of_two_children_is_done(store: Store) -> None:
    """The same for a child's mark, while its parent waits for another child."""
    async with trading_apart(store) as (world, a, b):
        slow = world.faults.hold("A", JAR, of_jar("y"))
        a.call(TRADE, Trade({"x": 1, "y": 1}))
        await slow.reached()
        await until_parked(world, a)
        world.clock.advance(3)
        await b.sweep()
        marks = [run.next_at for run in await world.runs() if run.params.get("jar_id") == "x"]
        must((marks[0] or 0) > world.clock.now(), "a mark that cannot be taken hides others from the sweep")
        slow.release()
        await a.idle()
        await end_well(world, b)


async def applied_restart_looks_lost(store: Store) -> None:
    """The run was begun anew under its key, but the answer says that it matched nothing."""
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        async with world.process("A", adjust_with(change=crowded)) as a:
            await a.submit(ADJUST, Adjust("j", -2), "k")
        async with world.process("B") as b:
            world.faults.lose_answer("B", "flows_runs.replace_one")
            run = await b.submit(ADJUST, Adjust("j", -2), "k")
            must(run.status is RunStatus.COMPLETED, "a run begun anew waits for its lease to run out")
            await end_well(world, b)


@strawberry.type
class ToyFillCommitFilled:
    jar_id: strawberry.ID


async def fill(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change:
    """Put beans in and tell the jar's plugins."""
    assert jar is not None
    hooks = {"filled": HookCall([jar_ref(jar.id)], ToyFillCommitFilled(jar_id=strawberry.ID(jar.id)))}
    return Change(jar.model_copy(update={"beans": jar.beans + ctx.params.delta}), hooks=hooks)


async def count_one(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change:
    """Put one bean into the jar that counts."""
    assert jar is not None
    return Change(jar.model_copy(update={"beans": jar.beans + 1}))


FILL: Flow[Adjust] = Flow(
    tag="fill",
    params=Adjust,
    steps=(
        WriteStep(
            document=JarDocument,
            subject=lambda ctx: ctx.params.jar_id,
            change=fill,
            hooks=(Hook("filled", ("Jar",), ToyFillCommitFilled),),
        ),
        WriteStep(tag="count", document=JarDocument, subject=lambda ctx: "counter", change=count_one, refuses=False),
    ),
)


@asynccontextmanager
async def filling(store: Store) -> AsyncIterator[tuple[World, Process, Process]]:
    """A jar with a plugin, a jar that counts, and processes that know FILL: a step follows the one with a hook."""
    async with open_world(store) as world:
        for jar in ("j", "counter"):
            await add_jar(store, jar, 5)
        hooks = [{"id": "toy_fill_commit_filled", "mode": "ASYNC"}]
        await store.collection("registrar_plugins").insert_one({"_id": "p", "enabled": True, "hooks": hooks})
        await connect(store, "p", ["j"])
        async with world.process("A", (*FLOWS, FILL)) as a, world.process("B", (*FLOWS, FILL)) as b:
            yield world, a, b


async def filled_once(world: World, process: Process) -> None:
    """Everything comes to its end; the jar was filled once and that was counted once."""
    await world.rest(process)
    full = (await beans(world.store, "j"), await beans(world.store, "counter"))
    must(full == (7, 6), f"a step is lost or done twice: {full}")
    must(len(world.done) == 1, "the plugin misses the change, or sees it twice")


async def dies_while_taking_the_outcome(store: Store) -> None:
    """A worker claims the parked run for its outcome and dies, before or after it has taken it."""
    for after in (False, True):
        async with filling(store) as (world, a, b):
            await a.submit(FILL, Adjust("j", 2))
            (first,) = await a.take("p")
            stop = world.faults.hold("A", RUN, lambda item: item.changes.get("awaited") == [], after=after)
            await world.handle(a, first)
            await stop.reached()
            a.kill()
            await filled_once(world, b)
        await clear(store)


async def dies_after_taking_the_outcome(store: Store) -> None:
    """A worker has taken the outcome and dropped the delivery's mark; it dies at the next step."""
    async with filling(store) as (world, a, b):
        await a.submit(FILL, Adjust("j", 2))
        (first,) = await a.take("p")
        stop = world.faults.hold("A", JAR, lambda item: item.args[0].get("_id") == "counter")
        await world.handle(a, first)
        await stop.reached()
        a.kill()
        await filled_once(world, b)


async def dies_while_ending_a_parked_run(store: Store) -> None:
    """Nothing is left but to end: who does it dies, before or after its one write."""
    for after in (False, True):
        async with two(store, p={"changed": ASYNC}) as (world, a, b):
            await a.submit(ADJUST, Adjust("j", -2))
            (first,) = await a.take("p")
            world.done.append(first)
            stop = world.faults.hold("A", RUN, sets(stage="ENDED"), after=after)
            with acting("A"):
                reply = asyncio.ensure_future(a.engine.reply("p", first.id, first.attempt, Complete()))
            await stop.reached()
            reply.cancel()
            a.kill()
            await end_well(world, b)
        await clear(store)


async def outcome_while_parking(store: Store) -> None:
    """The outcome is stored just before the run parks; no sweep comes, the parking worker must see it."""
    async with two(store, p={"before": ASYNC}) as (world, a, b):
        parking = world.faults.hold("A", RUN, sets(status="AWAITING"))
        call = a.call(ADJUST, Adjust("j", -2))
        await parking.reached()
        (first,) = await b.take("p")
        await world.handle(b, first)
        parking.release()
        await a.idle()
        must(all(run.terminal for run in await world.runs()), "a run whose outcome is stored stays parked")
        await call
        await end_well(world, b)


async def outcome_after_parking(store: Store) -> None:
    """The run is parked: whoever stores its last outcome takes it on at once, without a sweep."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        a.call(ADJUST, Adjust("j", -2))
        first = await a.take_one("p")
        await a.idle()
        await world.handle(b, first)
        await b.idle()
        must(all(run.terminal for run in await world.runs()), "a parked run cannot be taken on")
        await end_well(world, b)


async def late_failure_of_an_old_attempt(store: Store) -> None:
    """A FAIL of a lost attempt comes while the next one is leased."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        await a.submit(ADJUST, Adjust("j", -2))
        (first,) = await a.take("p")
        world.lease_ends()
        await b.take("p", "w2")
        world.clock.advance(1)
        (second,) = await b.take("p", "w2")
        errors = await a.reply(first, Fail("late"))
        (stored,) = await world.deliveries()
        must(errors == ["STALE_ATTEMPT"], "an old attempt's FAIL counts")
        must(stored == second, "a holder of an older epoch changes a delivery")
        await world.handle(b, second)
        await end_well(world, b)


async def late_delivery_of_an_ended_run(store: Store) -> None:
    """A slow worker inserts a delivery again, after its run has ended and retention has removed it."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        slow = world.faults.hold("A", "flows_deliveries.insert_one")
        a.call(ADJUST, Adjust("j", -2))
        await slow.reached()
        await end_well(world, b)
        await store.collection("flows_deliveries").delete_many({})
        slow.release()
        await a.idle()
        must(await b.take("p") == [], "a delivery of an ended run is leased")
        await end_well(world, b)


PLUGIN = Principal(PrincipalKind.PLUGIN, "p", "p")


async def callback(process: Process, delivery: DeliveryRecord, jar: str) -> RunRecord:
    """The plugin's own call while it handles a delivery."""
    key = f"{delivery.id}/adjust/1"
    return await process.submit(ADJUST, Adjust(jar, -1), key, principal=PLUGIN, delivery_id=delivery.id)


async def callback_twice(store: Store) -> None:
    """The plugin dies after its callback; handling the delivery again calls under the same key."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        await world.add_jar("other", 5)
        await a.submit(ADJUST, Adjust("j", -2))
        (first,) = await a.take("p")
        await callback(a, first, "other")
        world.lease_ends()
        await b.take("p")
        world.clock.advance(1)
        (again,) = await b.take("p")
        await callback(b, again, "other")
        must(await beans(store, "other") == 4, "a delivery has its effect in the plugin twice")
        await world.handle(b, again)
        await end_well(world, b)


async def callback_after_the_end(store: Store) -> None:
    """A copy of the handler calls under a new key when nothing waits for its delivery any more."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        await world.add_jar("other", 5)
        await a.submit(ADJUST, Adjust("j", -2))
        (first,) = await a.take("p")
        await world.handle(a, first)
        await end_well(world, b)
        try:
            await callback(b, first, "other")
        except CodedError as error:
            must(error.code == "STALE_DELIVERY", f"refused, but as {error.code}")
        must(await beans(store, "other") == 5, "a late callback has an effect")


async def connected_after_the_write(store: Store) -> None:
    """The writer dies; a plugin is connected before another records the step, and is not awaited."""
    async with two(store) as (world, a, b):
        a.call(ADJUST, Adjust("j", -2))
        await dies_at(world, a, RUN, recording)
        await add_plugin(store, "p", changed=ASYNC)
        await connect(store, "p", ["j"])
        await end_well(world, b)


async def disconnected_before_the_delivery(store: Store) -> None:
    """The plugin is disconnected when its delivery is an outbox entry still."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        slow = world.faults.hold("A", "flows_deliveries.insert_one")
        a.call(ADJUST, Adjust("j", -2))
        await slow.reached()
        await disconnect(store)
        slow.release()
        await a.idle()
        must(await b.take("p") == [], "a delivery is leased to a plugin that is not connected any more")
        await end_well(world, b)


async def disconnected_while_nobody_asks(store: Store) -> None:
    """As above, and the plugin never comes for its deliveries again: the run ends all the same."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        slow = world.faults.hold("A", "flows_deliveries.insert_one")
        call = a.call(ADJUST, Adjust("j", -2))
        await slow.reached()
        await disconnect(store)
        slow.release()
        await a.idle()
        world.lease_ends()
        await b.sweep()
        await b.idle()
        must(all(run.terminal for run in await world.runs()), "a run waits for a plugin that is gone")
        await call
        await end_well(world, b)


async def disconnect(store: Store) -> None:
    """End the connection, as the registrar does."""
    where = {"_id": f"{jar_ref('j')}#p"}
    await store.collection("registrar_connections").update_one(where, {"$set": {"status": "ENDED", "deleted": True}})


# ---- the sync path


async def floor(delivery: DeliveryRecord) -> Outcome:
    """Not under three beans."""
    return Complete() if delivery.payload["after"] >= 3 else Reject("FLOOR", "under three")


async def allowed_alone(store: Store) -> None:
    """Two changes that pass alone and not together; the second is validated for the version the first wrote."""
    async with two(store, p={"before": SYNC}) as (world, a, b):
        world.answers["p"] = floor
        slow = world.faults.hold("A", JAR)
        first = a.call(ADJUST, Adjust("j", -2))
        await world.handle(a, await a.take_one("p"))
        await slow.reached()
        b.call(ADJUST, Adjust("j", -1))
        await b.drain()
        b.call(ADJUST, Adjust("j", -1))
        await b.drain()
        slow.release()
        await a.drain()
        await first
        await end_well(world, b)
        must(await beans(store, "j") >= 3, "both commit though only one may")


async def moved_while_asked(store: Store) -> None:
    """The object moves on while the plugin thinks; its answer is for the version that it was asked about."""
    async with two(store, p={"before": SYNC}) as (world, a, b):
        world.answers["p"] = floor
        first = a.call(ADJUST, Adjust("j", -2))
        asked = await a.take_one("p")
        b.call(ADJUST, Adjust("j", -1))
        await b.drain()
        await world.handle(a, asked)
        await a.drain()
        await first
        await end_well(world, b)
        must(await beans(store, "j") >= 3, "both commit though only one may")


async def dies_after_asking(store: Store) -> None:
    """The first holder's round is answered, then it dies; the object moves on before another takes the run on."""
    async with two(store, p={"before": SYNC}) as (world, a, b):
        world.answers["p"] = floor
        slow = world.faults.hold("A", JAR)
        a.call(ADJUST, Adjust("j", -1))
        await world.handle(a, await a.take_one("p"))
        await slow.reached()
        a.kill()
        b.call(ADJUST, Adjust("j", -1))
        await b.drain()
        b.call(ADJUST, Adjust("j", -1))
        await b.drain()
        await end_well(world, b)
        must(await beans(store, "j") == 3, "both commit though only one may")


async def obsolete_round(store: Store) -> None:
    """A round that nobody answered is replaced by one for a later version; the plugin gets the later one alone."""
    async with two(store, p={"before": ASYNC}) as (world, a, b):
        first = a.call(ADJUST, Adjust("j", -2))
        await first
        await a.idle()
        row = {"_id": "j"}
        await store.collection("toy_jars").update_one(row, {"$inc": {"version": 1}})
        (run,) = await world.runs()
        old = (await world.deliveries())[0]
        with acting("B"):
            b.engine.start(run)
        await b.idle()
        taken = await b.take("p")
        must([item.round for item in taken] == [2], "a delivery of an older round is leased")
        must(old.id not in [item.id for item in taken], "a delivery of an older round is leased")
        await world.handle(b, taken[0])
        await end_well(world, b)


async def answer_beats_the_time_out(store: Store) -> None:
    """The plugin's answer is stored just before the time-out is: it stays, and is what the run goes by."""
    async with two(store, p={"before": SYNC}) as (world, a, b):
        late = world.faults.hold("A", DELIVERY, sets(status="TIMED_OUT"))
        call = a.call(ADJUST, Adjust("j", -2))
        asked = await a.take_one("p")
        world.clock.advance(4)
        world.wake()
        world.clock.advance(3)
        world.wake()
        await late.reached()
        await b.reply(asked, Complete())
        late.release()
        await a.drain()
        (stored,) = await world.deliveries()
        must(stored.status is DeliveryStatus.COMPLETED, "a finished delivery changes")
        await call
        (run,) = await world.runs()
        must(run.status is RunStatus.COMPLETED, "the run's verdict is not the outcome of its last round")
        await end_well(world, b)


# ---- keys


async def crowded(ctx: StepContext[Adjust], jar: JarDocument | None) -> Refusal:
    """A step's own retryable answer."""
    return Refusal("CONFLICT", "try again")


async def retried_after_a_conflict(store: Store) -> None:
    """The caller repeats its request under the same key after a step's own CONFLICT."""
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        async with world.process("A", adjust_with(change=crowded)) as a:
            run = await a.submit(ADJUST, Adjust("j", -2), "k")
            must(run.status is not RunStatus.COMPLETED, "it was refused")
        async with world.process("B") as b:
            run = await b.submit(ADJUST, Adjust("j", -2), "k")
            must(run.status is RunStatus.COMPLETED, "a retryable answer is kept under its key")
            await end_well(world, b)


async def trade_retried_after_a_conflict(store: Store) -> None:
    """A trade's child ends in CONFLICT; the trade repeated under its key starts children of its own."""
    async with open_world(store) as world:
        await world.add_jar("x", 5)
        await world.add_jar("y", 5)

        async def y_is_crowded(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change | Unchanged | Refusal:
            if ctx.params.jar_id == "y":
                return Refusal("CONFLICT", "try again")
            step = ADJUST.steps[1]
            assert isinstance(step, WriteStep)
            return await step.change(ctx, jar)

        trade = Trade({"x": 1, "y": 2})
        async with world.process("A", adjust_with(change=y_is_crowded)) as a:
            run = await a.submit(TRADE, trade, "k")
            must([error.code for error in run.errors] == ["CONFLICT"], "the trade ends as its child")
            await a.idle()
            must(await beans(store, "x") == 5, "the other child is undone")
        async with world.process("B") as b:
            again = await b.submit(TRADE, trade, "k")
            must(again.id == run.id and again.status is RunStatus.COMPLETED, f"the trade ends {again.status}")
            once = await b.submit(TRADE, trade, "k")
            must(once.status is RunStatus.COMPLETED, "its answer stands")
            must((await beans(store, "x"), await beans(store, "y")) == (4, 3), "the stock is taken once")
            await world.rest(b)


async def retried_at_once(store: Store) -> None:
    """The caller repeats its request while the worker of the first try is about to leave."""
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        tries = 0

        async def once_crowded(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change | Unchanged | Refusal:
            nonlocal tries
            tries += 1
            if tries == 1:
                return Refusal("CONFLICT", "try again")
            step = ADJUST.steps[1]
            assert isinstance(step, WriteStep)
            return await step.change(ctx, jar)

        async with world.process("A", adjust_with(change=once_crowded)) as a:
            ended = world.faults.hold("A", RUN, sets(stage="ENDED"), after=True)
            first = a.call(ADJUST, Adjust("j", -2), "k")
            await ended.reached()
            again = a.call(ADJUST, Adjust("j", -2), "k")
            world.wake()
            answered, _ = await asyncio.wait([again], timeout=2)
            must(bool(answered), "a run begun anew waits for its lease to run out")
            must((await a.submit(ADJUST, Adjust("j", -2), "k")).status is RunStatus.COMPLETED, "the retry is done")
            ended.release()
            await first
            await world.rest(a)
            await world.check()


# ---- children and undo


@asynccontextmanager
async def trading(store: Store, x: int, y: int) -> AsyncIterator[tuple[World, Process, Process]]:
    """Two jars and two processes."""
    async with open_world(store) as world:
        await world.add_jar("x", x)
        await world.add_jar("y", y)
        async with world.process("A") as a, world.process("B") as b:
            yield world, a, b


@asynccontextmanager
async def trading_apart(store: Store) -> AsyncIterator[tuple[World, Process, Process]]:
    """The same where writes go in commands of their own: to hold one child's would hold the other's, else."""
    with patch("store.grouped.Batches", partial(Batches, most=1)):
        async with trading(store, 5, 5) as world_and_processes:
            yield world_and_processes


def of_jar(jar: str) -> Callable[[Operation], bool]:
    """Whether a write changes the beans of that jar."""
    return lambda item: item.args[0].get("_id") == jar and "beans" in item.changes


async def child_ends_and_nobody_tells(store: Store) -> None:
    """The last child ends and its process dies; a sweep finds the parent."""
    async with trading_apart(store) as (world, a, b):
        a.call(TRADE, Trade({"x": 1, "y": 1}))
        slow = world.faults.hold("A", JAR, of_jar("y"))
        await slow.reached()
        await until_parked(world, a)
        last = next(run for run in await world.runs() if run.params.get("jar_id") == "y")
        ending = world.faults.hold(
            "A", RUN, lambda item: item.args[0]["_id"] == last.id and sets(stage="ENDED")(item), after=True
        )
        slow.release()
        await ending.reached()
        a.kill()
        await end_well(world, b)


async def until_parked(world: World, process: Process) -> None:
    """Wait until the trade has no worker (parked, or ended too early), and the child of jar x has ended."""
    for _ in range(100):
        runs = await world.runs()
        parked = any(run.flow == "trade" and (run.status is RunStatus.AWAITING or run.terminal) for run in runs)
        if parked and any(run.terminal and run.params.get("jar_id") == "x" for run in runs):
            return
        await asyncio.wait(list(process.engine._working.values()), timeout=0.02)
    raise TimeoutError("the trade does not come to a stop")


async def one_child_rejected_one_slow(store: Store) -> None:
    """One child is refused while the other has not written yet."""
    async with trading(store, 0, 5) as (world, a, b):
        slow = world.faults.hold("A", JAR, of_jar("y"))
        a.call(TRADE, Trade({"x": 1, "y": 1}))
        await slow.reached()
        await until_parked(world, a)
        world.clock.advance(3)
        await b.sweep()
        await b.idle()
        await a.idle(but=[run.id for run in await world.runs() if run.params.get("jar_id") == "y"])
        slow.release()
        await a.idle()
        await end_well(world, b)


async def dies_before_undoing(store: Store) -> None:
    """A rejected trade dies before its undos."""
    async with trading(store, 5, 0) as (world, a, b):
        a.call(TRADE, Trade({"x": 1, "y": 1}))
        await dies_at(world, a, RUN, lambda item: bool(item.changes.get("undoing")))
        await end_well(world, b)
        must(await trade_states(store) == ["DROPPED"], "not all-or-nothing")


async def trade_states(store: Store) -> list[str]:
    """States of all trades."""
    return sorted([row["state"] async for row in store.collection("toy_trades").find({})])


async def dies_while_starting_children(store: Store) -> None:
    """A parent has started one child and dies; by then its right to go on is gone."""

    async def none(ctx: StepContext[Trade]) -> Refusal:
        return Refusal("REVOKED", "not any more")

    jars = TRADE.steps[1]
    assert isinstance(jars, ChildrenStep)
    refusing = replace(TRADE, steps=(TRADE.steps[0], replace(jars, children=none), TRADE.steps[2]))
    async with trading(store, 5, 5) as (world, a, _), world.process("C", (ADJUST, refusing)) as c:
        a.call(TRADE, Trade({"x": 1, "y": 1}))
        await dies_at(
            world, a, "flows_runs.insert_many", lambda item: item.args[0][0]["parent"] is not None, after=True
        )
        await end_well(world, c)


async def put(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change:
    """Put beans in."""
    assert jar is not None
    return Change(jar.model_copy(update={"beans": jar.beans + ctx.params.delta}), result={"version": jar.version + 1})


async def put_back(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change:
    """Take them out again, whatever the jar holds by now."""
    assert jar is not None
    return Change(jar.model_copy(update={"beans": jar.beans - ctx.params.delta}))


TIP: Flow[Adjust] = Flow(
    tag="tip",
    params=Adjust,
    steps=(
        WriteStep(tag="put", document=JarDocument, subject=lambda ctx: ctx.params.jar_id, change=put, undo=put_back),
        WriteStep(tag="stop", document=JarDocument, subject=lambda ctx: f"{ctx.params.jar_id}2", change=revoked),
    ),
)


@asynccontextmanager
async def tipping(store: Store) -> AsyncIterator[tuple[World, Process, Process]]:
    """Two jars, and processes that know TIP: its first step writes, its second refuses."""
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        await world.add_jar("j2", 5)
        async with world.process("A", (*FLOWS, TIP)) as a, world.process("B", (*FLOWS, TIP)) as b:
            yield world, a, b


async def dies_while_undoing(store: Store) -> None:
    """The undo is written, the run does not know."""
    async with tipping(store) as (world, a, b):
        a.call(TIP, Adjust("j", 2))
        await dies_at(world, a, RUN, lambda item: bool(item.changes.get("undone")))
        await end_well(world, b)


async def moved_on_before_the_undo(store: Store) -> None:
    """Another flow changes the object between a step and its undo."""
    async with tipping(store) as (world, a, b):
        slow = world.faults.hold("A", RUN, sets(stage="UNDOING"))
        a.call(TIP, Adjust("j", 2))
        await slow.reached()
        await b.submit(ADJUST, Adjust("j", -1))
        slow.release()
        await a.idle()
        await end_well(world, b)


async def late_write_of_an_undo(store: Store) -> None:
    """A holder is slow at the write of its undo; another does the undo meanwhile."""
    async with tipping(store) as (world, a, b):
        a.call(TIP, Adjust("j", 2))
        slow = world.faults.hold("A", JAR, lambda item: item.changes.get("beans") == 5)
        await slow.reached()
        world.lease_ends()
        await b.sweep()
        await b.idle()
        slow.release()
        await a.idle()
        await end_well(world, b)


SCENARIOS: tuple[Scenario, ...] = (
    two_writers,
    late_write,
    late_read,
    slow_claim,
    late_record,
    lost_race,
    applied_claim_looks_lost,
    applied_write_looks_lost,
    late_write_of_a_refused_step,
    dies_before_recording,
    dies_before_inserting,
    dies_before_removing,
    dies_while_tidying,
    entries_of_two_versions,
    order_within_a_queue,
    outcome_stored_and_nobody_told,
    one_of_two_is_done,
    one_of_two_children_is_done,
    applied_restart_looks_lost,
    dies_while_taking_the_outcome,
    dies_after_taking_the_outcome,
    dies_while_ending_a_parked_run,
    refused_in_memory_only,
    unstored_run_dies_after_its_effect,
    unstored_run_is_late,
    unstored_run_is_found_and_not_claimed,
    unstored_run_and_a_busy_document,
    outcome_while_parking,
    outcome_after_parking,
    late_failure_of_an_old_attempt,
    late_delivery_of_an_ended_run,
    callback_twice,
    callback_after_the_end,
    connected_after_the_write,
    disconnected_before_the_delivery,
    disconnected_while_nobody_asks,
    allowed_alone,
    moved_while_asked,
    dies_after_asking,
    obsolete_round,
    answer_beats_the_time_out,
    retried_after_a_conflict,
    trade_retried_after_a_conflict,
    retried_at_once,
    child_ends_and_nobody_tells,
    one_child_rejected_one_slow,
    dies_before_undoing,
    dies_while_starting_children,
    dies_while_undoing,
    moved_on_before_the_undo,
    late_write_of_an_undo,
)
