"""Versioned documents: one write per effect, filtered on the version that was read."""

import asyncio
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from pydantic import Field

from store import (
    DuplicateKey,
    Effect,
    Grouped,
    Store,
    VersionedDocument,
    init_documents,
    read_document,
    tidy_document,
    write_effect,
    write_fence,
)


class Kind(StrEnum):
    RAW = "RAW"
    MADE = "MADE"


class Part(VersionedDocument):
    sku: str
    price: Decimal = Decimal("0")
    kind: Kind = Kind.RAW
    attributes: dict[str, str] = Field(default_factory=dict)
    stock: int = 0

    class Settings:
        name = "contract_parts"


@pytest.fixture(autouse=True)
async def parts(store: Store) -> Grouped:
    await init_documents(store, [Part])
    return Grouped(store)


def part(**values: Any) -> Part:
    return Part(id="p", sku="s", created_at=1, **values)


async def write(
    parts: Grouped, read: Part | None, new: Part, effect: str, result: Any = None, *, id: str = "p", **outbox: Any
) -> bool:
    return await write_effect(
        Part, id, read=read, new=new, effect=Effect(effect, result, {"of": "r"}, outbox, 5), grouped=parts
    )


async def current() -> Part:
    found = await read_document(Part, "p")
    assert found is not None
    return found


async def created(parts: Grouped, **values: Any) -> Part:
    assert await write(parts, None, part(**values), "create")
    return await current()


async def test_nothing_is_read_where_nothing_is() -> None:
    assert await read_document(Part, "p") is None


async def test_a_creation_stores_version_one_with_its_effect_and_outbox(parts: Grouped, store: Store) -> None:
    new = part(price=Decimal("1.50"), kind=Kind.MADE, attributes={"a.b": "x", "$c": "y"})
    assert await write(parts, None, new, "run:1/create", {"made": True}, hook={"payload": [1]})
    assert await store.collection("contract_parts").find_one({"_id": "p"}) == {
        "_id": "p",
        "created_at": 1,
        "deleted": False,
        "sku": "s",
        "price": "1.50",
        "kind": "MADE",
        "attributes": {"a.b": "x", "$c": "y"},
        "stock": 0,
        "version": 1,
        "effects": {"run:1/create": {"of": "r", "result": {"made": True}}},
        "outbox": {"hook": {"payload": [1]}},
        "tidy_at": 5,
    }
    read = await current()
    assert (read.price, read.kind, read.version, read.deleted) == (Decimal("1.50"), Kind.MADE, 1, False)


async def test_of_two_creations_one_wins(parts: Grouped) -> None:
    assert await created(parts)
    assert not await write(parts, None, part(stock=5), "other")
    assert set((await current()).effects) == {"create"}


async def test_an_effect_sets_what_changed_and_nothing_else(parts: Grouped, store: Store) -> None:
    read = await created(parts, stock=1)
    # A newer program has stored a field that this one does not know, and one that it does know has moved.
    await store.collection("contract_parts").update_one({"_id": "p"}, {"$set": {"newer": {"x": 1}, "sku": "t"}})
    assert await write(parts, read, read.model_copy(update={"stock": 4}), "adjust", 4, k1={"a": 1}, k2=[2])
    raw = await store.collection("contract_parts").find_one({"_id": "p"}) or {}
    assert (raw["stock"], raw["sku"], raw["newer"], raw["version"]) == (4, "t", {"x": 1}, 2)
    assert raw["effects"] == {"create": {"of": "r", "result": None}, "adjust": {"of": "r", "result": 4}}
    assert raw["outbox"] == {"k1": {"a": 1}, "k2": [2]}


async def test_an_effect_on_an_older_version_does_nothing(parts: Grouped) -> None:
    read = await created(parts)
    assert await write(parts, read, read.model_copy(update={"stock": 1}), "first")
    assert not await write(parts, read, read.model_copy(update={"stock": 2}), "second")
    found = await current()
    assert (found.stock, found.version, set(found.effects)) == (1, 2, {"create", "first"})


async def test_writers_that_start_again_lose_nothing(parts: Grouped) -> None:
    await created(parts)

    async def add(name: str) -> None:
        while True:
            read = await current()
            if await write(parts, read, read.model_copy(update={"stock": read.stock + 1}), name):
                return

    await asyncio.gather(*(add(f"e{number}") for number in range(12)))
    found = await current()
    assert (found.stock, found.version, len(found.effects)) == (12, 13, 13)


