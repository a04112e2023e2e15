"""What `EMBEDDED_LIMITS` says of the embedded server is so: a limit that went can leave the list and our code.

Each test does what MongoDB documents and expects the embedded server to fail at it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import PyMongoError

from store import EMBEDDED_LIMITS, Store, insert_unique

Things = AsyncCollection[dict[str, Any]]


async def push_of_dictionaries(things: Things) -> bool:
    await things.insert_one({"_id": "a", "list": []})
    await things.update_one({"_id": "a"}, {"$push": {"list": {"x": 1}}})
    return await things.find_one({"_id": "a"}) == {"_id": "a", "list": [{"x": 1}]}


async def unordered_insert_many_past_a_duplicate(things: Things) -> bool:
    await things.insert_one({"_id": "b"})
    try:
        await things.insert_many([{"_id": id} for id in "abc"], ordered=False)
    except PyMongoError:
        return await things.find_one({"_id": "c"}) is not None
    return False


async def updates_by_pipeline(things: Things) -> bool:
    await things.insert_one({"_id": "a", "n": 1})
    await things.update_one({"_id": "a"}, [{"$set": {"m": {"$add": ["$n", 1]}}}])
    return (await things.find_one({"_id": "a"}) or {}).get("m") == 2


async def set_on_insert(things: Things) -> bool:
    await things.find_one_and_update({"_id": "a"}, {"$set": {"n": 1}, "$setOnInsert": {"m": 2}}, upsert=True)
    return await things.find_one({"_id": "a"}) == {"_id": "a", "n": 1, "m": 2}


async def unchanged_updates_count_as_matched(things: Things) -> bool:
    await things.insert_one({"_id": "a", "n": 1})
    return (await things.update_one({"_id": "a"}, {"$set": {"n": 1}})).matched_count == 1


async def booleans_that_are_set_stay_booleans(things: Things) -> bool:
    await things.insert_one({"_id": "a", "flag": False})
    await things.update_one({"_id": "a"}, {"$set": {"flag": True}})
    return (await things.find_one({"_id": "a"}) or {})["flag"] is True


async def partial_filters_on_other_fields(things: Things) -> bool:
    await things.create_index([("sku", 1)], unique=True, partialFilterExpression={"live": True})
    await things.insert_one({"_id": "a", "sku": "s", "live": False})
    return await insert_unique(things, {"_id": "b", "sku": "s", "live": False})


async def duplicates_in_find_one_and_update_are_errors(things: Things) -> bool:
    await things.create_index([("sku", 1)], unique=True)
    await things.insert_many([{"_id": "a", "sku": "s"}, {"_id": "b", "sku": "t"}])
    try:
        await things.find_one_and_update({"_id": "b"}, {"$set": {"sku": "s"}})
    except PyMongoError:
        return True
    return False


async def equality_finds_an_element_of_an_indexed_list(things: Things) -> bool:
    await things.create_index([("refs", 1)])
    await things.insert_one({"_id": "a", "refs": ["x", "y"]})
    assert await things.find_one({"refs": {"$all": ["y"]}}) is not None
    return await things.find_one({"refs": "y"}) is not None


async def several_values_are_looked_up_by_an_index(things: Things) -> bool:
    await things.create_index([("ref", 1)])
    await things.insert_many([{"_id": id, "ref": id} for id in "abc"])
    plan = str(await things.find({"ref": {"$in": ["a", "b"]}}).explain())
    return "COLLSCAN" not in plan and f"SCAN {things.name}" not in plan


LIMITS = (
    push_of_dictionaries,
    unordered_insert_many_past_a_duplicate,
    updates_by_pipeline,
    set_on_insert,
    unchanged_updates_count_as_matched,
    booleans_that_are_set_stay_booleans,
    partial_filters_on_other_fields,
    duplicates_in_find_one_and_update_are_errors,
    equality_finds_an_element_of_an_indexed_list,
    several_values_are_looked_up_by_an_index,
)


@pytest.mark.parametrize("works", LIMITS, ids=lambda works: works.__name__)
async def test_mongodb_does_and_the_embedded_server_does_not(
    store: Store, things: Things, works: Callable[[Things], Awaitable[bool]]
) -> None:
    try:
        works_here = await works(things)
    except PyMongoError:
        works_here = False
    assert works_here is not store.capabilities.embedded


async def test_databases_are_told_apart_by_mongodb_only(store: Store, things: Things) -> None:
    await things.insert_one({"_id": "a"})
    other = store.client.get_database(f"{store.database.name}_other")
    assert (await other[things.name].find_one({"_id": "a"}) is not None) is store.capabilities.embedded


async def test_the_probe_finds_the_limits(store: Store) -> None:
    known = store.capabilities
    assert known.change_streams
    assert known.awaits_changes
    for able in (
        known.transactions,
        known.retryable_writes,
        known.resume_tokens,
        known.database_streams,
        known.filtered_streams,
        known.compound_indexes,
        known.partial_indexes,
    ):
        assert able is not known.embedded


def test_each_limit_has_its_consequence() -> None:
    assert len({limit.what for limit in EMBEDDED_LIMITS}) == len(EMBEDDED_LIMITS)
    assert all(limit.consequence for limit in EMBEDDED_LIMITS)
