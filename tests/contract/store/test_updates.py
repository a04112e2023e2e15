"""Update operators, and compare-and-set by equality."""

import asyncio
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from store import DuplicateKey, Store, connect_store, insert_unique, translate_errors

Things = AsyncCollection[dict[str, Any]]


async def updated(things: Things, before: dict[str, Any], update: dict[str, Any]) -> dict[str, Any] | None:
    await things.insert_one({"_id": "a", **before})
    assert (await things.update_one({"_id": "a"}, update)).matched_count == 1
    found = await things.find_one({"_id": "a"}, {})
    return {key: value for key, value in found.items() if key != "_id"} if found else None


async def test_set_of_dotted_paths_makes_and_changes_sub_documents(things: Things) -> None:
    update = {"$set": {"map.k1": {"deep": [1, {"x": True}]}, "map.k0.v": 2, "new.sub": "s", "top": [{"y": 1}]}}
    assert await updated(things, {"map": {"k0": {"v": 1, "w": 1}}, "kept": 1}, update) == {
        "map": {"k0": {"v": 2, "w": 1}, "k1": {"deep": [1, {"x": True}]}},
        "new": {"sub": "s"},
        "top": [{"y": 1}],
        "kept": 1,
    }


async def test_keys_as_our_ids_have_them(things: Things) -> None:
    """Ids hold colons, slashes, hashes, dashes; each is one step of a dotted path."""
    keys = ["run:1/step", "commerce:Good:x#market", "a-b c", "0", "ünï", "q'uote"]
    update = {"$set": {f"map.{key}": {"n": number} for number, key in enumerate(keys)}}
    assert await updated(things, {"map": {}}, update) == {
        "map": {key: {"n": number} for number, key in enumerate(keys)}
    }
    await things.update_one({"_id": "a"}, {"$unset": {f"map.{key}": "" for key in keys}})
    assert await things.find_one({"_id": "a"}) == {"_id": "a", "map": {}}


async def test_unset_of_dotted_paths(things: Things) -> None:
    update = {"$unset": {"map.k1": "", "map.k2.x": "", "gone": "", "never.there": ""}}
    before = {"map": {"k1": 1, "k2": {"x": 1, "y": 2}}, "gone": 1}
    after = await updated(things, before, update)
    assert after is not None
    assert after["map"] == {"k2": {"y": 2}}
    assert "gone" not in after


async def test_inc_max_and_min(things: Things) -> None:
    update = {"$inc": {"n": 3, "fresh": 1, "sub.n": -1}, "$max": {"high": 5}, "$min": {"low": 5}}
    before = {"n": 1, "high": 4, "low": 4, "sub": {"n": 1}}
    assert await updated(things, before, update) == {"n": 4, "fresh": 1, "high": 5, "low": 4, "sub": {"n": 0}}


async def test_set_inc_and_unset_in_one_update(things: Things) -> None:
    update = {"$set": {"s": "x"}, "$inc": {"version": 1}, "$unset": {"effects.e": ""}}
    assert await updated(things, {"version": 1, "effects": {"e": {"result": 1}}}, update) == {
        "version": 2,
        "s": "x",
        "effects": {},
    }


async def test_an_update_whose_filter_differs_changes_nothing(things: Things) -> None:
    await things.insert_one({"_id": "a", "version": 2, "sub": {"epoch": 1}})
    for filter in ({"version": 1}, {"sub.epoch": 2}, {"claim": "x"}):
        answer = await things.update_one({"_id": "a", **filter}, {"$set": {"x": 1}, "$inc": {"version": 1}})
        assert answer.matched_count == 0
    assert (await things.find_one({"_id": "a"}) or {})["version"] == 2


