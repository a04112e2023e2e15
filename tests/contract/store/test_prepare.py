"""Migrations and indexes: once, in order, resumable, whoever starts at the same time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from store import Index, Migration, Store, StoreError, connect_store, insert_unique, now_ms, prepare
from store.migrations import SCHEMA_COLLECTION

INDEXES = {
    "contract_goods": [Index((("owner", 1), ("sku", 1)), unique=True), Index((("owner", 1), ("created_at", 1)))],
    "contract_sales": [Index((("ref", 1),), unique=True)],
}


def migration(number: int, run: Callable[[Store], Awaitable[None]]) -> Migration:
    return Migration("contract", number, f"step {number}", run)


def counting(store: Store, count: int) -> list[Migration]:
    """Migrations that each count how often they ran."""

    def numbered(number: int) -> Migration:
        async def run(on: Store) -> None:
            await insert_unique(on.collection("contract_ran"), {"_id": str(number), "times": 0})
            await on.collection("contract_ran").update_one({"_id": str(number)}, {"$inc": {"times": 1}})

        return migration(number, run)

    return [numbered(number) for number in range(1, count + 1)]


async def ran(store: Store) -> dict[str, int]:
    return {found["_id"]: found["times"] async for found in store.collection("contract_ran").find({})}


async def record(store: Store) -> dict[str, Any]:
    return await store.collection(SCHEMA_COLLECTION).find_one({"_id": "contract"}) or {}


@pytest.fixture
async def others(store: Store) -> AsyncIterator[list[Store]]:
    """Three more clients on the same store, as three more processes would be."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(connect_store(store.uri, store.database.name, store.capabilities))
            for _ in range(3)
        ]


async def test_indexes_are_made_and_hold(store: Store) -> None:
    await prepare(store, "contract", INDEXES)
    await prepare(store, "contract", INDEXES)
    goods, sales = store.collection("contract_goods"), store.collection("contract_sales")
    assert await insert_unique(goods, {"_id": "1", "owner": "o", "sku": "s"})
    assert not await insert_unique(goods, {"_id": "2", "owner": "o", "sku": "s"})
    assert await insert_unique(sales, {"_id": "1", "ref": "r"})
    assert not await insert_unique(sales, {"_id": "2", "ref": "r"})


async def test_unique_never_counts_documents_that_lack_a_field(store: Store) -> None:
    """Fences and tombstones have no fields of their own; two of them are no duplicates, on any server."""
    await prepare(store, "contract", INDEXES)
    goods = store.collection("contract_goods")
    assert await insert_unique(goods, {"_id": "1"})
    assert await insert_unique(goods, {"_id": "2"})
    assert await insert_unique(goods, {"_id": "3", "owner": "o", "sku": None})
    assert await insert_unique(goods, {"_id": "4", "owner": "o", "sku": None})


async def test_what_is_looked_up_by_leading_field_uses_an_index(store: Store) -> None:
    await prepare(store, "contract", INDEXES)
    await store.collection("contract_goods").insert_one({"_id": "1", "owner": "o", "sku": "s"})
    for collection, field in (("contract_goods", "owner"), ("contract_sales", "ref")):
        plan = str(await store.collection(collection).find({field: "o"}).explain())
        assert "IXSCAN" in plan or "USING INDEX" in plan


async def test_migrations_run_once_and_in_order(store: Store) -> None:
    order: list[int] = []

    def noting(number: int) -> Migration:
        async def run(on: Store) -> None:
            order.append(number)

        return migration(number, run)

    await prepare(store, "contract", {}, [noting(1), noting(2)])
    await prepare(store, "contract", {}, [noting(1), noting(2), noting(3)])
    assert order == [1, 2, 3]
    assert (await record(store))["number"] == 3


async def test_an_interrupted_migration_is_run_again_and_the_done_ones_are_not(store: Store) -> None:
    async def fail(on: Store) -> None:
        raise RuntimeError("the power went")

    done, again = counting(store, 2)
    with pytest.raises(RuntimeError, match="the power went"):
        await prepare(store, "contract", {}, [done, migration(2, fail)])
    await prepare(store, "contract", {}, [done, again])
    assert await ran(store) == {"1": 1, "2": 1}


async def test_processes_that_prepare_at_once_all_succeed_and_do_it_once(store: Store, others: list[Store]) -> None:
    await asyncio.gather(*(prepare(each, "contract", INDEXES, counting(each, 3)) for each in [store, *others]))
    assert await ran(store) == {"1": 1, "2": 1, "3": 1}
    assert (await record(store))["epoch"] == 1


async def test_owners_are_prepared_apart(store: Store) -> None:
    await prepare(store, "contract", {}, counting(store, 1))
    await prepare(store, "others", {"contract_others": [Index((("a", 1),))]})
    assert (await record(store))["number"] == 1


async def test_a_store_newer_than_the_program_is_refused(store: Store) -> None:
    await prepare(store, "contract", {}, counting(store, 3))
    with pytest.raises(StoreError, match=r"contract is at migration 3, this program knows 2") as refused:
        await prepare(store, "contract", {}, counting(store, 2))
    assert refused.value.code == "STORE_TOO_NEW"


async def test_a_lease_that_ran_out_is_taken_over_and_its_holder_stopped(store: Store, others: list[Store]) -> None:
    """The first holder's clock says its lease is over; the second claims it, and the first records nothing."""
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slow(on: Store) -> None:
        started.set()
        await go_on.wait()

    first = asyncio.create_task(prepare(store, "contract", {}, [migration(1, slow)]))
    await started.wait()
    await store.collection(SCHEMA_COLLECTION).update_one({"_id": "contract"}, {"$set": {"until": now_ms() - 1}})
    await prepare(others[0], "contract", {}, counting(others[0], 1))
    go_on.set()
    await first
    assert await ran(store) == {"1": 1}
    assert (await record(store))["epoch"] == 2


async def test_an_index_that_the_data_forbids_is_named(store: Store) -> None:
    goods = store.collection("contract_goods")
    await goods.insert_many([{"_id": "1", "owner": "o", "sku": "s"}, {"_id": "2", "owner": "o", "sku": "s"}])
    with pytest.raises(StoreError, match="contract_goods on owner, sku cannot be made: two documents") as refused:
        await prepare(store, "contract", INDEXES)
    assert refused.value.code == "STORE_INDEX_REFUSED"
    assert (await record(store))["claim"] == ""


async def test_migrations_out_of_order_are_a_mistake_of_the_program(store: Store) -> None:
    first, second = counting(store, 2)
    for wrong in ([second], [second, first], [first, first]):
        with pytest.raises(ValueError, match="stands where contract"):
            await prepare(store, "contract", {}, wrong)
