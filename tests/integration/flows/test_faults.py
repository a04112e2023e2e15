"""What goes wrong on our side is shown, tried again after a rest, and given up after a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from flows import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from flows.graphql import FlowRun
from flows.outcomes import Complete
from flows.records import RunStatus
from identity import CodedError
from store import Store
from tests.integration.flows.scenarios import ASYNC, FILL, PLUGIN, SYNC, TIP, adjust_with, callback, put, two
from tests.support.toy_service import ADJUST, FLOWS, TRADE, Adjust, JarDocument, Trade, beans, jar_ref
from tests.support.world import open_world


class Faulty:
    """A change that goes wrong so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    async def __call__(self, ctx: StepContext[Adjust], jar: JarDocument | None) -> Change | Unchanged | Refusal:
        if self.left:
            self.left -= 1
            raise RuntimeError("a bug of ours")
        step = ADJUST.steps[1]
        assert isinstance(step, WriteStep)
        return await step.change(ctx, jar)


@pytest.mark.parametrize("key", ["", None], ids=["with a key", "without"])
async def test_a_step_that_goes_wrong_rests_and_is_tried_again(store: Store, key: str | None) -> None:
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        async with world.process("A", adjust_with(change=Faulty(2)), retry_base=1_000, retry_cap=60_000) as a:
            run = await a.submit(ADJUST, Adjust("j", -2), key)
            shown = FlowRun.from_record(run, [])
            assert (run.status, run.faults) == (RunStatus.RUNNING, 1)
            assert shown.failure is not None and shown.failure.code == "INTERNAL"
            assert "a bug" not in shown.failure.message, "the details are for the log"
            await a.sweep()
            assert not a.engine._working, "it rests"
            world.clock.advance(1)
            await a.sweep()
            await a.idle()
            again = await world.run(run.id)
            assert (again.faults, again.next_at) == (2, world.clock.now() + 2_000)
            await world.rest(a)
            await world.check()
            done = await world.run(run.id)
            assert (done.status, done.failure, done.trouble) == (RunStatus.COMPLETED, None, None)


async def test_a_step_that_goes_wrong_too_often_fails_its_run(store: Store) -> None:
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        async with world.process("A", adjust_with(change=Faulty(99)), step_attempts=3) as a:
            run = await a.submit(ADJUST, Adjust("j", -2))
            await world.rest(a)
            await world.check()
            done = await world.run(run.id)
    assert (done.status, done.failure and done.failure.code) == (RunStatus.FAILED, "INTERNAL")
    assert [error.code for error in done.errors] == ["INTERNAL"]


async def test_a_step_that_refuses_although_it_declares_that_it_does_not_is_a_fault(store: Store) -> None:
    async def refuse(ctx: StepContext[Adjust], jar: JarDocument | None) -> Refusal:
        return Refusal("NO", "no")

    second = FILL.steps[1]
    assert isinstance(second, WriteStep)
    flow = replace(FILL, steps=(FILL.steps[0], replace(second, change=refuse)))
    async with open_world(store) as world:
        for jar in ("j", "counter"):
            await world.add_jar(jar, 5)
        async with world.process("A", (*FLOWS, flow), step_attempts=2) as a:
            run = await a.submit(flow, Adjust("j", 2))
            world.lease_ends()
            await a.sweep()
            await a.idle()
            stored = await world.run(run.id)
    assert (stored.status, stored.faults) == (RunStatus.RUNNING, 2), "it is tried until it is done"
    assert await beans(store, "j") == 7


