"""Orders through Market's schema, on a real store."""

from __future__ import annotations

import asyncio
from typing import Any

from identity import Principal, PrincipalKind
from tests.integration.subgraphs.running import ADA, BOB, plugin
from tests.integration.subgraphs_market.market import ORDER, Shop, faults, open_shop

ORDER_QUERY = f"query($id: ID!) {{ {ORDER.replace('order', 'order(id: $id)', 1)} }}"


async def test_an_order_reserves_its_offers(shop: Shop) -> None:
    mugs, plates = await shop.offer(stock=10), await shop.offer(stock=5, price="0.10")
    placed = await shop.place((mugs, 2), (plates, 1))
    assert (placed["errors"], placed["run"]["status"]) == ([], "COMPLETED")
    assert placed["order"]["status"] == "PLACED"
    assert placed["order"]["total"] == {"amount": "5.1", "currency": "EUR"}
    assert await shop.stock(mugs) == (10, 2, 8)
    assert await shop.stock(plates) == (5, 1, 4)


async def test_lines_of_one_offer_count_together(shop: Shop) -> None:
    mugs = await shop.offer(stock=3)
    assert faults(await shop.place((mugs, 2), (mugs, 2))) == [("OUT_OF_STOCK", ["lines", "0", "quantity"])]
    placed = await shop.place((mugs, 2), (mugs, 1))
    assert placed["order"]["lines"] == [{"offerId": mugs, "quantity": 3}]
    assert await shop.stock(mugs) == (3, 3, 0)


async def test_an_order_that_cannot_be_served_leaves_nothing(shop: Shop) -> None:
    mugs, plates = await shop.offer(stock=10), await shop.offer(stock=0)
    refused = await shop.place((mugs, 2), (plates, 1))
    assert faults(refused) == [("OUT_OF_STOCK", ["lines", "1", "quantity"])]
    assert (refused["run"]["status"], refused["order"]) == ("REJECTED", None)
    assert await shop.stock(mugs) == (10, 0, 10)
    assert await orders(shop) == []


async def test_of_orders_that_want_the_same_stock_as_many_win_as_it_serves(shop: Shop) -> None:
    mugs, plates = await shop.offer(stock=5), await shop.offer(stock=100)
    answers = await asyncio.gather(*(shop.place((mugs, 2), (plates, 1)) for _ in range(5)))
    placed = [answer for answer in answers if not answer["errors"]]
    assert len(placed) == 2
    assert {faults(answer)[0][0] for answer in answers if answer["errors"]} == {"OUT_OF_STOCK"}
    assert all(answer["order"] is None for answer in answers if answer["errors"])
    assert await shop.stock(mugs) == (5, 4, 1)
    assert await shop.stock(plates) == (100, 2, 98)
    assert await orders(shop) == sorted(answer["order"]["id"] for answer in placed)


async def test_the_same_key_places_one_order(shop: Shop) -> None:
    mugs = await shop.offer()
    first = await shop.place((mugs, 1), key="k1")
    again = await shop.place((mugs, 1), key="k1")
    assert again["order"]["id"] == first["order"]["id"]
    assert again["run"]["id"] == first["run"]["id"]
    assert await shop.stock(mugs) == (10, 1, 9)


async def test_cancelling_releases_and_twice_is_harmless(shop: Shop) -> None:
    mugs, plates = await shop.offer(), await shop.offer()
    order = (await shop.place((mugs, 2), (plates, 3)))["order"]["id"]
    cancelled = await cancel(shop, order, reason="no longer wanted")
    assert (cancelled["errors"], cancelled["run"]["status"]) == ([], "COMPLETED")
    assert cancelled["order"]["status"] == "CANCELLED"
    assert cancelled["order"]["cancelReason"] == "no longer wanted"
    again = await cancel(shop, order, reason="again")
    assert (again["errors"], again["order"]["cancelReason"]) == ([], "no longer wanted")
    assert await shop.stock(mugs) == (10, 0, 10)
    assert await shop.stock(plates) == (10, 0, 10)


async def test_two_runs_that_cancel_one_order_release_it_once(shop: Shop) -> None:
    mugs = await shop.offer()
    order = (await shop.place((mugs, 2)))["order"]["id"]
    await shop.place((mugs, 3))
    answers = await asyncio.gather(*(cancel(shop, order) for _ in range(3)))
    assert [answer["errors"] for answer in answers] == [[], [], []]
    assert await shop.stock(mugs) == (10, 3, 7)


async def test_stock_and_settlement_are_one_write(shop: Shop) -> None:
    mugs = await shop.offer(stock=10)
    order = (await shop.place((mugs, 4)))["order"]["id"]
    await shop.place((mugs, 1))
    settled = await shop.market.mutate(
        "updateSellOffer", "sellOffer { stock reserved available }", offerId=mugs, stock=6, settles=[order]
    )
    assert settled["sellOffer"] == {"stock": 6, "reserved": 1, "available": 5}
    await cancel(shop, order)
    assert await shop.stock(mugs) == (6, 1, 5)


async def test_stock_below_what_orders_hold_shows_nothing_available(shop: Shop) -> None:
    mugs = await shop.offer(stock=10)
    await shop.place((mugs, 8))
    await shop.market.mutate("updateSellOffer", "sellOffer { id }", offerId=mugs, stock=3)
    assert await shop.stock(mugs) == (3, 8, 0)
    assert faults(await shop.place((mugs, 1))) == [("OUT_OF_STOCK", ["lines", "0", "quantity"])]


