"""Amenders are asked one by one, SYNC and ASYNC ones in any order: whoever is done lets the next be asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from flows import Engine, Flow, ValidateStep
from flows.outcomes import Complete, Outcome, Reject
from flows.records import DeliveryRecord, DeliveryStatus, RunStatus
from flows.replies import Replies
from store import Store
from tests.integration.flows.test_runs import adjust, ended
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import (
    ADA,
    ADJUST,
    TRADE,
    Adjust,
    add_jar,
    add_plugin,
    beans,
    connect,
    jar_ref,
    prepare_toys,
    toy_engine,
)

MODES = list(product(["SYNC", "ASYNC"], repeat=3))


def asking_all() -> Flow[Any]:
    """`adjust` with a hook that does not amend: all are asked at once."""
    gate, write = ADJUST.steps
    assert isinstance(gate, ValidateStep)
    return replace(ADJUST, steps=(replace(gate, hooks=(replace(gate.hooks[0], amend=None, result=None),)), write))


ASKING_ALL = asking_all()


async def prepared(store: Store, modes: tuple[str, ...]) -> list[str]:
    """A jar of a hundred beans with a plugin for each mode, to be asked in the order of their tags."""
    await prepare_toys(store)
    await add_jar(store, "a", 100)
    tags = [f"p{place}" for place in range(len(modes))]
    for tag, mode in zip(tags, modes, strict=True):
        await add_plugin(store, tag, before={"mode": mode})
        await connect(store, tag, ["a"])
    return tags


async def doubled(delivery: DeliveryRecord) -> Outcome:
    """Twice of what the plugin is asked about."""
    return Complete({"delta": 2 * (delivery.payload["after"] - delivery.payload["before"])})


async def waits_for(engine: Engine, run_id: str, tags: list[str]) -> None:
    """Wait until the run is shown to wait for these plugins."""
    async with asyncio.timeout(10):
        async for view in engine.watch_runs(id=run_id):
            if view.awaiting == tags:
                return


@pytest.mark.parametrize("modes", MODES, ids="-".join)
async def test_each_is_asked_about_what_those_before_it_made(store: Store, modes: tuple[str, ...]) -> None:
    tags = await prepared(store, modes)
    async with (
        toy_engine(store) as engine,
        toy_plugin(engine, tags[0], doubled) as first,
        toy_plugin(engine, tags[1], doubled) as second,
        toy_plugin(engine, tags[2], doubled) as third,
    ):
        run = await ended(engine, (await adjust(engine, "a", -2)).id)
    assert (run.status, run.params["delta"]) == (RunStatus.COMPLETED, -16)
    asked = [plugin.got[0].payload["before"] - plugin.got[0].payload["after"] for plugin in (first, second, third)]
    assert (asked, await beans(store, "a")) == ([2, 4, 8], 84)


async def test_only_who_was_asked_is_waited_for(store: Store) -> None:
    tags = await prepared(store, ("ASYNC", "ASYNC"))
    async with toy_engine(store) as engine:
        run = await adjust(engine, "a", -2)
        await waits_for(engine, run.id, tags[:1])
        async with toy_plugin(engine, tags[0], doubled):
            await waits_for(engine, run.id, tags[1:])
        async with toy_plugin(engine, tags[1], doubled):
            assert (await ended(engine, run.id)).status is RunStatus.COMPLETED


async def test_who_is_not_asked_any_more_is_not_waited_for(store: Store) -> None:
    tags = await prepared(store, ("ASYNC", "ASYNC"))
    async with toy_engine(store) as engine:
        run = await adjust(engine, "a", -2)
        connection = {"_id": f"{jar_ref('a')}#{tags[1]}"}
        await store.collection("registrar_connections").update_one(connection, {"$set": {"status": "REVOKED"}})
        async with toy_plugin(engine, tags[0], doubled):
            assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
    assert await beans(store, "a") == 96


async def test_a_veto_before_the_others_are_asked_ends_the_run(store: Store) -> None:
    tags = await prepared(store, ("ASYNC", "SYNC"))

    async def no(delivery: DeliveryRecord) -> Outcome:
        return Reject("NO", "not today")

    async with toy_engine(store) as engine, toy_plugin(engine, tags[1]) as second, toy_plugin(engine, tags[0], no):
        run = await ended(engine, (await adjust(engine, "a", -2)).id)
    assert (run.status, [item.code for item in run.rejections], second.got) == (RunStatus.REJECTED, ["NO"], [])


async def test_a_veto_does_not_wait_for_others_that_were_asked(store: Store) -> None:
    tags = await prepared(store, ("ASYNC", "ASYNC"))

    async def no(delivery: DeliveryRecord) -> Outcome:
        return Reject("NO", "not today")

    async with toy_engine(store, flows=(ASKING_ALL, TRADE)) as engine:
        submission = await engine.submit(ASKING_ALL, Adjust("a", -2), principal=ADA)
        assert submission.record is not None
        await waits_for(engine, submission.record.id, tags)
        async with toy_plugin(engine, tags[1], no):
            run = await ended(engine, submission.record.id)
        async with toy_plugin(engine, tags[0]) as away:
            pass
        deliveries = await engine.deliveries.read_many([item.delivery_id for item in run.awaited])
    assert (run.status, [item.plugin_tag for item in run.rejections], away.got) == (RunStatus.REJECTED, tags[1:], [])
    assert {item.status for item in deliveries.values()} <= {DeliveryStatus.REJECTED, DeliveryStatus.CANCELLED}


async def test_a_sweep_goes_on_where_whoever_took_the_answer_died(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = await prepared(store, ("ASYNC", "ASYNC"))

    answered = asyncio.Event()

    async def died(self: Replies, stored: DeliveryRecord) -> None:
        """The process was killed once the answer was stored."""
        answered.set()

    async with toy_engine(store) as engine:
        run = await adjust(engine, "a", -2)
        with monkeypatch.context() as patched:
            patched.setattr(Replies, "_go_on", died)
            async with toy_plugin(engine, tags[0], doubled), asyncio.timeout(10):
                await answered.wait()
    async with toy_engine(store) as engine, toy_plugin(engine, tags[1], doubled):
        assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
    assert await beans(store, "a") == 92