async def test_deletion_leaves_a_tombstone_whose_version_a_new_creation_continues(parts: Grouped) -> None:
    read = await created(parts, stock=3)
    assert await write(parts, read, read.model_copy(update={"deleted": True}), "delete")
    tombstone = await current()
    assert (tombstone.deleted, tombstone.version) == (True, 2)
    assert not await write(parts, None, part(), "again")
    assert await write(parts, tombstone, part(stock=7), "again")
    found = await current()
    assert (found.deleted, found.version, found.stock) == (False, 3, 7)
    assert set(found.effects) == {"create", "delete", "again"}


async def test_tidying_leaves_the_version_and_the_rest(parts: Grouped) -> None:
    read = await created(parts)
    assert await write(parts, read, read.model_copy(update={"stock": 1}), "run:2/adjust", 1, k1=1, k2=2)
    writes = parts.writes("contract_parts")
    assert not await tidy_document(writes, "p", 1, ["create"], [], 7), "it was written meanwhile"
    assert await tidy_document(writes, "p", 2, ["create", "unknown"], ["k1"], 7)
    found = await current()
    assert (found.version, set(found.effects), found.outbox, found.tidy_at) == (2, {"run:2/adjust"}, {"k2": 2}, 7)
    assert await tidy_document(writes, "p", 2, [], [], None)
    assert (await current()).tidy_at is None
    assert await write(parts, found, found.model_copy(update={"stock": 2}), "after")


async def test_a_write_forgets_what_can_go(parts: Grouped) -> None:
    read = await created(parts)
    assert await write(parts, read, read.model_copy(update={"stock": 1}), "second", 1, k1=1, k2=2)
    found = await current()
    effect = Effect("third", None, outbox={"k3": 3}, forget_effects=["create"], forget_outbox=["k1"])
    new = found.model_copy(update={"stock": 2})
    assert await write_effect(Part, "p", read=found, new=new, effect=effect, grouped=parts)
    found = await current()
    assert (set(found.effects), found.outbox, found.version) == ({"second", "third"}, {"k2": 2, "k3": 3}, 3)


async def test_a_fence_is_an_effect_that_changes_nothing_else(parts: Grouped) -> None:
    read = await created(parts, stock=3)
    effect = Effect("fence", {"refused": "X"}, {"of": "r"}, tidy_at=9)
    assert await write_fence(Part, "p", version=1, effect=effect, grouped=parts)
    assert not await write(parts, read, read.model_copy(update={"stock": 1}), "late")
    found = await current()
    assert (found.stock, found.version, found.effects["fence"]) == (3, 2, effect.stored)
    assert found.tidy_at == 9


async def test_a_fence_where_nothing_is_stops_a_late_creation_and_can_be_created_over(parts: Grouped) -> None:
    assert await write_fence(Part, "p", version=None, effect=Effect("fence", None), grouped=parts)
    assert not await write(parts, None, part(), "late")
    tombstone = await current()
    assert (tombstone.deleted, tombstone.version) == (True, 1)
    assert await write(parts, tombstone, part(stock=2), "create")
    found = await current()
    assert (found.sku, found.stock, found.version, found.deleted) == ("s", 2, 2, False)


async def test_another_taken_key_is_told_apart_from_a_lost_race(parts: Grouped, store: Store) -> None:
    await store.collection("contract_parts").create_index([("sku", 1)], unique=True)
    await created(parts)
    other = Part(id="q", sku="t")
    assert await write(parts, None, other, "e", id="q")
    read = await read_document(Part, "q")
    assert read is not None
    clash = read.model_copy(update={"sku": "s"})
    with pytest.raises(DuplicateKey):
        await write(parts, read, clash, "f", id="q")
    third = Part(id="r", sku="s")
    with pytest.raises(DuplicateKey):
        await write(parts, None, third, "e", id="r")


@pytest.mark.parametrize("key", ["", "a.b", "$a", "a\0"])
async def test_keys_that_cannot_be_field_names_are_refused(parts: Grouped, key: str) -> None:
    read = await created(parts)
    with pytest.raises(ValueError, match="cannot name"):
        await write(parts, read, read, key)
    with pytest.raises(ValueError, match="cannot name"):
        await write(parts, read, read, "e", None, **{key: 1})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot name"):
        await tidy_document(parts.writes("contract_parts"), "p", 1, [key], [], None)


async def test_values_of_a_wrong_type_are_refused_before_they_are_stored(parts: Grouped) -> None:
    read = await created(parts)
    with pytest.raises(ValueError, match="Part 'p' cannot be stored"):
        await write(parts, read, read.model_copy(update={"stock": "many"}), "e")
    assert (await current()).version == 1


async def test_classes_can_be_bound_to_another_store(parts: Grouped, store: Store) -> None:
    await created(parts)
    await init_documents(store, [Part])
    assert await read_document(Part, "p") is not None
