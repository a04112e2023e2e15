"""Finds by one value of a list field."""

from __future__ import annotations

import pytest

from store import Index, Store, find_listed, prepare
from store.schema import PLACES

INDEX = Index((("refs", 1), ("at", 1)), listed=True)
LISTS = {
    "none": [],
    "first": ["x"],
    "second": ["y", "x"],
    "last place": [*"abcdefgh"[: PLACES - 1], "x"],
    "behind": [*"abcdefgh"[:PLACES], "x"],
    "far behind": [*"abcdefgh"[:PLACES], "z", "x"],
    "twice": ["x", "y", "x"],
    "other": ["y", "z", "y", "z", "y", "z"],
    "part": ["xx", "ax", "x.", "", "x "],
}
HAVE_IT = ["first", "second", "last place", "behind", "far behind", "twice"]


@pytest.fixture
async def listed(store: Store) -> Store:
    await prepare(store, "lists", {"lists": [INDEX]})
    for number, (id, refs) in enumerate(LISTS.items()):
        await store.collection("lists").insert_one({"_id": id, "refs": refs, "at": number, "kind": number % 2})
    return store


async def found(store: Store, text: str = "x", order: int = 1, limit: int = 0, **where: object) -> list[str]:
    rows = await find_listed(store, "lists", ("refs", text), where, order=[("at", order)], limit=limit)
    return [row["_id"] for row in rows]


async def test_a_value_is_found_at_any_place_of_the_list(listed: Store) -> None:
    assert await found(listed) == HAVE_IT
    assert await found(listed, "nowhere") == []


async def test_the_first_in_the_order_are_found(listed: Store) -> None:
    assert await found(listed, limit=2) == HAVE_IT[:2]
    assert await found(listed, order=-1, limit=4) == HAVE_IT[::-1][:4]


async def test_more_can_be_asked_of_the_documents(listed: Store) -> None:
    assert await found(listed, kind=0) == ["second", "behind", "twice"]
    assert await found(listed, at={"$gte": 4}, order=-1) == ["twice", "far behind", "behind"]


async def test_several_fields_can_order_them(listed: Store) -> None:
    rows = await find_listed(listed, "lists", ("refs", "x"), {}, order=[("kind", -1), ("at", 1)], limit=4)
    assert [row["_id"] for row in rows] == ["first", "last place", "far behind", "second"]
