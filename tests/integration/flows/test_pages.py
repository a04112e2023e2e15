"""A step over many objects: page by page, each object once, whatever is refused and wherever its process dies."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from flows import Engine
from flows.outcomes import Complete, Outcome
from flows.records import DeliveryRecord, PageRecord, RunRecord, RunStatus
from store import Store
from tests.integration.flows.test_crashes import QUICK, Later
from tests.integration.flows.test_runs import ended
from tests.support.crashes import Killed, crash_at
from tests.support.store import clear
from tests.support.toy_pages import LEVY, LEVYING, SIZE, Levy
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import ADA, add_jar, add_plugin, beans, connect, prepare_toys, toy_engine
from tests.support.world import swept

FIVE = (5,) * 8
"""Jars on three pages, the last not full."""


async def jars(store: Store, counts: Sequence[int]) -> list[str]:
    """Jars of so many beans, whose ids are in the order of their places."""
    await prepare_toys(store)
    ids = [f"jar{place:03}" for place in range(len(counts))]
    for id, count in zip(ids, counts, strict=True):
        await add_jar(store, id, count)
    return ids


async def levy(engine: Engine, asked: Levy, key: str | None = None) -> RunRecord:
    """The run as its caller is answered."""
    submission = await engine.submit(LEVY, asked, principal=ADA, idempotency_key=key)
    assert submission.record is not None
    return submission.record


async def levied(store: Store, asked: Levy, counts: Sequence[int] = FIVE) -> tuple[RunRecord, list[int]]:
    """The run at its end, with nothing left over, and what the jars hold then."""
    ids = await jars(store, counts)
    async with toy_engine(store, flows=LEVYING) as engine:
        run = await ended(engine, (await levy(engine, asked)).id)
        assert await swept(store, engine) == []
    return run, [await beans(store, id) for id in ids]


def progress(run: RunRecord) -> dict[str, Any]:
    """What the run says of its progress."""
    assert run.page is not None
    return run.page.model_dump(include={"number", "done", "failed", "undone", "of"})


async def test_every_object_is_met_once_and_the_parent_keeps_one_page(store: Store) -> None:
    run, left = await levied(store, Levy(2))
    assert (run.status, left) == (RunStatus.COMPLETED, [3] * 8)
    assert progress(run) == {"number": 3, "done": 8, "failed": 0, "undone": 0, "of": 8}
    assert len(run.children) == 2, "those of the last page"
    assert run.results["commit"] == {"pages": 3, "done": 8, "failed": 0, "of": 8}


@pytest.mark.parametrize("counts", [(), (5,), (5,) * SIZE, (5,) * 2 * SIZE], ids=len)
async def test_pages_end_where_the_objects_do(store: Store, counts: tuple[int, ...]) -> None:
    run, left = await levied(store, Levy(1), counts)
    assert (run.status, left) == (RunStatus.COMPLETED, [4] * len(counts))
    assert (progress(run)["done"], progress(run)["of"]) == (len(counts), len(counts))


async def test_objects_left_out_are_met_too(store: Store) -> None:
    spared = ("jar000", "jar001", "jar002", "jar004", "jar007")
    run, left = await levied(store, Levy(1, spared=spared))
    assert (run.status, left) == (RunStatus.COMPLETED, [5, 5, 5, 4, 5, 4, 4, 5])
    assert progress(run) == {"number": 3, "done": 8, "failed": 0, "undone": 0, "of": 8}


async def test_the_others_go_on_where_the_step_says_so(store: Store) -> None:
    run, left = await levied(store, Levy(2, go_on=True), (5, 1, 5, 5, 0, 5, 5, 5))
    assert (run.status, run.errors, left) == (RunStatus.COMPLETED, [], [3, 1, 3, 3, 0, 3, 3, 3])
    assert progress(run) == {"number": 3, "done": 8, "failed": 2, "undone": 0, "of": 8}
    found = store.collection("flows_runs").find({"parent": run.id, "status": "REJECTED"})
    assert sorted([row["params"]["jar_id"] async for row in found]) == ["jar001", "jar004"]


async def test_a_refused_one_stops_the_step_and_all_pages_are_undone(store: Store) -> None:
    run, left = await levied(store, Levy(2), (5, 5, 5, 5, 1, 5, 5, 5))
    assert (run.status, left) == (RunStatus.REJECTED, [5, 5, 5, 5, 1, 5, 5, 5])
    assert [error.code for error in run.errors] == ["EMPTY"]
    assert progress(run) == {"number": 0, "done": 6, "failed": 1, "undone": 5, "of": 8}


async def test_a_later_refusal_undoes_all_pages_but_what_was_refused(store: Store) -> None:
    run, left = await levied(store, Levy(2, go_on=True, allowed=False), (5, 5, 5, 5, 1, 5, 5, 5))
    assert (run.status, left) == (RunStatus.REJECTED, [5, 5, 5, 5, 1, 5, 5, 5])
    assert [error.code for error in run.errors] == ["NOT_ALLOWED"]
    assert progress(run) == {"number": 0, "done": 8, "failed": 1, "undone": 7, "of": 8}


async def test_the_caller_is_answered_once_the_first_of_several_pages_is_under_way(store: Store) -> None:
    """And the children's plugins are told as of any run; the run waits for those of its page."""
    ids = await jars(store, FIVE)
    await add_plugin(store, "p", changed={"mode": "ASYNC"})
    await connect(store, "p", ids)
    told: list[str] = []

    async def handle(delivery: DeliveryRecord) -> Outcome:
        told.append(delivery.payload["jar_id"])
        return Complete()

    async with toy_engine(store, flows=LEVYING) as engine:
        run = await levy(engine, Levy(1))
        assert (run.status, run.step, progress(run)["number"]) == (RunStatus.AWAITING, "jars", 1)
        seen: list[PageRecord] = []
        async with toy_plugin(engine, "p", handle):
            async for view in engine.watch_runs(id=run.id):
                seen += [view.run.page] if view.run.page and view.run.page not in seen else []
                if view.run.terminal:
                    break
        assert await swept(store, engine) == []
    assert [(page.number, page.done) for page in seen] == [(1, 0), (2, 3), (3, 6), (3, 8)]
    assert sorted(told) == ids


