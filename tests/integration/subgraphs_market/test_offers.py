"""Sellers, products and offers through Market's schema, on a real store."""

from __future__ import annotations

from typing import Any

from identity import Principal, PrincipalKind
from tests.integration.subgraphs.running import ADA, ADMIN, ANONYMOUS, BOB, plugin
from tests.integration.subgraphs_market.market import Shop, euros, faults, open_shop

EVE = Principal(PrincipalKind.USER, "eve", "Eve")
OFFER_CHANGED = "market_updateSellOffer_commit_offerChanged"


async def update(shop: Shop, offer_id: str, who: Principal = ADA, **given: Any) -> Any:
    """Update an offer."""
    selection = "sellOffer { stock available price { amount currency } status }"
    return await shop.market.mutate("updateSellOffer", selection, who=who, offerId=offer_id, **given)


async def test_the_maker_of_a_seller_is_its_owner(shop: Shop) -> None:
    query = "{ sellers { edges { node { id name objectRef ownerRef createdAt } } } }"
    (node,) = [edge["node"] for edge in (await shop.market.ask(query))["sellers"]["edges"]]
    assert (node["id"], node["name"]) == (shop.seller_id, "Shop")
    assert node["objectRef"] == node["ownerRef"] == f"market:Seller:{shop.seller_id}"
    assert (await shop.market.ask(query, who=BOB))["sellers"]["edges"] == []
    assert len((await shop.market.ask(query, who=ADMIN))["sellers"]["edges"]) == 1


async def test_an_offer_is_made_and_read_back(shop: Shop) -> None:
    offer = await shop.offer(stock=7, price="12.50")
    query = """
      query($id: ID!) { sellOffer(id: $id) {
        objectRef ownerRef price { amount } seller { id } product { title seller { id } attributes { name } }
      } }
    """
    seen = (await shop.market.ask(query, {"id": offer}))["sellOffer"]
    assert seen == {
        "objectRef": f"market:SellOffer:{offer}",
        "ownerRef": f"market:Seller:{shop.seller_id}",
        "price": {"amount": "12.5"},
        "seller": {"id": shop.seller_id},
        "product": {"title": "Mug", "seller": {"id": shop.seller_id}, "attributes": []},
    }


async def test_every_user_reads_offers_and_products_but_no_seller(shop: Shop) -> None:
    offer = await shop.offer(stock=7)
    query = """
      query($id: ID!, $seller: ID!) {
        sellOffer(id: $id) { stock product { title } seller { id } }
        sellOffers(sellerId: $seller) { edges { node { id } } }
        seller(id: $seller) { id }
      }
    """
    seen = await shop.market.ask(query, {"id": offer, "seller": shop.seller_id}, EVE)
    assert seen["sellOffer"] == {"stock": 7, "product": {"title": "Mug"}, "seller": None}
    assert [edge["node"]["id"] for edge in seen["sellOffers"]["edges"]] == [offer]
    assert seen["seller"] is None


async def test_who_has_no_role_writes_nothing(shop: Shop) -> None:
    offer = await shop.offer(stock=7)
    hidden = await shop.market.mutate("createProduct", "product { id }", who=EVE, sellerId=shop.seller_id, title="Mine")
    assert faults(hidden) == [("NOT_FOUND", ["sellerId"])]
    for field, given in (
        ("updateSellOffer", f'{{offerId: "{offer}", stock: 1}}'),
        ("withdrawSellOffer", f'{{offerId: "{offer}"}}'),
    ):
        result = await shop.market.execute(f"mutation {{ {field}(input: {given}) {{ errors {{ code }} }} }}", who=EVE)
        assert result.errors[0].extensions["code"] == "FORBIDDEN"
    assert await shop.stock(offer) == (7, 0, 7)


