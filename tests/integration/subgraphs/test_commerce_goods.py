"""Businesses and goods through Commerce's schema, on a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from store import Store
from subgraphs.commerce.app import SERVICE
from tests.integration.subgraphs.running import ADMIN, ANONYMOUS, BOB, RunningService, plugin, running

GOOD = "good { id sku stock price { amount currency } attributes { name value } }"
EUR = {"amount": "8.50", "currency": "EUR"}


@pytest.fixture
async def commerce(store: Store) -> AsyncIterator[RunningService]:
    async with running(store, SERVICE) as service:
        yield service


@pytest.fixture
async def business(commerce: RunningService) -> str:
    payload = await commerce.mutate("createBusiness", "business { id }", name="Ada's")
    return str(payload["business"]["id"])


@pytest.fixture
async def good(commerce: RunningService, business: str) -> str:
    payload = await make_good(commerce, business, "mug")
    return str(payload["good"]["id"])


async def make_good(commerce: RunningService, business: str, sku: str, stock: int = 10) -> Any:
    return await commerce.mutate(
        "createGood", GOOD, businessId=business, sku=sku, name="Mug", price=EUR, stock=stock, attributes=[]
    )


async def test_the_maker_of_a_business_is_its_owner(commerce: RunningService, business: str) -> None:
    data = await commerce.ask("{ businesses { edges { node { id name objectRef ownerRef createdAt } } } }")
    (node,) = [edge["node"] for edge in data["businesses"]["edges"]]
    assert (node["id"], node["name"]) == (business, "Ada's")
    assert node["objectRef"] == node["ownerRef"] == f"commerce:Business:{business}"
    role = await commerce.store.collection("identity_roles").find_one({"user_id": "ada"})
    assert role is not None
    assert (role["object_ref"], role["role"]) == (f"commerce:Business:{business}", "OWNER")
    assert await commerce.ask("{ businesses { edges { node { id } } } }", who=BOB) == {"businesses": {"edges": []}}
    everything = await commerce.ask("{ businesses { edges { node { id } } } }", who=ADMIN)
    assert len(everything["businesses"]["edges"]) == 1


async def test_a_good_is_made_and_read_back(commerce: RunningService, business: str) -> None:
    made = await commerce.mutate(
        "createGood",
        GOOD,
        businessId=business,
        sku=" mug ",
        name="Mug",
        price=EUR,
        attributes=[{"name": "a.b", "value": "$1"}],
    )
    assert made["errors"] == []
    assert made["run"]["status"] == "COMPLETED"
    assert made["run"]["objectRefs"] == [f"commerce:Business:{business}", f"commerce:Good:{made['good']['id']}"]
    query = f"query($id: ID!) {{ {GOOD.replace('good', 'good(id: $id)', 1)} }}"
    read = await commerce.ask(query, {"id": made["good"]["id"]})
    assert read["good"] == made["good"]
    assert read["good"]["price"] == {"amount": "8.5", "currency": "EUR"}
    assert read["good"]["attributes"] == [{"name": "a.b", "value": "$1"}]


async def test_stock_moves_and_never_below_zero(commerce: RunningService, good: str) -> None:
    moved = await commerce.mutate("adjustStock", "good { stock }", goodId=good, delta=-3, reason="broken")
    assert (moved["errors"], moved["run"]["status"], moved["good"]["stock"]) == ([], "COMPLETED", 7)
    refused = await commerce.mutate("adjustStock", "good { stock }", goodId=good, delta=-8)
    assert [(error["code"], error["field"]) for error in refused["errors"]] == [("OUT_OF_STOCK", ["delta"])]
    assert (refused["run"]["status"], refused["good"]["stock"]) == ("REJECTED", 7)


async def test_a_key_is_used_once(commerce: RunningService, good: str) -> None:
    first = await commerce.mutate("adjustStock", "good { stock }", goodId=good, delta=-3, idempotencyKey="k1")
    again = await commerce.mutate("adjustStock", "good { stock }", goodId=good, delta=-3, idempotencyKey="k1")
    assert again == first
    header = await commerce.mutate("adjustStock", "good { stock }", key="k2", goodId=good, delta=1)
    assert header["good"]["stock"] == 8
    assert await commerce.mutate("adjustStock", "good { stock }", key="k2", goodId=good, delta=1) == header


async def test_bad_input_starts_no_run(commerce: RunningService, good: str, business: str) -> None:
    zero = await commerce.mutate("adjustStock", "good { stock }", goodId=good, delta=0)
    assert zero["run"] is None
    assert [(error["code"], error["field"]) for error in zero["errors"]] == [("ZERO_DELTA", ["delta"])]
    price = await commerce.mutate("setPrice", "good { stock }", goodId=good, price={"amount": "-1", "currency": "e"})
    assert {error["code"] for error in price["errors"]} == {"NEGATIVE", "BAD_CURRENCY"}
    blank = await commerce.mutate("createBusiness", "business { id }", name="  ")
    assert [error["code"] for error in blank["errors"]] == ["BLANK"]
    assert blank["business"] is None


async def test_a_sku_is_unique_in_a_business_until_its_good_is_deleted(
    commerce: RunningService, business: str, good: str
) -> None:
    taken = await make_good(commerce, business, "mug")
    assert [(error["code"], error["field"]) for error in taken["errors"]] == [("SKU_TAKEN", ["sku"])]
    gone = await commerce.mutate("deleteGood", "good { id }", goodId=good, idempotencyKey="d")
    assert (gone["errors"], gone["run"]["status"], gone["good"]) == ([], "COMPLETED", None)
    anew = await make_good(commerce, business, "mug")
    assert anew["errors"] == []
    assert anew["good"]["id"] != good
    listed = await commerce.ask(
        f'{{ goods(businessId: "{business}") {{ edges {{ node {{ id }} }} }} good(id: "{good}") {{ id }} }}'
    )
    assert listed == {"goods": {"edges": [{"node": {"id": anew["good"]["id"]}}]}, "good": None}
    assert await commerce.mutate("deleteGood", "good { id }", goodId=good, idempotencyKey="d") == gone
    late = await commerce.mutate("adjustStock", "good { id }", goodId=good, delta=1)
    assert [error["code"] for error in late["errors"]] == ["NOT_FOUND"]


async def test_pages_are_stable_and_newest_last(commerce: RunningService, business: str) -> None:
    skus = [f"sku{number}" for number in range(5)]
    for sku in skus:
        await make_good(commerce, business, sku)
    query = """query($id: ID!, $after: String) { business(id: $id) { goods(first: 2, after: $after) {
        edges { cursor node { sku } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        page = (await commerce.ask(query, {"id": business, "after": after}))["business"]["goods"]
        seen += [edge["node"]["sku"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == skus
    assert page["pageInfo"]["hasNextPage"] is False
    for arguments in ("first: 101", "first: 0", 'after: "?"'):
        result = await commerce.execute(f'{{ goods(businessId: "{business}", {arguments}) {{ edges {{ cursor }} }} }}')
        assert [error.extensions["code"] for error in result.errors] == ["BAD_USER_INPUT"]


async def test_what_is_not_yours_does_not_exist(commerce: RunningService, business: str, good: str) -> None:
    query = """query($business: ID!, $good: ID!) { business(id: $business) { id } good(id: $good) { id }
        goods(businessId: $business) { edges { cursor } } sales(businessId: $business) { edges { cursor } }
        customers(businessId: $business) { edges { cursor } } }"""
    nothing = {"business": None, "good": None, "goods": None, "sales": None, "customers": None}
    assert await commerce.ask(query, {"business": business, "good": good}, BOB) == nothing
    refused = await commerce.mutate("adjustStock", "good { id }", who=BOB, goodId=good, delta=1)
    assert (refused["run"], refused["good"]) == (None, None)
    assert [(error["code"], error["field"]) for error in refused["errors"]] == [("NOT_FOUND", ["goodId"])]
    for id in ("no:such#id", "nul\u0000", "\ud800", "x" * 10_000, ""):
        unknown = await commerce.mutate("adjustStock", "good { id }", goodId=id, delta=1)
        assert [error["code"] for error in unknown["errors"]] == ["NOT_FOUND"]
        assert await commerce.ask("query($id: ID!) { good(id: $id) { id } }", {"id": id}) == {"good": None}


async def test_viewers_read_and_managers_write(commerce: RunningService, business: str, good: str) -> None:
    ref = f"commerce:Business:{business}"
    row = {"_id": f"{ref}#bob", "object_ref": ref, "user_id": "bob", "role": "VIEWER", "deleted": False}
    await commerce.store.collection("identity_roles").insert_one(row)
    assert await commerce.ask(f'{{ good(id: "{good}") {{ stock }} }}', who=BOB) == {"good": {"stock": 10}}
    mutation = f'mutation {{ adjustStock(input: {{goodId: "{good}", delta: 1}}) {{ good {{ stock }} }} }}'
    refused = await commerce.execute(mutation, who=BOB)
    assert [error.extensions["code"] for error in refused.errors] == ["FORBIDDEN"]
    await commerce.store.collection("identity_roles").update_one({"_id": row["_id"]}, {"$set": {"role": "MANAGER"}})
    assert (await commerce.ask(mutation, who=BOB))["adjustStock"]["good"] == {"stock": 11}


async def test_without_a_token_nothing_but_the_schema(commerce: RunningService, good: str) -> None:
    assert "_service" in await commerce.ask("{ _service { sdl } __typename }", who=ANONYMOUS)
    for query in (
        f'{{ good(id: "{good}") {{ id }} }}',
        f'{{ _entities(representations: [{{__typename: "Good", id: "{good}"}}]) {{ __typename }} }}',
        f'mutation {{ deleteGood(input: {{goodId: "{good}"}}) {{ good {{ id }} }} }}',
    ):
        result = await commerce.execute(query, who=ANONYMOUS)
        assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]


async def test_entities_are_resolved_for_those_who_may_see_them(
    commerce: RunningService, business: str, good: str
) -> None:
    query = """query($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Good { sku business { name } } ... on Business { name } } }"""
    representations = [
        {"__typename": "Good", "id": good},
        {"__typename": "Business", "id": business},
        {"__typename": "Good", "id": "none"},
        {"__typename": "Good", "id": {"$gt": ""}},
    ]
    data = await commerce.ask(query, {"representations": representations})
    assert data["_entities"] == [{"sku": "mug", "business": {"name": "Ada's"}}, {"name": "Ada's"}, None, None]
    hidden = await commerce.ask(query, {"representations": representations[:2]}, who=BOB)
    assert hidden["_entities"] == [None, None]


async def test_a_plugin_needs_its_scope_and_the_owners_authorization(
    commerce: RunningService, business: str, good: str
) -> None:
    query = f'{{ good(id: "{good}") {{ sku }} }}'
    market = plugin("market", "commerce.goods.read")
    assert await commerce.ask(query, who=market) == {"good": None}
    await commerce.authorize("market", f"commerce:Business:{business}", "commerce.goods.read")
    assert await commerce.ask(query, who=market) == {"good": {"sku": "mug"}}
    assert await commerce.ask(query, who=plugin("market")) == {"good": None}
    mutation = f'mutation {{ adjustStock(input: {{goodId: "{good}", delta: 1}}) {{ good {{ stock }} }} }}'
    refused = await commerce.execute(mutation, who=market)
    assert [error.extensions["code"] for error in refused.errors] == ["FORBIDDEN"]
    making = await commerce.execute('mutation { createBusiness(input: {name: "X"}) { business { id } } }', who=market)
    assert [error.extensions["code"] for error in making.errors] == ["FORBIDDEN"]


async def test_prices_and_attributes_change(commerce: RunningService, good: str) -> None:
    priced = await commerce.mutate("setPrice", GOOD, goodId=good, price={"amount": "9", "currency": "EUR"})
    assert priced["good"]["price"]["amount"] == "9"
    colored = await commerce.mutate("updateGoodAttributes", GOOD, goodId=good, set=[{"name": "color", "value": "red"}])
    assert colored["good"]["attributes"] == [{"name": "color", "value": "red"}]
    cleared = await commerce.mutate("updateGoodAttributes", GOOD, goodId=good, unset=["color"])
    assert (cleared["run"]["status"], cleared["good"]["attributes"]) == ("COMPLETED", [])
