"""A process that dies at any write of a run: the effect is there exactly once, and the run ends (architecture §5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest

from flows import Engine, EngineSettings
from flows.clock import SystemClock
from flows.outcomes import Complete, Outcome, Reject
from flows.records import DeliveryRecord, RunRecord, RunStatus
from store import Store
from tests.integration.flows.test_runs import ended
from tests.support.crashes import Killed, crash_at
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import (
    ADA,
    ADJUST,
    FAST,
    TRADE,
    Adjust,
    Trade,
    add_jar,
    add_plugin,
    beans,
    connect,
    prepare_toys,
    toy_engine,
)
from tests.support.world import swept

QUICK: EngineSettings = replace(
    FAST, run_lease=120, delivery_lease=150, sweep_interval=20, settle_delay=30, tidy_delay=30, retry_base=5
)


class Effects:
    """What the plugin did, by delivery: a callback under a key happens once however often it is handled."""

    def __init__(self) -> None:
        self.done: dict[str, int] = {}

    async def handle(self, delivery: DeliveryRecord) -> Outcome:
        """Do the work of an ASYNC delivery; validate a SYNC one."""
        if delivery.kind == "VALIDATE":
            return Complete() if delivery.payload["after"] >= 0 else Reject("FLOOR", "under zero")
        self.done[delivery.id] = delivery.payload["after"]
        return Complete()


class Later(SystemClock):
    """The machine's clocks, set forward for each life: the leases of the one before have run out, not the budgets."""

    def __init__(self, lives: int) -> None:
        self._ahead = lives * 300

    def now(self) -> int:
        return super().now() + self._ahead


async def life(
    store: Store, submit: Callable[[Engine], Awaitable[RunRecord]], effects: Effects, lives: int
) -> RunRecord:
    """One life of the process: engine and plugin, from the client's (repeated) request to the end of its run."""
    async with toy_engine(store, QUICK, Later(lives)) as engine, toy_plugin(engine, "p", effects.handle):
        run = await submit(engine)
        return await ended(engine, run.id)


async def survive(
    store: Store, submit: Callable[[Engine], Awaitable[RunRecord]], at: int | None, applied: bool, lives: int = 0
) -> tuple[RunRecord, Effects, list[str]]:
    """Die at a write, live again, and let the client repeat its request under the same key."""
    effects = Effects()
    with crash_at(at, applied=applied) as crash:
        try:
            return await life(store, submit, effects, lives), effects, crash.writes
        except BaseExceptionGroup as group:
            if group.subgroup(Killed) is None:
                raise
        except Killed:
            pass
    return await life(store, submit, effects, lives + 1), effects, crash.writes


async def prepare(store: Store) -> None:
    """Two jars with a plugin that validates and follows each."""
    await prepare_toys(store)
    await add_plugin(store, "p", before={"mode": "SYNC"}, changed={"mode": "ASYNC"})


async def submit_adjust(engine: Engine, jar: str) -> RunRecord:
    """Take two beans out, under a key."""
    submission = await engine.submit(ADJUST, Adjust(jar, -2), principal=ADA, idempotency_key=jar)
    assert submission.record is not None
    return submission.record


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
async def test_an_adjustment_survives_a_death_at_every_write(store: Store, applied: bool) -> None:
    await prepare(store)
    await add_jar(store, "count", 5)
    await connect(store, "p", ["count"])
    _, _, writes = await survive(store, lambda engine: submit_adjust(engine, "count"), None, applied)
    assert len(writes) >= 10, "the path passes every kind of write"
    for at in range(len(writes)):
        jar = f"jar{at}"
        await add_jar(store, jar, 5)
        await connect(store, "p", [jar])
        run, effects, seen = await survive(store, partial(submit_adjust, jar=jar), at, applied, at)
        place = f"died {'after' if applied else 'before'} write {at}: {seen[at : at + 1]}"
        assert run.status is RunStatus.COMPLETED, place
        assert await beans(store, jar) == 3, place
        assert list(effects.done.values()) == [3], place
    assert await settled(store) == []


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
async def test_a_rejected_trade_leaves_no_trace_whatever_write_it_dies_at(store: Store, applied: bool) -> None:
    await prepare_toys(store)

    async def submit(engine: Engine, name: str) -> RunRecord:
        trade = Trade({f"{name}x": 1, f"{name}y": 1})
        submission = await engine.submit(TRADE, trade, principal=ADA, idempotency_key=name)
        assert submission.record is not None
        return submission.record

    async def jars(name: str) -> None:
        await add_jar(store, f"{name}x", 3)
        await add_jar(store, f"{name}y", 0)

    await jars("count")
    _, _, writes = await survive(store, lambda engine: submit(engine, "count"), None, applied)
    for at in range(len(writes)):
        name = f"trade{at}"
        await jars(name)
        run, _, seen = await survive(store, partial(submit, name=name), at, applied, at)
        place = f"died {'after' if applied else 'before'} write {at}: {seen[at : at + 1]}"
        assert run.status is RunStatus.REJECTED, place
        assert (await beans(store, f"{name}x"), await beans(store, f"{name}y")) == (3, 0), place
    assert await settled(store) == []


async def settled(store: Store) -> list[str]:
    """What is left once a last engine has swept until nothing is due."""
    async with toy_engine(store, QUICK, Later(100)) as engine:
        return await swept(store, engine)
