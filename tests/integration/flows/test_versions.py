"""Runs that are parked while a deployment changes their flow: none is lost, and none goes on by rules not its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from flows.graphql.types import FlowRun
from flows.outcomes import Complete, Outcome, Reject
from flows.records import DeliveryRecord, RunRecord, RunStatus
from store import Store
from tests.integration.flows.scenarios import ASYNC
from tests.support.stack import Program, program
from tests.support.toy_service import ADJUST, TRADE, Adjust, Trade, add_jar, add_plugin, beans, connect, prepare_toys
from tests.support.versions import BOTH, NEW_ONLY
from tests.support.world import Process, World, open_world

HOOKS = pytest.mark.parametrize("hook", ["before", "changed"])


@asynccontextmanager
async def parked(store: Store, hook: str, **more: Any) -> AsyncIterator[tuple[World, RunRecord]]:
    """A run of version 1 that waits for an ASYNC plugin, its process gone."""
    async with open_world(store) as world:
        await world.add_jar("j", 50)
        await add_plugin(store, "p", **{hook: ASYNC})
        await connect(store, "p", ["j"])
        async with world.process("A") as a:
            run = await a.submit(ADJUST, Adjust("j", -2), **more)
        assert run.status is RunStatus.AWAITING
        yield world, run


async def answered(world: World, process: Process) -> DeliveryRecord:
    """The plugin answers what it is granted by this process."""
    (delivery,) = await process.take("p")
    await world.handle(process, delivery)
    await process.idle()
    return delivery


async def no(delivery: DeliveryRecord) -> Outcome:
    """The plugin vetoes."""
    return Reject("NO", "not today")


def untouched(run: RunRecord) -> dict[str, Any]:
    """All of a run but how it is shown and when it is looked at again."""
    return run.model_dump(exclude={"status", "next_at", "updated_at"})


@HOOKS
async def test_a_run_of_a_version_that_a_process_does_not_know_is_blocked_and_goes_on_where_it_is_known(
    store: Store, hook: str
) -> None:
    async with parked(store, hook) as (world, run), world.process("old") as old:
        (delivery,) = await old.take("p")
        async with world.process("new", NEW_ONLY) as new:
            # Its outcome comes to a process that has only the new version: it is kept, the run is not touched.
            await world.handle(new, delivery)
            await new.idle()
            blocked = await world.run(run.id)
            assert blocked.status is RunStatus.BLOCKED
            assert untouched(blocked) == untouched(run)
            shown = FlowRun.from_record(blocked, [])
            assert shown.failure is not None and shown.failure.code == "FLOW_UNKNOWN"
            assert f"step {run.step!r} in version 1 of flow toy_adjust" in shown.failure.message
            for _ in range(3):
                world.clock.advance(40)
                await new.sweep()
                await new.idle()
            assert untouched(await world.run(run.id)) == untouched(run)
            assert await beans(store, "j") == (50 if hook == "before" else 48)
            # The old version beside it takes the run to its end, though the other looks first.
            world.clock.advance(30)
            for _ in range(3):
                await new.sweep()
                await old.sweep()
                await old.idle()
            ended = await world.run(run.id)
            assert (ended.status, FlowRun.from_record(ended, []).failure) == (RunStatus.COMPLETED, None)
            assert await beans(store, "j") == 48
        await world.rest(old)
        await world.check()


async def test_any_number_of_blocked_runs_hides_no_other(store: Store) -> None:
    """They came due before it, and stay due for two sweeps, in which a process that knows their flow may come."""
    async with open_world(store) as world:
        await world.add_jar("j", 50)
        async with world.process("A") as a:
            begun = world.faults.hold_where(lambda item: item.actor == "A" and item.name.startswith("toy_jars.update"))
            a.call(ADJUST, Adjust("j", -2))
            await begun.reached()
            a.kill()
        world.lease_ends()
        (run,) = await world.runs()
        blocked = {**run.to_mongo(), "flow": "gone", "status": "BLOCKED", "leased_until": 0}
        blocked["next_at"] = world.clock.now() - 1
        runs = store.collection("flows_runs")
        await runs.update_one({"_id": run.id}, {"$set": {"next_at": world.clock.now()}})
        await runs.insert_many([{**blocked, "_id": f"gone{number:04d}"} for number in range(1_000)])
        async with world.process("B") as b:
            await b.sweep()
            await b.idle()
            assert (await world.run(run.id)).status is RunStatus.COMPLETED
        assert await runs.count_documents({"status": "BLOCKED"}) == 1_000


@HOOKS
async def test_a_deployment_that_keeps_the_old_version_takes_its_runs_to_their_end(store: Store, hook: str) -> None:
    async with parked(store, hook) as (world, run), world.process("new", BOTH) as new:
        # Its plugin is asked, by the hook that the new version has no more, and the run goes on by its own steps;
        delivery = await answered(world, new)
        assert delivery.hook_id.startswith("toy_adjust_validate_" if hook == "before" else "toy_adjust_commit_")
        ended = await world.run(run.id)
        assert (ended.status, ended.version, sorted(ended.results)) == (RunStatus.COMPLETED, 1, ["commit"])
        assert await beans(store, "j") == 48
        # new runs begin with the new one.
        after = await new.submit(ADJUST, Adjust("j", -2))
        assert (after.status, after.version, sorted(after.results)) == (RunStatus.COMPLETED, 2, ["store"])
        assert await beans(store, "j") == 46
        await world.rest(new)
        await world.check()


async def test_an_old_key_leads_to_the_old_run_also_after_the_deployment(store: Store) -> None:
    async with parked(store, "changed", key="k") as (world, run), world.process("new", NEW_ONLY) as new:
        attached = await new.submit(ADJUST, Adjust("j", -2), "k")
        assert (attached.id, attached.status) == (run.id, RunStatus.AWAITING)
        async with world.process("old") as old:
            await answered(world, old)
            assert (await new.submit(ADJUST, Adjust("j", -2), "k")).status is RunStatus.COMPLETED
        assert await beans(store, "j") == 48


async def test_a_veto_under_the_old_version_ends_the_run_in_the_new_process(store: Store) -> None:
    async with parked(store, "before") as (world, run), world.process("new", BOTH) as new:
        world.answers["p"] = no
        await answered(world, new)
        ended = await world.run(run.id)
        assert (ended.status, [item.code for item in ended.rejections]) == (RunStatus.REJECTED, ["NO"])
        assert await beans(store, "j") == 50


async def test_a_run_whose_worker_died_waits_for_a_process_that_knows_it(store: Store) -> None:
    async with open_world(store) as world:
        await world.add_jar("j", 50)
        async with world.process("A") as a:
            slow = world.faults.hold("A", "toy_jars.update_one")
            a.call(ADJUST, Adjust("j", -2))
            await slow.reached()
            a.kill()
        async with world.process("new", NEW_ONLY) as new:
            world.lease_ends()
            await new.sweep()
            await new.idle()
            (run,) = await world.runs()
            assert run.status is RunStatus.BLOCKED
            async with world.process("old") as old:
                world.clock.advance(30)
                await new.sweep()
                await old.sweep()
                await old.idle()
            (run,) = await world.runs()
            assert (run.status, run.version) == (RunStatus.COMPLETED, 1)
        assert await beans(store, "j") == 48


async def test_a_parent_and_its_children_go_on_in_their_versions(store: Store) -> None:
    """The children that were begun are of version 1; what undoes one of them is a run of the new version."""

    async def keep_y(delivery: DeliveryRecord) -> Outcome:
        return Complete() if delivery.payload["jar_id"] == "x" else await no(delivery)

    async with open_world(store) as world:
        for jar in ("x", "y"):
            await world.add_jar(jar, 50)
        await add_plugin(store, "p", before=ASYNC)
        await connect(store, "p", ["x", "y"])
        async with world.process("A") as a:
            parent = await a.submit(TRADE, Trade({"x": 2, "y": 3}))
        world.answers["p"] = keep_y
        async with world.process("new", BOTH) as new:
            await world.rest(new)
            await world.check()
        assert (await world.run(parent.id)).status is RunStatus.REJECTED
        children = [run for run in await world.runs() if run.parent == parent.id]
        assert sorted((run.version, run.params["delta"], run.status.value) for run in children) == [
            (1, -3, "REJECTED"),
            (1, -2, "COMPLETED"),
            (2, 2, "COMPLETED"),
        ]


def toy_process(store: Store, versions: str, *arguments: str) -> AbstractAsyncContextManager[Program]:
    """See `tests.support.toy_process`."""
    return program("-m", "tests.support.toy_process", store.uri, store.database.name, versions, *arguments)


async def test_processes_of_a_deployment_take_on_what_those_before_it_parked(store: Store) -> None:
    """Real ones, each with its version of the code: the old is killed, one forgets the old version, one keeps it."""
    await prepare_toys(store)
    jars = ("--watch", "x", "y", "z")
    for jar in jars[1:]:
        await add_jar(store, jar, 50)
    await add_plugin(store, "p", before=ASYNC)
    await add_plugin(store, "q", changed=ASYNC)
    await connect(store, "p", ["x"])
    await connect(store, "q", ["y"])
    async with toy_process(store, "old", *jars, "--adjust", "x", "y", "--plugin", "p", "q") as old:
        for jar in ("x", "y"):
            await old.says(f"^run {jar} 1 AWAITING$")
        granted = [(await old.says(f"^granted ({tag} .*)$"))[1] for tag in ("p", "q")]
        old.process.kill()
        await old.ends()
    async with toy_process(store, "new", *jars, "--complete", *granted) as forgetful:
        # Plugins answer to the new process, which keeps that and leaves the runs as they are.
        for jar in ("x", "y"):
            await forgetful.says(f"^run {jar} 1 BLOCKED$")
        assert [await beans(store, jar) for jar in ("x", "y")] == [50, 48]
        # One that keeps the old version takes them on, and begins new runs with the new one.
        async with toy_process(store, "both", *jars, "--adjust", "z") as keeping:
            for jar in ("x", "y"):
                await forgetful.says(f"^run {jar} 1 COMPLETED$")
            await keeping.says("^run z 2 COMPLETED$")
    assert [await beans(store, jar) for jar in ("x", "y", "z")] == [48, 48, 48]
