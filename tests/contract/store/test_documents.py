"""Reading and writing single documents."""

from typing import Any

from pymongo import ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection

from store import Store

Things = AsyncCollection[dict[str, Any]]


async def ids(things: Things, filter: dict[str, Any]) -> list[str]:
    return [found["_id"] async for found in things.find(filter).sort("_id", 1)]


async def test_what_was_inserted_is_read_back(things: Things) -> None:
    document: dict[str, Any] = {
        "_id": "a",
        "text": "näme ☃ 'quoted' \"twice\"",
        "int": 2**53 + 1,
        "float": 1.5,
        "none": None,
        "yes": True,
        "list": [1, "two", {"three": [4]}],
        "map": {"k": {"nested": False}, "with.dot": 1, "$dollar": 2},
    }
    await things.insert_one(dict(document))
    assert await things.find_one({"_id": "a"}) == document


async def test_a_missing_collection_reads_as_empty(store: Store) -> None:
    assert await store.collection("contract_never_made").find_one({"_id": "a"}) is None
    assert await store.collection("contract_never_made").find({}).to_list() == []


async def test_insert_many_without_duplicates(things: Things) -> None:
    await things.insert_many([{"_id": str(number)} for number in range(5)])
    assert await ids(things, {}) == ["0", "1", "2", "3", "4"]


async def test_find_by_equality_also_in_sub_documents(things: Things) -> None:
    await things.insert_many([{"_id": "a", "at": {"x": 1}}, {"_id": "b", "at": {"x": 2}}, {"_id": "c"}])
    assert await ids(things, {"at.x": 2}) == ["b"]
    assert await ids(things, {"at.x": 2, "_id": "a"}) == []


async def test_find_by_null_finds_null(things: Things) -> None:
    await things.insert_many([{"_id": "a", "k": None}, {"_id": "b", "k": "x"}])
    assert await ids(things, {"k": None}) == ["a"]


async def test_find_by_ranges(things: Things) -> None:
    await things.insert_many([{"_id": str(number), "n": number} for number in range(6)])
    assert await ids(things, {"n": {"$gte": 2, "$lt": 4}}) == ["2", "3"]
    assert await ids(things, {"n": {"$gt": 4}}) == ["5"]
    assert await ids(things, {"n": {"$lte": 0}}) == ["0"]
    assert await ids(things, {"_id": {"$gt": "4"}}) == ["5"]


async def test_find_by_many_ids(things: Things) -> None:
    await things.insert_many([{"_id": id} for id in "abc"])
    assert await ids(things, {"_id": {"$in": ["a", "c", "z"]}}) == ["a", "c"]


async def test_find_by_a_range_of_ids(things: Things) -> None:
    await things.insert_many([{"_id": id, "n": 1} for id in ("B", "a", "a0", "b", "é", "1de390ecb3527d8dcac3b6d6")])
    assert sorted(await ids(things, {"_id": {"$gt": "a"}})) == ["a0", "b", "é"]
    assert sorted(await ids(things, {"_id": {"$gte": "a", "$lt": "b"}, "n": 1})) == ["a", "a0"]
    assert sorted(await ids(things, {"_id": {"$lte": "1de390ecb3527d8dcac3b6d6"}})) == ["1de390ecb3527d8dcac3b6d6"]
    plan = str(await things.find({"_id": {"$gt": "a"}, "n": 1}).explain())
    assert "COLLSCAN" not in plan
    assert f"SCAN {things.name}" not in plan


async def test_find_by_an_element_of_a_list(things: Things) -> None:
    await things.insert_many(
        [
            {"_id": "a", "roles": [{"user": "ada", "role": "OWNER"}, {"user": "bob", "role": "VIEWER"}]},
            {"_id": "b", "roles": [{"user": "ada", "role": "VIEWER"}]},
        ]
    )
    assert await ids(things, {"roles": {"$elemMatch": {"user": "ada", "role": "VIEWER"}}}) == ["b"]


async def test_booleans_are_found_after_insert_and_after_set(things: Things) -> None:
    """The embedded server stores a set boolean as 1 or 0; equality finds it all the same."""
    await things.insert_many([{"_id": "a", "deleted": False}, {"_id": "b", "deleted": True}])
    await things.insert_many([{"_id": "c", "deleted": True}, {"_id": "d", "deleted": False}])
    await things.update_one({"_id": "c"}, {"$set": {"deleted": False}})
    await things.update_one({"_id": "d"}, {"$set": {"deleted": True}})
    assert await ids(things, {"deleted": False}) == ["a", "c"]
    assert await ids(things, {"deleted": True}) == ["b", "d"]


async def test_pages_by_sort_limit_and_skip(things: Things) -> None:
    await things.insert_many([{"_id": f"{number:02}", "n": 9 - number} for number in range(10)])
    page = await things.find({}).sort("n", 1).skip(2).limit(3).to_list()
    assert [found["n"] for found in page] == [2, 3, 4]
    page = await things.find({"n": {"$lt": 5}}).sort([("n", -1), ("_id", 1)]).limit(2).to_list()
    assert [found["n"] for found in page] == [4, 3]


async def test_a_list_longer_than_one_batch(things: Things) -> None:
    await things.insert_many([{"_id": f"{number:04}"} for number in range(450)])
    assert len(await things.find({}).to_list()) == 450


async def test_replace_and_delete(things: Things) -> None:
    await things.insert_one({"_id": "a", "old": 1})
    assert (await things.replace_one({"_id": "a", "old": 1}, {"new": {"x": [1]}})).matched_count == 1
    assert await things.find_one({"_id": "a"}) == {"_id": "a", "new": {"x": [1]}}
    assert (await things.delete_one({"_id": "a", "new": "other"})).deleted_count == 0
    assert (await things.delete_one({"_id": "a"})).deleted_count == 1
    assert await things.find_one({"_id": "a"}) is None


async def test_find_one_and_update_takes_the_first_in_order(things: Things) -> None:
    await things.insert_many([{"_id": "a", "n": 2, "s": "x"}, {"_id": "b", "n": 1, "s": "x"}])
    taken = await things.find_one_and_update(
        {"s": "x"}, {"$set": {"s": "y"}}, sort=[("n", 1)], return_document=ReturnDocument.AFTER
    )
    assert taken == {"_id": "b", "n": 1, "s": "y"}
    missed = await things.find_one_and_update({"s": "z"}, {"$set": {"s": "y"}})
    assert missed is None
