"""`submitted` hooks on a real store: who is told of what, and how often."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from flows.outcomes import Complete
from identity import Role, RoleDocument, role_id, user_ref
from store import Store, insert_unique, now_ms
from subgraphs.commerce.app import SERVICE as COMMERCE
from tests.integration.subgraphs.running import ADA, ADMIN, BOB, RunningService, plugin, running

FLOWS = ("adjustStock", "createSale", "setPrice", "createCustomer")
HOOKS = [f"commerce_{flow}_submitted_{who}" for flow in FLOWS for who in ("asSubmitter", "asOwner")]
PRICE = {"amount": "2.50", "currency": "EUR"}
Told = tuple[str, str]


@pytest.fixture
async def commerce(store: Store) -> AsyncIterator[RunningService]:
    """Commerce, and the plugin `agent`, which ada, bob and carol have attached to themselves."""
    async with running(store, COMMERCE) as service:
        await store.collection("registrar_plugins").insert_one(
            {"_id": "agent", "enabled": True, "hooks": [{"id": id, "mode": "ASYNC"} for id in HOOKS]}
        )
        for user in ("ada", "bob", "carol"):
            await connect(store, user_ref(user))
        yield service


async def connect(store: Store, ref: str) -> None:
    """Attach `agent` to a user."""
    row = {"_id": f"{ref}#agent", "object_ref": ref, "owner_ref": ref, "plugin_tag": "agent", "status": "ACTIVE"}
    await store.collection("registrar_connections").insert_one({**row, "config": {}, "links": [], "deleted": False})


async def grant(store: Store, business: str, user: str, role: Role) -> None:
    """Give a user a role."""
    ref = f"commerce:Business:{business}"
    document = {"_id": role_id(ref, user), "version": 1, "created_at": now_ms(), "deleted": False}
    await insert_unique(
        store.collection("identity_roles"),
        {**document, "effects": {}, "outbox": {}, "object_ref": ref, "user_id": user, "role": role.value},
    )


async def a_good(commerce: RunningService) -> tuple[str, str]:
    """A business of ada's with a good; their ids."""
    business = (await commerce.mutate("createBusiness", "business { id }", name="Ada's"))["business"]["id"]
    given: dict[str, Any] = {"businessId": business, "sku": "TEA", "name": "Tea", "price": PRICE, "stock": 10}
    return business, (await commerce.mutate("createGood", "good { id }", **given))["good"]["id"]


async def told(store: Store) -> list[Told]:
    """Who was told as what, of every delivery there is."""
    rows = [row async for row in store.collection("flows_deliveries").find({})]
    return sorted((row["owner_ref"].rpartition(":")[2], row["hook_id"].removeprefix("commerce_")) for row in rows)


async def test_what_a_user_does_to_what_is_theirs_alone_tells_nobody(commerce: RunningService, store: Store) -> None:
    _, good = await a_good(commerce)
    changed = await commerce.mutate("adjustStock", "good { stock }", goodId=good, delta=-1)
    assert changed["run"]["status"] == "COMPLETED"
    assert await told(store) == []


async def test_submitter_and_owners_are_each_told_once(commerce: RunningService, store: Store) -> None:
    business, good = await a_good(commerce)
    await grant(store, business, "bob", Role.MANAGER)
    await grant(store, business, "carol", Role.OWNER)
    await grant(store, business, "dave", Role.OWNER)
    changed = await commerce.mutate("adjustStock", "good { stock }", BOB, "k1", goodId=good, delta=-1)
    assert (changed["run"]["status"], changed["run"]["awaiting"]) == ("AWAITING", ["agent"])
    # ada and carol are owners who have attached the plugin; dave has not.
    once = [
        ("ada", "adjustStock_submitted_asOwner"),
        ("bob", "adjustStock_submitted_asSubmitter"),
        ("carol", "adjustStock_submitted_asOwner"),
    ]
    assert await told(store) == once
    again = await commerce.mutate("adjustStock", "good { stock }", BOB, "k1", goodId=good, delta=-1)
    assert again["run"]["id"] == changed["run"]["id"]
    assert await told(store) == once


