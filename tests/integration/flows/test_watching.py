"""Watching the runs of an object, whatever its history is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flows import Engine
from flows.records import RunRecord, RunStatus, Stage
from flows.run_store import RunStore
from flows.submission import RunView
from identity import CodedError
from store import Store
from tests.support.toy_service import ADA, ADJUST, Adjust, add_jar, jar_ref, prepare_toys, toy_engine


async def keep_ended(engine: Engine, id: str, at: int, service: str = "toy", **changes: Any) -> None:
    """Store a run about jar `a` that ended then, or as changed."""
    run = RunRecord(
        id=id,
        service=service,
        flow="adjust",
        version=1,
        params={},
        given_params={},
        principal={},
        step="commit",
        stage=Stage.ENDED,
        status=RunStatus.COMPLETED,
        object_refs=[jar_ref("a")],
        created_at=at,
        updated_at=at,
    )
    assert await engine.runs.insert(run.model_copy(update=changes))


async def told_next(views: AsyncIterator[RunView]) -> str:
    """The id of the run that is told next."""
    async with asyncio.timeout(10):
        return (await anext(views)).run.id


async def test_a_long_history_is_not_told_again(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    async with toy_engine(store) as engine:
        now = engine.clock.now()
        for number in range(120):
            await keep_ended(engine, f"old{number}", now - 1_000 + number)
        views = engine.watch_runs(object_ref=jar_ref("a"))
        assert await told_next(views) == "old119"
        ran = (await engine.submit(ADJUST, Adjust("a", -1), principal=ADA)).record
        assert ran is not None
        assert await told_next(views) == ran.id


async def test_what_is_under_way_is_told_whatever_ended_since_it_moved(store: Store) -> None:
    await prepare_toys(store)
    async with toy_engine(store) as engine:
        now = engine.clock.now()
        held: dict[str, Any] = {"leased_until": now + 60_000, "next_at": now + 60_000}
        changes: dict[str, Any] = {"stage": Stage.NEW, "status": RunStatus.RUNNING, **held}
        refs = [f"toy:Jar:{number}" for number in range(5)]
        await keep_ended(engine, "slow", now - 20_000, **changes, object_refs=[*refs, jar_ref("a")])
        for number in range(120):
            await keep_ended(engine, f"old{number}", now - 1_000 + number)
        assert await told_next(engine.watch_runs(object_ref=jar_ref("a"))) == "slow"


async def test_runs_of_other_services_about_the_object_hide_none(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    async with toy_engine(store) as engine:
        now = engine.clock.now()
        await keep_ended(engine, "mine", now - 2_000)
        for number in range(120):
            await keep_ended(engine, f"other{number}", now, service="other")
        views = engine.watch_runs(object_ref=jar_ref("a"))
        assert await told_next(views) == "mine"
        ran = (await engine.submit(ADJUST, Adjust("a", -1), principal=ADA)).record
        assert ran is not None
        assert await told_next(views) == ran.id


async def test_an_end_that_is_stored_late_is_told(store: Store) -> None:
    """Two runs end at about the same time; the one that took its time first is stored last."""
    await prepare_toys(store)
    async with toy_engine(store) as engine:
        now = engine.clock.now()
        await keep_ended(engine, "second", now)
        views = engine.watch_runs(object_ref=jar_ref("a"))
        assert await told_next(views) == "second"
        await keep_ended(engine, "first", now - 500)
        assert await told_next(views) == "first"


async def test_a_change_is_read_once_for_all_who_watch_the_object(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    moved_since = RunStore.moved_since

    async def counting(self: RunStore, service: str, object_ref: str, since: int) -> list[RunRecord]:
        nonlocal reads
        reads += 1
        return await moved_since(self, service, object_ref, since)

    await prepare_toys(store)
    await add_jar(store, "a", 5)
    async with toy_engine(store) as engine:
        await keep_ended(engine, "old", engine.clock.now() - 1_000)
        watching = [engine.watch_runs(object_ref=jar_ref("a")) for _ in range(40)]
        assert [await told_next(views) for views in watching] == ["old"] * 40
        monkeypatch.setattr(RunStore, "moved_since", counting)
        ran = (await engine.submit(ADJUST, Adjust("a", -1), principal=ADA)).record
        assert ran is not None
        told = await asyncio.gather(*(told_next(views) for views in watching))
        assert told == [ran.id] * 40
        assert 0 < reads < 40


async def test_all_who_watch_a_run_see_its_end_and_who_comes_then_does_too(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    async with toy_engine(store) as engine:
        ran = (await engine.submit(ADJUST, Adjust("a", -1), principal=ADA)).record
        assert ran is not None
        watching = [engine.watch_runs(id=ran.id) for _ in range(3)]
        for views in watching:
            async with asyncio.timeout(10):
                assert (await anext(views)).run.status is RunStatus.COMPLETED


async def test_who_watches_no_run_is_told_so(store: Store) -> None:
    await prepare_toys(store)
    async with toy_engine(store) as engine:
        with pytest.raises(CodedError, match="no run 'none'"):
            await told_next(engine.watch_runs(id="none"))