async def test_without_a_token_nothing_is_open(shop: Shop) -> None:
    offer = await shop.offer()
    closed = f'{{ sellOffer(id: "{offer}") {{ id }} }}'
    result = await shop.market.execute(closed, who=ANONYMOUS)
    assert result.errors[0].extensions["code"] == "UNAUTHENTICATED"
    assert result.data is None
    opened = await shop.market.ask("{ __typename _service { sdl } }", who=ANONYMOUS)
    assert 'type SellOffer @key(fields: "id")' in opened["_service"]["sdl"]


async def test_a_plugin_reads_and_writes_where_it_is_authorized(shop: Shop) -> None:
    offer = await shop.offer(stock=7)
    syncing = plugin("market", "market.offers.read", "market.offers.write")
    assert await shop.numbers(offer, syncing) is None
    assert faults(await update(shop, offer, syncing, stock=1)) == [("NOT_FOUND", ["offerId"])]
    await shop.market.authorize(
        "market", f"market:Seller:{shop.seller_id}", "market.offers.read", "market.offers.write"
    )
    assert (await update(shop, offer, syncing, stock=5))["sellOffer"]["stock"] == 5
    assert (await shop.numbers(offer, syncing))["stock"] == 5


async def test_unchanged_values_fire_no_hook(shop: Shop) -> None:
    offer = await shop.offer(stock=7, price="2.50")
    ref = f"market:SellOffer:{offer}"
    await shop.market.connect("supply", [ref], f"market:Seller:{shop.seller_id}", {OFFER_CHANGED: "ASYNC"})
    same = await update(shop, offer, price=euros("2.5000"), stock=7, settles=["no-such-order"])
    assert (same["errors"], same["run"]["status"]) == ([], "COMPLETED")
    changed = await update(shop, offer, price=euros("3"))
    assert (changed["run"]["status"], changed["run"]["awaiting"]) == ("AWAITING", ["supply"])
    rows = [row async for row in shop.market.store.collection("flows_deliveries").find({})]
    (payload,) = [row["payload"] for row in rows]
    assert payload == {
        "offer_id": offer,
        "before": {"price": {"amount": "2.5", "currency": "EUR"}, "stock": 7, "reserved": 0, "available": 7},
        "after": {"price": {"amount": "3", "currency": "EUR"}, "stock": 7, "reserved": 0, "available": 7},
        "settles": [],
    }


async def test_bad_offers_are_told_what_is_wrong(shop: Shop) -> None:
    offer = await shop.offer()
    others = await (await open_shop(shop.market, BOB)).offer()
    product = (await shop.market.ask(f'{{ sellOffer(id: "{others}") {{ product {{ id }} }} }}'))["sellOffer"][
        "product"
    ]["id"]
    foreign = await shop.market.mutate(
        "createSellOffer",
        "sellOffer { id }",
        sellerId=shop.seller_id,
        productId=product,
        price=euros("1"),
    )
    assert faults(foreign) == [("NOT_FOUND", ["productId"])]
    cases: list[tuple[dict[str, Any], str, list[str]]] = [
        ({}, "EMPTY", ["price"]),
        ({"stock": -1}, "NEGATIVE", ["stock"]),
        ({"price": euros("-1")}, "NEGATIVE", ["price", "amount"]),
        ({"price": euros("NaN")}, "NOT_A_NUMBER", ["price", "amount"]),
        ({"price": euros("1e999999")}, "OUT_OF_RANGE", ["price", "amount"]),
        ({"price": {"amount": "1", "currency": "euro"}}, "BAD_CURRENCY", ["price", "currency"]),
        ({"settles": ["o"] * 101}, "TOO_MANY", ["settles"]),
    ]
    for given, code, field in cases:
        assert faults(await update(shop, offer, **given)) == [(code, field)]
    result = await shop.market.execute(
        "mutation($i: UpdateSellOfferInput!) { updateSellOffer(input: $i) { errors { code } } }",
        {"i": {"offerId": offer, "stock": 2**31}},
    )
    assert result.errors is not None
    assert await shop.stock(offer) == (10, 0, 10)


