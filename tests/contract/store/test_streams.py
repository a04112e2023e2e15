"""Change streams as wake-ups: live, in order, told again after a gap, restarted by themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from store import ChangeEvent, Store, watch_collection

Things = AsyncCollection[dict[str, Any]]


class Followed:
    """What a watcher was told, to be waited for."""

    def __init__(self) -> None:
        self.events: list[ChangeEvent] = []
        self.gaps = 0
        self._moved = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def on_change(self, event: ChangeEvent) -> None:
        self.events.append(event)
        self._announce()

    def on_gap(self) -> None:
        self.gaps += 1
        self._announce()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._moved:
            await self._moved.wait_for(holds)

    def _announce(self) -> None:
        task = asyncio.ensure_future(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self._moved:
            self._moved.notify_all()


@asynccontextmanager
async def following(store: Store, name: str) -> AsyncIterator[Followed]:
    followed = Followed()
    watcher = asyncio.create_task(watch_collection(store, name, followed.on_change, followed.on_gap))
    try:
        await followed.until(lambda: followed.gaps >= 1)
        yield followed
    finally:
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)


async def test_every_kind_of_change_is_told_in_order(store: Store, things: Things) -> None:
    async with following(store, things.name) as followed:
        await things.insert_one({"_id": "a", "n": 1})
        await things.update_one({"_id": "a", "n": 1}, {"$set": {"n": 2}})
        await things.find_one_and_update({"_id": "a"}, {"$inc": {"n": 1}})
        await things.replace_one({"_id": "a"}, {"m": 1})
        await things.insert_one({"_id": "b"})
        await followed.until(lambda: any(event.document_id == "b" for event in followed.events))
    told = [(event.operation, event.document_id) for event in followed.events]
    assert told == [("insert", "a"), ("update", "a"), ("update", "a"), ("replace", "a"), ("insert", "b")]
    assert {event.collection for event in followed.events} == {things.name}


async def test_an_update_tells_the_whole_document(store: Store, things: Things) -> None:
    """Whom a change concerns stands in fields that it did not touch."""
    async with following(store, things.name) as followed:
        await things.insert_one({"_id": "a", "for": "ada", "n": 1})
        await things.update_one({"_id": "a"}, {"$set": {"n": 2}})
        await followed.until(lambda: len(followed.events) == 2)
    assert followed.events[1].full_document is not None
    assert followed.events[1].full_document["for"] == "ada"


async def test_when_a_change_is_told_it_can_be_read(store: Store, things: Things) -> None:
    async with following(store, things.name) as followed:
        for number in range(20):
            await things.insert_one({"_id": str(number)})
            await followed.until(lambda number=number: len(followed.events) > number)  # type: ignore[misc]
            assert await things.find_one({"_id": followed.events[-1].document_id}) is not None


async def test_other_collections_are_not_told(store: Store, things: Things) -> None:
    async with following(store, things.name) as followed:
        await store.collection("contract_others").insert_one({"_id": "other"})
        await things.insert_one({"_id": "mine"})
        await followed.until(lambda: bool(followed.events))
    assert [event.document_id for event in followed.events] == ["mine"]


async def test_writers_at_once_are_all_told(store: Store, things: Things) -> None:
    async with following(store, things.name) as followed, following(store, things.name) as second:
        await asyncio.gather(*(things.insert_one({"_id": str(number)}) for number in range(40)))
        await followed.until(lambda: len(followed.events) == 40)
        await second.until(lambda: len(second.events) == 40)
    assert {event.document_id for event in followed.events} == {str(number) for number in range(40)}


async def test_a_dropped_collection_is_followed_again(store: Store, things: Things) -> None:
    """A drop ends the stream on MongoDB (invalidate); the watcher opens another and says that it did."""
    async with following(store, things.name) as followed:
        await things.insert_one({"_id": "before"})
        await followed.until(lambda: bool(followed.events))
        await things.drop()
        if not store.capabilities.embedded:
            await followed.until(lambda: followed.gaps == 2)
        await things.insert_one({"_id": "after"})
        await followed.until(lambda: followed.events[-1].document_id == "after")
