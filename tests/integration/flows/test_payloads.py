"""Large payloads are stored once and handed over as they were; too large ones are refused before a write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from bson import encode

from flows import Engine
from flows.outcomes import Complete, Outcome
from flows.payloads import LARGEST, Kept, keep
from flows.records import DELIVERIES, PAYLOADS, DeliveryRecord, DeliveryStatus, RunRecord, RunStatus
from flows.settings import DAY
from store import Store
from tests.integration.flows.test_crashes import QUICK, Later, settled
from tests.integration.flows.test_quorum import survive
from tests.integration.flows.test_runs import ended
from tests.support.toy_labels import BEFORE, LABEL, LABELLED, LABELS, Label, add_reader
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import ADA, ADJUST, FAST, Adjust, add_jar, beans, connect, prepare_toys, toy_engine
from tests.support.world import World, open_world, swept

MILLION = 1_000_000


async def put(engine: Engine, label: Label, key: str | None = None) -> RunRecord:
    """Ada labels a jar."""
    run = (await engine.submit(LABEL, label, principal=ADA, idempotency_key=key)).record
    assert run is not None
    return run


async def given(store: Store, **readers: list[str]) -> None:
    """A jar of five, and plugins that take these hooks of it."""
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    for tag, hooks in readers.items():
        await add_reader(store, tag, *hooks)
        await connect(store, tag, ["a"])


async def rows(store: Store, collection: str) -> list[dict[str, Any]]:
    """All that is stored there."""
    return [row async for row in store.collection(collection).find({})]


async def test_a_large_payload_is_stored_once_for_all_its_plugins(store: Store) -> None:
    await given(store, p=[LABELLED], q=[LABELLED], r=[LABELLED])
    async with toy_engine(store, flows=LABELS) as engine:
        run = await put(engine, Label("a", after=MILLION))
        (jar,) = await rows(store, "toy_jars")
        kept = await rows(store, PAYLOADS)
        assert [(row["run_id"], len(row["payload"]["text"])) for row in kept] == [(run.id, MILLION)]
        for row in (jar, *await rows(store, DELIVERIES), *await rows(store, "flows_runs")):
            assert len(encode(row)) < 20_000
        async with toy_plugin(engine, "p") as p, toy_plugin(engine, "q") as q, toy_plugin(engine, "r") as r:
            assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
        assert await swept(store, engine) == []
    got = [item.payload for plugin in (p, q, r) for item in plugin.got]
    assert got == [{"text": "a" * MILLION, "lines": ["5"]}] * 3


async def test_a_small_one_stays_in_its_deliveries_unless_there_are_very_many(store: Store) -> None:
    many = [f"p{number}" for number in range(20)]
    await given(store, **{tag: [LABELLED] for tag in many})
    async with toy_engine(store, replace(FAST, payload_limit=1_000), flows=LABELS) as engine:
        await put(engine, Label("a", after=100))
        assert await rows(store, PAYLOADS) == []
        await put(engine, Label("a", after=900))
        assert len(await rows(store, PAYLOADS)) == 1
        (delivery,) = [row for row in await rows(store, DELIVERIES) if row["plugin_tag"] == "p7" and row["payload_ref"]]
        assert delivery["payload"] == {}


@pytest.mark.parametrize("mode", ["ASYNC", "SYNC"])
async def test_a_validate_hook_is_asked_about_the_same_large_values(store: Store, mode: str) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_reader(store, "p", BEFORE, mode=mode)
    await connect(store, "p", ["a"])
    async with toy_engine(store, flows=LABELS) as engine, toy_plugin(engine, "p") as plugin:
        run = await put(engine, Label("a", before=MILLION))
        assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
    assert [item.payload for item in plugin.got] == [{"text": "b" * MILLION}]
    assert len(await rows(store, PAYLOADS)) == 1


@pytest.mark.parametrize(
    ("label", "hook"),
    [
        (Label("a", before=20 * MILLION), BEFORE),
        (Label("a", after=LARGEST), LABELLED),
        (Label("a", after=20 * MILLION), LABELLED),
    ],
    ids=["before", "just too much", "after"],
)
async def test_what_no_plugin_could_be_given_is_refused_before_anything_is_written(
    store: Store, label: Label, hook: str
) -> None:
    await given(store, p=[hook])
    async with toy_engine(store, flows=LABELS) as engine:
        run = await put(engine, label)
        assert await swept(store, engine) == []
    assert run.status is RunStatus.REJECTED
    (error,) = run.errors
    assert error.code == "PAYLOAD_TOO_LARGE"
    size = max(label.before, label.after)
    assert hook in error.message and str(size)[:2] in error.message and str(LARGEST) in error.message
    assert await beans(store, "a") == 5
    assert await rows(store, DELIVERIES) == await rows(store, PAYLOADS) == []


async def test_what_nobody_is_told_of_may_be_of_any_size(store: Store) -> None:
    await given(store)
    async with toy_engine(store, flows=LABELS) as engine:
        assert (await put(engine, Label("a", 20 * MILLION, 20 * MILLION))).status is RunStatus.COMPLETED


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    """A world under a clock of its own, with a jar."""
    async with open_world(store) as world:
        await world.add_jar("a", 5)
        await add_reader(store, "p", LABELLED)
        await connect(store, "p", ["a"])
        yield world


def one_id_for_all(seed: str, hook_id: str, round: int, payload: Any, copies: int, limit: int) -> Kept:
    """A mistake: whatever a step computes has the same id."""
    kept = keep(seed, hook_id, round, payload, copies, limit)
    return replace(kept, ref=f"{seed} {hook_id} {round}")


@pytest.mark.parametrize(("keeping", "told"), [(keep, "6"), (one_id_for_all, "5")], ids=["ours", "mistaken"])
async def test_a_step_that_is_computed_anew_tells_what_it_wrote(
    world: World, monkeypatch: pytest.MonkeyPatch, keeping: Any, told: str
) -> None:
    """A holder has stored its payload and is slow at the write; the object moves on, and another takes the run over."""
    monkeypatch.setattr("flows.runner.writing.keep", keeping)
    async with world.process("A", LABELS) as a, world.process("B", LABELS) as b:
        slow = world.faults.hold("A", "toy_jars.update_one")
        a.call(LABEL, Label("a", after=MILLION))
        await slow.reached()
        await b.submit(ADJUST, Adjust("a", 1))
        world.lease_ends()
        await b.sweep()
        await b.idle()
        slow.release()
        (delivery,) = await b.take("p")
        assert delivery.payload["lines"] == [told]
        await b.reply(delivery, Complete())
        await world.rest(a, b)
    assert await beans(world.store, "a") == 7


async def test_a_payload_that_is_gone_fails_the_attempt_and_says_so(world: World) -> None:
    async with world.process("A", LABELS) as a:
        await a.submit(LABEL, Label("a", after=MILLION))
        await world.store.collection(PAYLOADS).delete_many({})
        assert await a.take("p") == []
        (delivery,) = await world.deliveries()
    assert (delivery.status, delivery.last_error_code, delivery.slot) == (DeliveryStatus.PENDING, "BAD_PAYLOAD", None)
    assert delivery.payload_ref is not None and delivery.payload_ref in str(delivery.last_error)


async def test_a_payload_goes_with_its_run_and_one_without_a_run_after_the_same_time(world: World) -> None:
    kept = world.store.collection(PAYLOADS)
    async with world.process("A", LABELS, retention_interval=0, tidy_delay=0, release_interval=10**12) as a:
        await a.submit(LABEL, Label("a", after=MILLION))
        (row,) = await rows(world.store, PAYLOADS)
        orphan = {**row, "_id": "orphan", "run_id": "never stored"}
        await kept.insert_many([orphan, {**orphan, "_id": "other", "service": "elsewhere"}])
        (delivery,) = await a.take("p")
        world.clock.advance(29 * DAY / 1000)
        await a.sweep()
        assert await kept.count_documents({}) == 3
        await a.reply(delivery, Complete())
        await a.drain()
        world.clock.advance(2 * DAY / 1000)
        await a.sweep()
        assert sorted([item["_id"] async for item in kept.find({})]) == sorted([row["_id"], "other"])
        world.clock.advance(30 * DAY / 1000)
        for _ in range(3):
            await a.sweep()
        assert [item["_id"] async for item in kept.find({})] == ["other"]
        assert await world.runs() == []


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
async def test_a_large_payload_survives_a_death_at_every_write(store: Store, applied: bool) -> None:
    await given(store)
    await add_reader(store, "p", BEFORE, LABELLED)
    got: dict[str, set[int]] = {}

    async def read(delivery: DeliveryRecord) -> Outcome:
        got.setdefault(delivery.connections[0].object_ref, set()).add(len(delivery.payload["text"]))
        return Complete()

    async def live(jar: str, lives: int) -> RunRecord:
        async with toy_engine(store, QUICK, Later(lives), LABELS) as engine, toy_plugin(engine, "p", read):
            run = await put(engine, Label(jar, before=100_000, after=200_000), jar)
            return await ended(engine, run.id)

    await add_jar(store, "count", 0)
    await connect(store, "p", ["count"])
    _, writes = await survive(partial(live, "count"), None, False)
    assert writes.count("flows_payloads.insert_one") == 2
    for at in range(len(writes)):
        jar = f"jar{at}"
        await add_jar(store, jar, 0)
        await connect(store, "p", [jar])
        run, seen = await survive(partial(live, jar), at, applied)
        place = f"died {'after' if applied else 'before'} write {at}: {seen[at : at + 1]}"
        assert run.status is RunStatus.COMPLETED, place
        assert await beans(store, jar) == 1, place
        assert got[f"toy:Jar:{jar}"] == {100_000, 200_000}, place
    assert await settled(store) == []
