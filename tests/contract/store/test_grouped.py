"""Reads and writes that share a command mean what they mean alone, on every server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from store import DuplicateKey, Index, Store
from store.grouped import GroupedFinds, GroupedWrites, Update
from store.migrations import create_index

NAME = "contract_grouped"


async def put(store: Store, *ids: str) -> None:
    """Documents of version 1."""
    for id in ids:
        await store.collection(NAME).insert_one({"_id": id, "version": 1, "by": ""})


async def stored(store: Store) -> dict[str, str]:
    """Who wrote each document last."""
    return {row["_id"]: row["by"] for row in await store.collection(NAME).find({}).to_list()}


def change(by: str) -> dict[str, dict[str, str | int]]:
    return {"$set": {"by": by}, "$inc": {"version": 1}}


async def test_each_of_many_reads_gets_its_own_document(store: Store) -> None:
    await put(store, "a", "b")
    finds = GroupedFinds(store.collection(NAME))
    found = await asyncio.gather(*(finds.find_one(id) for id in ("a", "b", "none", "a")))
    assert [row and row["_id"] for row in found] == ["a", "b", None, "a"]


async def test_each_of_many_reads_by_another_field_gets_all_that_have_its_value(store: Store) -> None:
    await put(store, "a", "b", "c")
    await store.collection(NAME).update_one({"_id": "c"}, {"$set": {"by": "x"}})
    finds = GroupedFinds(store.collection(NAME), "by")
    found = await asyncio.gather(*(finds.find(value) for value in ("", "x", "y")))
    assert [sorted(row["_id"] for row in rows) for rows in found] == [["a", "b"], ["c"], []]


async def test_each_of_many_updates_is_told_whether_it_matched(store: Store) -> None:
    await put(store, *"abcdef")
    writes = GroupedWrites(store.collection(NAME))
    asked = [(id, 1 if id in "ace" else 7) for id in "abcdef"]
    answers = await asyncio.gather(
        *(writes.update({"_id": id, "version": version}, change(f"w-{id}")) for id, version in asked)
    )
    assert answers == [True, False, True, False, True, False]
    assert await stored(store) == {id: f"w-{id}" if id in "ace" else "" for id in "abcdef"}


async def test_of_updates_of_one_version_of_one_document_exactly_one_matches(store: Store) -> None:
    await put(store, "a")
    writes = GroupedWrites(store.collection(NAME))
    answers = await asyncio.gather(
        *(writes.update({"_id": "a", "version": 1}, change(f"w{number}")) for number in range(6))
    )
    assert sum(answers) == 1
    assert await stored(store) == {"a": f"w{answers.index(True)}"}


async def test_an_update_that_is_refused_spares_the_others(store: Store) -> None:
    await create_index(store, NAME, Index((("key", 1),), unique=True))
    await put(store, "a", "b", "c", "d")
    await store.collection(NAME).update_one({"_id": "a"}, {"$set": {"key": "taken"}})
    writes = GroupedWrites(store.collection(NAME))

    def update(id: str, key: str) -> dict[str, dict[str, str | int]]:
        return {"$set": {"by": f"w-{id}", "key": key}, "$inc": {"version": 1}}

    answers = await asyncio.gather(
        writes.update({"_id": "b", "version": 1}, update("b", "b")),
        writes.update({"_id": "c", "version": 1}, update("c", "taken")),
        writes.update({"_id": "d", "version": 1}, update("d", "d")),
        return_exceptions=True,
    )
    assert answers[0] is True and answers[2] is True
    assert isinstance(answers[1], DuplicateKey)
    assert await stored(store) == {"a": "", "b": "w-b", "c": "", "d": "w-d"}
    rows = await store.collection(NAME).find({}).to_list()
    assert {row["_id"]: row["version"] for row in rows}["d"] == 2, "it was made once"


async def test_of_yielding_updates_those_whose_key_is_taken_are_left_out(store: Store) -> None:
    """A key of two fields: of six who want the same three, three get one each, and what lacks one is not counted."""
    await create_index(store, NAME, Index((("slot_of", 1), ("slot", 1)), unique=True))
    await put(store, *"abcdefgh")
    writes = GroupedWrites(store.collection(NAME))

    def lease(id: str, place: int, of: str = "p") -> Update:
        set_ = {"by": id, "slot_of": of, "slot": place % 3}
        return Update({"_id": id, "version": 1}, {"$set": set_, "$inc": {"version": 1}}, lambda row: row["by"] == id)

    first, second, other = await asyncio.gather(
        writes.update_all([lease(id, place) for place, id in enumerate("abc")], yielding=True),
        GroupedWrites(store.collection(NAME)).update_all(
            [lease(id, place) for place, id in enumerate("def")], yielding=True
        ),
        writes.update_all([lease("g", 0, "q")], yielding=True),
    )
    assert (sum(first) + sum(second), other) == (3, [True])
    assert [one != two for one, two in zip(first, second, strict=True)] == [True] * 3
    free = {"$set": {"slot_of": None, "slot": None}, "$inc": {"version": 1}}
    held = {row["_id"]: row["slot"] for row in await store.collection(NAME).find({"slot_of": "p"}).to_list()}
    assert sorted(held.values()) == [0, 1, 2]
    for id in held:
        assert await writes.update({"_id": id, "version": 2}, free, lambda row: row["slot"] is None)
    assert await writes.update_all([lease("h", held[id])], yielding=True) == [True]


async def test_of_many_inserts_those_whose_id_exists_are_told_so(store: Store) -> None:
    await put(store, "b")
    writes = GroupedWrites(store.collection(NAME))
    answers = await asyncio.gather(*(writes.insert({"_id": id, "version": 1, "by": "new"}) for id in "abcd"))
    assert answers == [True, False, True, True]
    assert await stored(store) == {"a": "new", "b": "", "c": "new", "d": "new"}


async def test_an_insert_whose_key_is_taken_is_refused_alone(store: Store) -> None:
    await create_index(store, NAME, Index((("key", 1),), unique=True))
    await store.collection(NAME).insert_one({"_id": "a", "by": "", "key": "taken"})
    writes = GroupedWrites(store.collection(NAME))
    answers = await asyncio.gather(
        *(writes.insert({"_id": id, "by": "new", "key": key}) for id, key in (("b", "b"), ("c", "taken"), ("d", "d"))),
        return_exceptions=True,
    )
    assert answers[0] is True and answers[2] is True
    assert isinstance(answers[1], DuplicateKey)


@pytest.mark.parametrize("place", range(3))
async def test_who_carries_the_others_is_cancelled_and_theirs_are_made_once(store: Store, place: int) -> None:
    await put(store, *"abcd")
    writes = GroupedWrites(store.collection(NAME))
    tasks = [asyncio.create_task(writes.update({"_id": id, "version": 1}, change(f"w-{id}"))) for id in "abcd"]
    await asyncio.sleep(0)
    if place:
        await asyncio.wait([tasks[0]])
    for _ in range(place - 1):
        await asyncio.sleep(0)
    tasks[1].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answer for at, answer in enumerate(answers) if at != 1] == [True, True, True]
    rows = await store.collection(NAME).find({}).to_list()
    assert all(row["version"] == 2 for row in rows if row["_id"] != "b")


async def test_several_values_are_asked_for_by_ids_where_the_server_would_scan(store: Store) -> None:
    await put(store, "x#1", "x#2", "y#1", "z#1")
    for id in ("x#1", "x#2", "y#1", "z#1"):
        await store.collection(NAME).update_one({"_id": id}, {"$set": {"of": id[0]}})
    asked: list[list[str]] = []
    enough = True

    async def ids(values: Sequence[str]) -> list[str] | None:
        asked.append(list(values))
        return [f"{value}#{number}" for value in values for number in (1, 2, 3)] if enough else None

    finds = GroupedFinds(store.collection(NAME), "of", one_by_one=True, ids=ids)
    expected = [["x#1", "x#2"], [], ["y#1"]]
    for enough in (True, False):  # noqa: B007 - `ids` reads it
        found = await asyncio.gather(*(finds.find(value) for value in ("x", "none", "y")))
        assert [sorted(row["_id"] for row in rows) for rows in found] == expected
    assert asked == [["none", "x", "y"]] * 2
    assert [row["_id"] for row in await finds.find("z")] == ["z#1"]
    assert len(asked) == 2