async def test_the_payload_says_who_did_what_to_what(commerce: RunningService, store: Store) -> None:
    business, good = await a_good(commerce)
    await grant(store, business, "bob", Role.MANAGER)
    changed = await commerce.mutate("setPrice", "good { id }", BOB, goodId=good, price={**PRICE, "amount": "3"})
    query = """subscription { commerceHooks(worker: "w") { ... on CommerceHookDelivery { id attempt hookId
        connections { objectRef } payload {
            ... on CommerceSetPriceSubmittedAsSubmitter { runId flow submitterId ownerRef objectRefs }
            ... on CommerceSetPriceSubmittedAsOwner { runId flow submitterId ownerRef objectRefs } } } } }"""
    payload = {
        "runId": changed["run"]["id"],
        "flow": "setPrice",
        "submitterId": "bob",
        "ownerRef": f"commerce:Business:{business}",
        "objectRefs": [f"commerce:Good:{good}"],
    }
    seen: dict[str, Any] = {}
    async for result in commerce.watch(query, {}, plugin("agent")):
        delivery = result.data["commerceHooks"]
        if "hookId" in delivery:
            seen[delivery["hookId"]] = (delivery["connections"], delivery["payload"])
            assert await commerce.engine.reply("agent", delivery["id"], delivery["attempt"], Complete()) == []
        if len(seen) == 2:
            break
    assert seen == {
        "commerce_setPrice_submitted_asSubmitter": ([{"objectRef": user_ref("bob")}], payload),
        "commerce_setPrice_submitted_asOwner": ([{"objectRef": user_ref("ada")}], payload),
    }


async def test_a_co_owner_tells_the_other_owner(commerce: RunningService, store: Store) -> None:
    business, good = await a_good(commerce)
    await grant(store, business, "carol", Role.OWNER)
    await commerce.mutate("adjustStock", "good { stock }", ADA, goodId=good, delta=1)
    assert await told(store) == [
        ("ada", "adjustStock_submitted_asSubmitter"),
        ("carol", "adjustStock_submitted_asOwner"),
    ]


async def test_child_runs_plugins_and_refused_or_empty_runs_tell_nobody(commerce: RunningService, store: Store) -> None:
    business, good = await a_good(commerce)
    await grant(store, business, "bob", Role.MANAGER)
    buyer: dict[str, Any] = {"businessId": business, "name": "Dan", "email": "dan@example.org"}
    customer = (await commerce.mutate("createCustomer", "customer { id }", ADA, **buyer))["customer"]["id"]
    # A plugin's change, one that is refused, and one that changes nothing.
    await commerce.authorize("mirror", f"commerce:Business:{business}", "commerce.goods.write", "commerce.goods.read")
    mirror = plugin("mirror", "commerce.goods.write", "commerce.goods.read")
    done = await commerce.mutate("adjustStock", "good { stock }", mirror, goodId=good, delta=-1)
    assert done["run"]["status"] == "COMPLETED"
    refused = await commerce.mutate("adjustStock", "good { stock }", BOB, goodId=good, delta=-100)
    assert refused["run"]["status"] == "REJECTED"
    await commerce.mutate("setPrice", "good { id }", BOB, goodId=good, price=PRICE)
    await commerce.mutate("createCustomer", "customer { id }", BOB, **buyer)
    assert await told(store) == []
    # A sale is one flow, whose stock changes nobody submitted.
    lines = [{"goodId": good, "quantity": 2}]
    await commerce.mutate("createSale", "sale { id }", BOB, businessId=business, customerId=customer, lines=lines)
    assert await told(store) == [
        ("ada", "createSale_submitted_asOwner"),
        ("bob", "createSale_submitted_asSubmitter"),
    ]


async def test_an_admin_without_a_role_is_told_of_as_anybody_else(commerce: RunningService, store: Store) -> None:
    _, good = await a_good(commerce)
    await connect(store, user_ref("admin"))
    await commerce.mutate("adjustStock", "good { stock }", ADMIN, goodId=good, delta=-1)
    assert await told(store) == [
        ("ada", "adjustStock_submitted_asOwner"),
        ("admin", "adjustStock_submitted_asSubmitter"),
    ]


async def test_who_is_no_owner_any_more_is_not_told(store: Store, commerce: RunningService) -> None:
    """Nor who has a lesser role."""
    business, good = await a_good(commerce)
    for user, role in (("bob", Role.MANAGER), ("carol", Role.OWNER)):
        await grant(store, business, user, role)
    where = {"_id": role_id(f"commerce:Business:{business}", "carol")}
    await RoleDocument.get_pymongo_collection().update_one(where, {"$set": {"deleted": True}})
    await commerce.mutate("adjustStock", "good { stock }", BOB, goodId=good, delta=-1)
    assert [user for user, hook in await told(store) if hook.endswith("asOwner")] == ["ada"]