async def test_a_page_that_goes_wrong_on_our_side_is_given_up_and_undone(store: Store) -> None:
    """The step's own code fails at the second page, for ever."""
    await jars(store, FIVE)
    (paged,) = (step for step in LEVY.steps if step.tag == "jars")

    def broken(ctx: Any, jar: Any) -> Any:
        if jar.id >= "jar003":
            raise RuntimeError("a fault of the flow's")
        return paged.child(ctx, jar)  # type: ignore[union-attr]

    flow = replace(LEVY, steps=tuple(replace(s, child=broken) if s is paged else s for s in LEVY.steps))  # type: ignore[arg-type]
    settings = replace(QUICK, step_attempts=2)
    async with toy_engine(store, settings, flows=(*LEVYING[:-1], flow)) as engine:
        submission = await engine.submit(flow, Levy(1), principal=ADA)
        assert submission.record is not None
        run = await ended(engine, submission.record.id)
        assert await swept(store, engine) == []
    assert (run.status, run.failure and run.failure.code) == (RunStatus.FAILED, "INTERNAL")
    assert [await beans(store, f"jar{place:03}") for place in range(8)] == [5] * 8


async def life(store: Store, asked: Levy, lives: int) -> RunRecord:
    """One life of the process, from the client's (repeated) request to the end of its run."""
    async with toy_engine(store, QUICK, Later(lives), LEVYING) as engine:
        return await ended(engine, (await levy(engine, asked, "key")).id)


async def survive(store: Store, asked: Levy, at: int | None, applied: bool) -> tuple[RunRecord, list[str]]:
    """Die at a write, live again, and let the client repeat its request."""
    with crash_at(at, applied=applied) as crash:
        try:
            return await life(store, asked, 0), crash.writes
        except BaseExceptionGroup as group:
            if group.subgroup(Killed) is None:
                raise
        except Killed:
            pass
    return await life(store, asked, 1), crash.writes


@pytest.mark.parametrize("refused", [False, True], ids=["goes through", "is undone"])
@pytest.mark.parametrize(
    "every",
    [pytest.param(17, id="some"), pytest.param(1, id="all", marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
)
async def test_it_survives_a_death_at_a_write(store: Store, every: int, refused: bool) -> None:
    """Five jars on two pages; where the last has too few, both are undone. It dies before the write, and after it."""
    counts = (5, 5, 5, 5, 0 if refused else 5)
    _, writes = await dying(store, counts, None)
    assert len(writes) > 12, "the path passes every kind of write"
    for at in range(0, len(writes), every):
        for applied in (False, True) if every == 1 else (at % 2 == 0,):
            run, seen = await dying(store, counts, at, applied)
            place = f"died {'after' if applied else 'before'} write {at}: {seen[at : at + 1]}"
            assert run.status is (RunStatus.REJECTED if refused else RunStatus.COMPLETED), place
            expected = list(counts) if refused else [4] * 5
            assert [await beans(store, f"jar{jar:03}") for jar in range(5)] == expected, place


async def dying(
    store: Store, counts: Sequence[int], at: int | None, applied: bool = False
) -> tuple[RunRecord, list[str]]:
    """A levy on new jars whose process dies at that write; its run, and the writes that it came to."""
    await clear(store)
    await jars(store, counts)
    return await survive(store, Levy(1), at, applied)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 100))])
async def test_whatever_the_objects_and_wherever_it_dies_the_end_follows_from_what_was_asked(
    store: Store, seed: int
) -> None:
    """Random jars, some of them empty, some spared; a random death; both policies; allowed in the end or not."""
    chance = random.Random(seed)
    counts = [chance.choice((0, 5, 5, 5)) for _ in range(chance.randint(0, 3 * SIZE + 1))]
    spared = tuple(f"jar{place:03}" for place in range(len(counts)) if chance.random() < 0.2)
    asked = Levy(1, go_on=chance.random() < 0.5, allowed=chance.random() < 0.7, spared=spared)
    ids = await jars(store, counts)
    run, _ = await survive(store, asked, chance.randint(0, 60), chance.random() < 0.5)
    empty = [id for id, count in zip(ids, counts, strict=True) if count == 0 and id not in spared]
    stands = asked.allowed and (asked.go_on or not empty)
    taken = [id for id in ids if stands and id not in spared and id not in empty]
    assert run.status is (RunStatus.COMPLETED if stands else RunStatus.REJECTED), asked
    left = [await beans(store, id) for id in ids]
    assert left == [count - (id in taken) for id, count in zip(ids, counts, strict=True)], asked
    assert run.page is not None
    assert run.page.failed <= len(empty)
    assert run.page.done == len(ids) or not stands