async def test_names_and_titles_say_something(shop: Shop) -> None:
    for name in ("", "  ", "x" * 201, "a\x00b", "\ud800"):
        seller = await shop.market.mutate("createSeller", "seller { id }", name=name)
        product = await shop.market.mutate("createProduct", "product { id }", sellerId=shop.seller_id, title=name)
        assert [field for _, field in faults(seller)] == [["name"]]
        assert [field for _, field in faults(product)] == [["title"]]
        assert (seller["run"], seller["seller"], product["product"]) == (None, None, None)


async def test_a_products_attributes_are_set_and_taken_away(shop: Shop) -> None:
    made = await shop.market.mutate(
        "createProduct",
        "product { id }",
        sellerId=shop.seller_id,
        title="Mug",
        attributes=[{"name": "colour", "value": "red"}, {"name": "a.b$", "value": "1"}],
    )
    updated = await shop.market.mutate(
        "updateProduct",
        "product { attributes { name value } }",
        productId=made["product"]["id"],
        set=[{"name": "size", "value": "L"}, {"name": "colour", "value": "blue"}],
        unset=["a.b$"],
    )
    assert updated["product"]["attributes"] == [
        {"name": "colour", "value": "blue"},
        {"name": "size", "value": "L"},
    ]
    missing = await shop.market.mutate("updateProduct", "product { id }", productId="nothing", unset=["a"])
    assert faults(missing) == [("NOT_FOUND", ["productId"])]


async def test_a_withdrawn_offer_stays_readable_and_is_kept_up_to_date(shop: Shop) -> None:
    offer = await shop.offer(stock=7)
    for _ in range(2):
        withdrawn = await shop.market.mutate("withdrawSellOffer", "sellOffer { status }", offerId=offer)
        assert (withdrawn["errors"], withdrawn["sellOffer"]) == ([], {"status": "WITHDRAWN"})
    assert (await update(shop, offer, stock=3))["sellOffer"] == {
        "stock": 3,
        "available": 3,
        "price": {"amount": "2.5", "currency": "EUR"},
        "status": "WITHDRAWN",
    }


async def test_a_sellers_offers_come_in_pages_newest_last(shop: Shop) -> None:
    made = [await shop.offer() for _ in range(5)]
    query = """
      query($seller: ID!, $first: Int! = 20, $after: String) {
        seller(id: $seller) {
          offers(first: $first, after: $after) {
            edges { node { id } } pageInfo { hasNextPage endCursor }
          }
        }
      }
    """
    seen: list[str] = []
    after = None
    while True:
        data = await shop.market.ask(query, {"seller": shop.seller_id, "first": 2, "after": after})
        offers = data["seller"]["offers"]
        seen += [edge["node"]["id"] for edge in offers["edges"]]
        if not offers["pageInfo"]["hasNextPage"]:
            break
        after = offers["pageInfo"]["endCursor"]
    assert seen == made
    for bad in ({"first": 0}, {"first": 101}, {"after": "nonsense"}):
        result = await shop.market.execute(query, {"seller": shop.seller_id, **bad})
        assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def test_entities_are_resolved_for_those_who_may_see_them(shop: Shop) -> None:
    offer = await shop.offer(stock=7)
    query = """
      query($of: [_Any!]!) { _entities(representations: $of) {
        __typename ... on SellOffer { id available } ... on Seller { name }
      } }
    """
    of = [
        {"__typename": "SellOffer", "id": offer},
        {"__typename": "Seller", "id": shop.seller_id},
        {"__typename": "SellOffer", "id": "nothing"},
    ]
    seen = (await shop.market.ask(query, {"of": of}))["_entities"]
    assert seen == [
        {"__typename": "SellOffer", "id": offer, "available": 7},
        {"__typename": "Seller", "name": "Shop"},
        None,
    ]
    seen = (await shop.market.ask(query, {"of": of}, EVE))["_entities"]
    assert [item and item["__typename"] for item in seen] == ["SellOffer", None, None]
