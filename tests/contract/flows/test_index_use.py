"""What the engine looks for is found by an index, as the server's own explanation has it."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from flows import ENGINE_INDEXES, tidy_indexes
from flows.delivery_store import inbox, queue
from flows.records import DELIVERIES, PAYLOADS, RUNS
from store import Store, prepare
from tests.support.toy_service import ADA, ADJUST, Adjust, JarDocument, add_jar, jar_ref, prepare_toys, toy_engine

Finds = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Finds:
    """Collection and filter of each find that is made from here on."""
    made: Finds = []
    find = AsyncCollection.find

    def noting(self: AsyncCollection[Any], where: dict[str, Any] | None = None, *given: Any, **named: Any) -> Any:
        made.append((self.name, dict(where or {})))
        return find(self, where, *given, **named)

    monkeypatch.setattr(AsyncCollection, "find", noting)
    return made


async def test_what_the_engine_looks_for_is_found_by_an_index(store: Store, finds: Finds) -> None:
    await prepare_toys(store)
    await prepare(store, "tidying", tidy_indexes([JarDocument]))
    await add_jar(store, "a", 5)
    async with toy_engine(store) as engine:
        ran = (await engine.submit(ADJUST, Adjust("a", -1), principal=ADA)).record
        assert ran is not None
        await engine.sweep()
        await engine.deliveries.first(inbox("toy", "market"), "SYNC", 100)
        await engine.deliveries.heads([queue("market", "toy_jars:a"), queue("market", "toy_jars:b")])
        await engine.deliveries.unsettled("toy")
        await engine.deliveries.held_slots("market")
        await engine.parts.payloads.remove_some("toy")
        await engine.runs.due("toy")
        await engine.runs.of_page("page")
        await engine.runs.all_ended([ran.id])
        await engine.runs.moved_since("toy", jar_ref("a"), 0)
        await engine.runs.latest_of_object("toy", jar_ref("a"))
        await engine.runs.running_of_object("toy", jar_ref("a"))
        await engine.runs.unfinished_of_object("toy", jar_ref("a"))
    shapes = {(name, *sorted(where)): where for name, where in finds if name in (*ENGINE_INDEXES, "toy_jars")}
    assert {
        (DELIVERIES, "inbox", "mode"),
        (DELIVERIES, "queue"),
        (DELIVERIES, "slot_of"),
        (RUNS, "next_at", "service"),
        (PAYLOADS, "created_at", "service"),
        ("toy_jars", "tidy_at"),
    } <= {*shapes}
    scans = {key for key, where in shapes.items() if await scanned(store, key[0], where)}
    assert scans == set()


async def test_runs_about_an_object_are_found_by_the_object_or_by_what_waits(store: Store, finds: Finds) -> None:
    """An index of the service alone is no scan by name, and yet leads to all of its runs."""
    await prepare_toys(store)
    async with toy_engine(store) as engine:
        await engine.runs.moved_since("toy", jar_ref("a"), 0)
        await engine.runs.latest_of_object("toy", jar_ref("a"))
        await engine.runs.running_of_object("toy", jar_ref("a"))
        await engine.runs.unfinished_of_object("toy", jar_ref("a"))
    made = [where for name, where in finds if name == RUNS and any("object_refs" in field for field in where)]
    assert len(made) >= 3
    plans = [str(await store.collection(RUNS).find(where).explain()) for where in made]
    narrow = ("object_refs_", "service_status", "service_1_status_1")  # in the names of indexes
    assert [plan for plan in plans if not any(name in plan for name in narrow)] == []


async def scanned(store: Store, collection: str, where: dict[str, Any]) -> bool:
    """Whether the server would look at every document."""
    plan = str(await store.collection(collection).find(where).explain())
    return "COLLSCAN" in plan or f"SCAN {collection}" in plan
