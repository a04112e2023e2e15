"""One read for all documents that a request asks for together."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from store import Grouped, Store, VersionedDocument
from subgraphs.shared.context import Loaders
from subgraphs.shared.documents import OwnedDocument


class Thing(VersionedDocument):
    name: str

    class Settings:
        name = "things"


class Shelf:
    """A collection that counts its reads."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = {row["_id"]: row for row in rows}
        self.reads: list[list[str]] = []

    def find(self, where: dict[str, Any]) -> Shelf:
        self.reads.append(where["_id"]["$in"])
        return self

    async def find_one(self, where: dict[str, Any]) -> dict[str, Any] | None:
        self.reads.append([where["_id"]])
        await asyncio.sleep(0)
        return self.rows.get(where["_id"])

    async def to_list(self) -> list[dict[str, Any]]:
        return [self.rows[id] for id in reversed(self.reads[-1]) if id in self.rows]


class Shelves:
    """A store that has one collection."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def collection(self, name: str) -> Shelf:
        assert name == "things"
        return self.shelf


@pytest.fixture
def shelf() -> Shelf:
    tombstone = {"_id": "gone", "name": "Gone", "deleted": 1}
    fence = {"_id": "fence", "deleted": True}
    return Shelf({"_id": "a", "name": "A"}, {"_id": "b", "name": "B"}, tombstone, fence)


@pytest.fixture
def grouped(shelf: Shelf) -> Grouped:
    return Grouped(cast(Store, Shelves(shelf)))


async def test_what_is_asked_for_together_is_read_together(shelf: Shelf, grouped: Grouped) -> None:
    loaders = Loaders(grouped)
    ids = ["b", "a", "none", "gone", "fence", "b"]
    found = await asyncio.gather(*(loaders.load(Thing, id) for id in ids))
    assert [thing and thing.name for thing in found] == ["B", "A", None, None, None, "B"]
    assert [sorted(read) for read in shelf.reads] == [["a", "b", "fence", "gone", "none"]]
    assert await loaders.load(Thing, "a") is found[1]
    assert len(shelf.reads) == 1


async def test_requests_that_come_together_share_reads_and_each_has_a_document_of_its_own(
    shelf: Shelf, grouped: Grouped
) -> None:
    requests = [Loaders(grouped) for _ in range(5)]
    found = [thing for thing in await asyncio.gather(*(loaders.load(Thing, "a") for loaders in requests)) if thing]
    assert [thing.name for thing in found] == ["A"] * 5
    assert len(shelf.reads) == 1
    found[0].name = "changed"
    assert found[1].name == "A"


@pytest.mark.parametrize("id", [None, 7, {"$gt": ""}, ["a"]])
async def test_what_cannot_be_an_id_names_nothing(shelf: Shelf, grouped: Grouped, id: object) -> None:
    assert await Loaders(grouped).load(Thing, id) is None
    assert shelf.reads == []


class Owned(OwnedDocument):
    name: str


def test_a_fence_was_never_made() -> None:
    assert Owned(id="x", name="X").was_made
    assert Owned.model_validate({"_id": "x", "name": "X", "deleted": True}).was_made
    assert not Owned.model_construct(id="x", deleted=True).was_made