async def test_of_many_that_compare_and_set_at_once_one_wins_each_round(store: Store, things: Things) -> None:
    """Ten writers over three clients count to fifty: no increment is lost, none is applied twice."""
    await things.insert_one({"_id": "a", "version": 0, "writers": {}})

    async def write(client: Store, name: str) -> None:
        mine = client.collection(things.name)
        for count in range(1, 6):
            while True:
                version = (await mine.find_one({"_id": "a"}) or {})["version"]
                answer = await mine.update_one(
                    {"_id": "a", "version": version},
                    {"$set": {f"writers.{name}": count}, "$inc": {"version": 1}},
                )
                if answer.matched_count:
                    break

    async with (
        connect_store(store.uri, store.database.name, store.capabilities) as second,
        connect_store(store.uri, store.database.name, store.capabilities) as third,
        asyncio.TaskGroup() as group,
    ):
        for number in range(10):
            group.create_task(write((store, second, third)[number % 3], f"w{number}"))
    found = await things.find_one({"_id": "a"})
    assert found == {"_id": "a", "version": 50, "writers": {f"w{number}": 5 for number in range(10)}}


async def test_of_many_that_take_from_a_list_each_takes_another(things: Things) -> None:
    await things.insert_many([{"_id": f"{number:02}", "state": "free"} for number in range(12)])

    async def take() -> str:
        taken = await things.find_one_and_update({"state": "free"}, {"$set": {"state": "taken"}}, sort=[("_id", 1)])
        assert taken is not None
        return str(taken["_id"])

    assert len(set(await asyncio.gather(*(take() for _ in range(12))))) == 12


async def test_of_many_that_insert_one_id_one_wins(things: Things) -> None:
    won = await asyncio.gather(*(insert_unique(things, {"_id": "a", "n": number}) for number in range(8)))
    assert sorted(won) == [False] * 7 + [True]
    assert (await things.find_one({"_id": "a"}) or {})["n"] == won.index(True)


async def test_unique_indexes_single_and_compound(things: Things) -> None:
    await things.create_index([("owner", 1), ("sku", 1)], unique=True)
    await things.create_index([("email", 1)], unique=True)
    assert await insert_unique(things, {"_id": "1", "owner": "o", "sku": "s", "email": "a"})
    assert not await insert_unique(things, {"_id": "2", "owner": "o", "sku": "s", "email": "b"})
    assert not await insert_unique(things, {"_id": "3", "owner": "o", "sku": "t", "email": "a"})
    assert await insert_unique(things, {"_id": "4", "owner": "p", "sku": "s", "email": "c"})


async def test_a_unique_index_of_strings_leaves_null_and_missing_out(things: Things) -> None:
    await things.create_index(
        [("owner", 1), ("ref", 1)], unique=True, partialFilterExpression={"ref": {"$type": "string"}}
    )
    for id, ref in (("1", None), ("2", None), ("3", "r")):
        assert await insert_unique(things, {"_id": id, "owner": "o", "ref": ref})
    assert await insert_unique(things, {"_id": "4", "owner": "o"})
    assert await insert_unique(things, {"_id": "5", "owner": "o"})
    assert not await insert_unique(things, {"_id": "6", "owner": "o", "ref": "r"})


async def test_an_update_that_would_break_a_unique_index_is_refused(things: Things) -> None:
    await things.create_index([("sku", 1)], unique=True)
    await things.insert_many([{"_id": "1", "sku": "a", "n": 0}, {"_id": "2", "sku": "b", "n": 0}])
    with pytest.raises(DuplicateKey), translate_errors():
        await things.update_one({"_id": "2"}, {"$set": {"sku": "a"}, "$inc": {"n": 1}})
    assert await things.find_one({"_id": "2"}) == {"_id": "2", "sku": "b", "n": 0}


async def test_a_refused_insert_leaves_the_connection_usable(things: Things) -> None:
    assert await insert_unique(things, {"_id": "a"})
    for _ in range(3):
        assert not await insert_unique(things, {"_id": "a"})
    assert await insert_unique(things, {"_id": "b"})