async def test_an_undo_that_goes_wrong_too_often_is_given_up_and_said(store: Store) -> None:
    async def wrong(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change:
        raise RuntimeError("a bug of ours")

    first = TIP.steps[0]
    assert isinstance(first, WriteStep) and first.change is put
    tip: Flow[Any] = replace(TIP, steps=(replace(first, undo=wrong), *TIP.steps[1:]))
    async with open_world(store) as world:
        for jar in ("j", "j2"):
            await world.add_jar(jar, 5)
        async with world.process("A", (*FLOWS, tip), step_attempts=2) as a:
            run = await a.submit(tip, Adjust("j", 2))
            await world.rest(a)
            done = await world.run(run.id)
    assert (done.status, done.failure and done.failure.code) == (RunStatus.REJECTED, "UNDO_FAILED")
    assert await beans(store, "j") == 7


async def test_a_callback_for_an_older_round_is_refused(store: Store) -> None:
    async with two(store, p={"before": ASYNC}) as (world, a, b):
        await world.add_jar("other", 5)
        await a.submit(ADJUST, Adjust("j", -2))
        (first,) = await a.take("p")
        await store.collection("toy_jars").update_one({"_id": "j"}, {"$inc": {"version": 1}})
        (run,) = await world.runs()
        a.engine.start(run)
        await a.idle()
        with pytest.raises(CodedError) as refused:
            await callback(a, first, "other")
        assert refused.value.code == "STALE_DELIVERY"
        assert PLUGIN.id == first.plugin_tag
        await world.rest(a, b)


async def test_who_watches_a_run_that_is_not_there_is_told_so(store: Store) -> None:
    async with two(store) as (_, a, _b):
        with pytest.raises(CodedError) as refused:
            await anext(a.engine.watch_runs(id="nothing"))
    assert refused.value.code == "NOT_FOUND"


async def test_a_delivery_that_cannot_be_handed_over_is_tried_later_and_the_others_flow(store: Store) -> None:
    async with two(store, p={"before": SYNC, "changed": ASYNC}, q={"changed": ASYNC}) as (world, a, b):
        world.answers["p"] = world.answers["q"] = lambda delivery: completed()
        await world.add_jar("k", 5)
        a.call(ADJUST, Adjust("j", -2))
        asked = await a.take_one("p")
        await a.engine.fail(asked, "its payload does not fit")
        (stored,) = await world.deliveries()
        assert (stored.status, stored.failures, stored.last_error) == ("PENDING", 1, "its payload does not fit")
        world.clock.advance(1)
        world.wake()
        await a.drain()
        await world.rest(a, b)
        await world.check()


async def completed() -> Complete:
    return Complete()


def moody(wrong: Callable[[Adjust], bool]) -> tuple[Flow[Any], ...]:
    """Adjustments that cannot be begun where `wrong` says so, as when their parameters changed with a deployment."""

    def refs(params: Adjust) -> list[str]:
        if wrong(params):
            raise RuntimeError("a bug of ours")
        return [jar_ref(params.jar_id)]

    return (replace(ADJUST, object_refs=refs), TRADE)


async def states(store: Store) -> list[str]:
    """Of all trades."""
    return [row["state"] async for row in store.collection("toy_trades").find({})]


async def test_children_that_cannot_be_begun_fail_their_parent(store: Store) -> None:
    async with open_world(store) as world:
        for jar in ("j", "k"):
            await world.add_jar(jar, 5)
        async with world.process("A", moody(lambda params: params.jar_id == "k"), step_attempts=2) as a:
            run = await a.submit(TRADE, Trade({"j": 1, "k": 1}))
            await world.rest(a)
            await world.check()
            done = await world.run(run.id)
    assert (done.status, done.failure and done.failure.code) == (RunStatus.FAILED, "INTERNAL")
    assert await states(store) == ["DROPPED"]
    assert (await beans(store, "j"), await beans(store, "k")) == (5, 5)


async def test_a_child_that_completed_is_undone_where_another_cannot_be_begun(store: Store) -> None:
    """The process died between the two, and the next one cannot begin the second."""
    async with open_world(store) as world:
        for jar in ("j", "k"):
            await world.add_jar(jar, 5)
        async with world.process("A") as a:
            parks = world.faults.hold(
                "A", "flows_runs.update_one", lambda item: item.changes.get("status") == "AWAITING"
            )
            a.call(TRADE, Trade({"j": 1, "k": 1}))
            await parks.reached()
            (parent,) = [run for run in await world.runs() if run.flow == "trade"]
            await a.idle(but=[parent.seed])
            a.kill()
        await store.collection("flows_runs").delete_one({"params.jar_id": "k"})
        await store.collection("toy_jars").update_one({"_id": "k"}, {"$set": {"beans": 5, "effects": {}}})
        async with world.process("B", moody(lambda params: params.jar_id == "k"), step_attempts=2) as b:
            await world.rest(b)
            await world.check()
            done = await world.run(parent.id)
    assert (done.status, done.failure and done.failure.code) == (RunStatus.FAILED, "INTERNAL")
    assert await states(store) == ["DROPPED"]
    assert (await beans(store, "j"), await beans(store, "k")) == (5, 5)


async def test_what_is_given_up_waits_for_children_under_way_and_not_for_a_rest(store: Store) -> None:
    """The next process cannot begin any, but they were stored already: they end, and their parent with them."""
    async with two(store, p={"changed": ASYNC}) as (world, a, b):
        await world.add_jar("k", 5)
        async with world.process("C", moody(lambda params: True), step_attempts=1) as c:
            parks = world.faults.hold(
                "A", "flows_runs.update_one", lambda item: item.changes.get("status") == "AWAITING"
            )
            a.call(TRADE, Trade({"j": 1, "k": 1}))
            await parks.reached()
            (parent,) = [run for run in await world.runs() if run.flow == "trade"]
            await a.idle(but=[parent.seed])
            a.kill()
            world.lease_ends()
            await c.sweep()
            await c.idle()
            waiting = await world.run(parent.id)
            assert (waiting.status, waiting.faults, waiting.next_at) == (RunStatus.AWAITING, 0, None)
            await world.rest(b)
            await world.check()
            assert (await world.run(parent.id)).status is RunStatus.COMPLETED


async def test_an_undo_that_cannot_be_begun_ends_its_run_and_is_said(store: Store) -> None:
    async with open_world(store) as world:
        await world.add_jar("j", 5)
        await world.add_jar("k", 0)
        async with world.process("A", moody(lambda params: params.delta > 0), step_attempts=2) as a:
            run = await a.submit(TRADE, Trade({"j": 1, "k": 1}))
            await world.rest(a)
            done = await world.run(run.id)
    assert (done.status, done.failure and done.failure.code) == (RunStatus.REJECTED, "UNDO_FAILED")
    assert [error.code for error in done.errors] == ["EMPTY"]
    assert await beans(store, "j") == 4
