"""One read for all documents that a request asks for together."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from store import VersionedDocument
from subgraphs.shared.context import Loaders
from subgraphs.shared.documents import OwnedDocument


class Thing(VersionedDocument):
    name: str


class Shelf:
    """A collection that counts its reads."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = {row["_id"]: row for row in rows}
        self.reads: list[list[str]] = []

    def find(self, where: dict[str, Any]) -> Shelf:
        self.reads.append(where["_id"]["$in"])
        return self

    async def to_list(self) -> list[dict[str, Any]]:
        return [self.rows[id] for id in reversed(self.reads[-1]) if id in self.rows]


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    tombstone = {"_id": "gone", "name": "Gone", "deleted": 1}
    fence = {"_id": "fence", "deleted": True}
    made = Shelf({"_id": "a", "name": "A"}, {"_id": "b", "name": "B"}, tombstone, fence)
    monkeypatch.setattr(Thing, "get_pymongo_collection", classmethod(lambda cls: made))
    return made


async def test_what_is_asked_for_together_is_read_together(shelf: Shelf) -> None:
    loaders = Loaders()
    ids = ["b", "a", "none", "gone", "fence", "b"]
    found = await asyncio.gather(*(loaders.load(Thing, id) for id in ids))
    assert [thing and thing.name for thing in found] == ["B", "A", None, None, None, "B"]
    assert [sorted(read) for read in shelf.reads] == [["a", "b", "fence", "gone", "none"]]
    assert await loaders.load(Thing, "a") is found[1]
    assert len(shelf.reads) == 1


@pytest.mark.parametrize("id", [None, 7, {"$gt": ""}, ["a"]])
async def test_what_cannot_be_an_id_names_nothing(shelf: Shelf, id: object) -> None:
    assert await Loaders().load(Thing, id) is None
    assert shelf.reads == []


class Owned(OwnedDocument):
    name: str


def test_a_fence_was_never_made() -> None:
    assert Owned(id="x", name="X").was_made
    assert Owned.model_validate({"_id": "x", "name": "X", "deleted": True}).was_made
    assert not Owned.model_construct(id="x", deleted=True).was_made
