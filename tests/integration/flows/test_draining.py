"""What a worker holds when its subscription ends: given to another at once, unless it said that it finishes it."""

from __future__ import annotations

import pytest

from flows import Engine
from flows.outcomes import Complete, Extend
from flows.records import DeliveryRecord, RunStatus
from store import Store
from tests.integration.flows.test_runs import ASYNC, adjust, ended, granted
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import add_jar, add_plugin, connect, prepare_toys, toy_engine


async def prepared(store: Store) -> None:
    """A jar with a plugin."""
    await prepare_toys(store)
    await add_jar(store, "a", 10)
    await add_plugin(store, "p", changed=ASYNC)
    await connect(store, "p", ["a"])


async def leave_holding(engine: Engine, seconds: float, *, keep: bool) -> DeliveryRecord:
    """A worker's subscription that ends while it holds a delivery, whose lease it has extended."""
    async with engine.grants("p", "first", None, 16) as grants:
        held = await granted(grants)
        assert await engine.reply("p", held.id, held.attempt, Extend(seconds, keep)) == []
    return held


@pytest.mark.parametrize("keep", [False, True])
async def test_a_lease_that_is_kept_outlives_its_subscription(store: Store, keep: bool) -> None:
    await prepared(store)
    async with toy_engine(store) as engine:
        runs = [await adjust(engine, "a", -1) for _ in range(2)]
        held = await leave_holding(engine, 30, keep=keep)
        stored = await engine.deliveries.read(held.id)
        assert stored is not None and stored.status == ("LEASED" if keep else "PENDING")
        async with toy_plugin(engine, "p", worker="second") as second:
            if keep:
                # The drained worker finishes it; what is behind it goes to the other one.
                assert await engine.reply("p", held.id, held.attempt, Complete()) == []
            for run in runs:
                assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
    assert [(item.payload["after"], item.attempt) for item in second.got] == [(9, 2)] * (not keep) + [(8, 1)]


async def test_a_worker_that_keeps_a_lease_and_dies_loses_it_when_that_runs_out(store: Store) -> None:
    await prepared(store)
    async with toy_engine(store) as engine:
        run = await adjust(engine, "a", -1)
        held = await leave_holding(engine, 0.1, keep=True)
        async with toy_plugin(engine, "p", worker="second") as second:
            assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
    assert [(item.id, item.attempt) for item in second.got] == [(held.id, 2)]


async def test_what_is_kept_once_is_not_kept_by_the_next(store: Store) -> None:
    await prepared(store)
    async with toy_engine(store) as engine:
        await adjust(engine, "a", -1)
        held = await leave_holding(engine, 0.1, keep=True)
        again = await leave_holding(engine, 30, keep=False)
        stored = await engine.deliveries.read(held.id)
    assert again.attempt == 2
    assert stored is not None and (stored.status, stored.kept) == ("PENDING", False)