async def test_bad_orders_are_told_what_is_wrong(shop: Shop) -> None:
    mugs, pounds = await shop.offer(), await shop.offer(currency="GBP")
    other = await (await open_shop(shop.market, BOB)).offer()
    gone = await shop.offer()
    await shop.market.mutate("withdrawSellOffer", "sellOffer { status }", offerId=gone)
    cases: list[tuple[Any, str, list[str]]] = [
        (shop.place(), "EMPTY", ["lines"]),
        (shop.place((mugs, 0)), "NOT_POSITIVE", ["lines", "0", "quantity"]),
        (shop.place((mugs, -1)), "NOT_POSITIVE", ["lines", "0", "quantity"]),
        (shop.place(("nothing", 1)), "NOT_FOUND", ["lines", "0", "offerId"]),
        (shop.place((mugs, 1), ("$x\ud800.", 1)), "NOT_FOUND", ["lines", "1", "offerId"]),
        (shop.place((mugs, 1), (other, 1)), "SEVERAL_SELLERS", ["lines", "1", "offerId"]),
        (shop.place((mugs, 1), (pounds, 1)), "MIXED_CURRENCIES", ["lines", "1", "offerId"]),
        (shop.place((gone, 1)), "OFFER_WITHDRAWN", ["lines", "0", "quantity"]),
        (shop.place((mugs, 1), name=" "), "BLANK", ["buyer", "name"]),
        (shop.place((mugs, 1), email="carol"), "BAD_EMAIL", ["buyer", "email"]),
        (shop.place((mugs, 1), email=f"{'c' * 300}@example.org"), "TOO_LONG", ["buyer", "email"]),
        (cancel(shop, "nothing"), "NOT_FOUND", ["orderId"]),
    ]
    for answer, code, field in cases:
        payload = await answer
        assert faults(payload) == [(code, field)]
        assert payload["order"] is None
    assert await shop.stock(mugs) == (10, 0, 10)


async def test_an_order_is_seen_by_its_seller_and_who_placed_it(shop: Shop) -> None:
    mugs = await shop.offer()
    order = (await shop.place((mugs, 1), who=BOB))["order"]["id"]
    for who in (ADA, BOB):
        assert (await shop.market.ask(ORDER_QUERY, {"id": order}, who))["order"]["id"] == order
    eve = Principal(PrincipalKind.USER, "eve", "Eve")
    assert await shop.market.ask(ORDER_QUERY, {"id": order}, eve) == {"order": None}
    assert faults(await cancel(shop, order, who=eve)) == [("NOT_FOUND", ["orderId"])]
    refused = await shop.market.execute(
        "mutation($id: ID!) { cancelOrder(input: {orderId: $id}) { errors { code } } }", {"id": order}, BOB
    )
    assert refused.errors[0].extensions["code"] == "FORBIDDEN"
    assert await orders(shop) == [order]
    listing = f'{{ orders(sellerId: "{shop.seller_id}") {{ edges {{ node {{ id }} }} }} }}'
    assert await shop.market.ask(listing, who=BOB) == {"orders": None}


async def test_the_run_of_an_order_is_seen_by_its_seller_and_who_placed_it(shop: Shop) -> None:
    mugs = await shop.offer()
    placed = await shop.place((mugs, 1), who=BOB)
    query = "query($id: ID!) { marketRun(id: $id) { flow objectRefs } }"
    for who in (ADA, BOB):
        run = (await shop.market.ask(query, {"id": placed["run"]["id"]}, who))["marketRun"]
        assert run["flow"] == "placeOrder"
        assert {f"market:SellOffer:{mugs}", f"market:Order:{placed['order']['id']}"} <= {*run["objectRefs"]}
    eve = Principal(PrincipalKind.USER, "eve", "Eve")
    assert (await shop.market.ask(query, {"id": placed["run"]["id"]}, eve))["marketRun"] is None


async def test_a_plugin_orders_and_cancels_where_it_is_authorized(shop: Shop) -> None:
    mugs = await shop.offer()
    commerce = plugin("commerce", "market.orders.write", "market.orders.read")
    assert faults(await shop.place((mugs, 1), who=commerce)) == [("NOT_FOUND", ["lines", "0", "offerId"])]
    await shop.market.authorize("commerce", f"market:Seller:{shop.seller_id}", "market.orders.write")
    order = (await shop.place((mugs, 1), who=commerce))["order"]["id"]
    assert (await cancel(shop, order, who=commerce))["errors"] == []


async def test_the_plugins_of_an_orders_offers_are_told(shop: Shop) -> None:
    mugs, plates = await shop.offer(), await shop.offer()
    hook = "market_placeOrder_commit_orderPlaced"
    refs = [f"market:SellOffer:{offer}" for offer in (mugs, plates)]
    await shop.market.connect("commerce", refs, f"market:Seller:{shop.seller_id}", {hook: "ASYNC"})
    placed = await shop.place((mugs, 2), (plates, 1))
    assert (placed["run"]["status"], placed["run"]["awaiting"]) == ("AWAITING", ["commerce"])
    rows = [row async for row in shop.market.store.collection("flows_deliveries").find({})]
    assert [row["hook_id"] for row in rows] == [hook]
    assert sorted(item["object_ref"] for item in rows[0]["connections"]) == sorted(refs)


async def orders(shop: Shop) -> list[str]:
    """Ids of the seller's orders."""
    query = f'{{ orders(sellerId: "{shop.seller_id}") {{ edges {{ node {{ id }} }} }} }}'
    data = await shop.market.ask(query)
    return sorted(edge["node"]["id"] for edge in data["orders"]["edges"])


async def cancel(shop: Shop, order_id: str, who: Any = ADA, **given: str) -> Any:
    """Cancel an order."""
    return await shop.market.mutate("cancelOrder", ORDER, who=who, orderId=order_id, **given)
