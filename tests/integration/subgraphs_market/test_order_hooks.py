"""What the plugins of an order's offers are told, and what they may do about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from identity import Principal
from tests.integration.subgraphs.running import RunningService, plugin
from tests.integration.subgraphs_market.market import Shop, faults

BEFORE = "market_placeOrder_validate_beforeOrder"
PLACED = "market_placeOrder_commit_orderPlaced"
CANCELLED = "market_cancelOrder_commit_orderCancelled"
LINES = "lines { offerId quantity unitPrice { amount currency } offer { available } }"
HOOKS = f"""
subscription {{ marketHooks(worker: "w1") {{
  ... on MarketHookDelivery {{
    id attempt hookId connections {{ objectRef }}
    payload {{
      __typename
      ... on MarketPlaceOrderValidateBeforeOrder {{ orderId sellerId {LINES} buyer {{ name email }} order {{ id }} }}
      ... on MarketPlaceOrderCommitOrderPlaced {{
        orderId sellerId {LINES} buyer {{ name email }} total {{ amount currency }} order {{ status }}
      }}
      ... on MarketCancelOrderCommitOrderCancelled {{ orderId reason {LINES} order {{ status }} }}
    }}
  }}
}} }}
"""
REPLY = "mutation($input: MarketReplyInput!) { marketReply(input: $input) { errors { code } } }"
COMMERCE = plugin("commerce", "market.orders.read", "market.offers.read")


@asynccontextmanager
async def deliveries(market: RunningService, who: Principal) -> AsyncIterator[AsyncIterator[Any]]:
    """The plugin's deliveries, as results of its subscription."""
    stream = await market.service.schema.subscribe(HOOKS, None, market.context(who))
    assert isinstance(stream, AsyncIterator)

    async def only_deliveries() -> AsyncIterator[Any]:
        async for result in stream:
            if result.data is None or result.data["marketHooks"]:
                yield result

    async with asyncio.timeout(15):
        try:
            yield only_deliveries()
        finally:
            await stream.aclose()


async def reply(market: RunningService, who: Principal, delivery: Any, outcome: dict[str, Any]) -> Any:
    """Answer a delivery."""
    given = {"deliveryId": delivery["id"], "attempt": delivery["attempt"], "outcome": outcome}
    return (await market.ask(REPLY, {"input": given}, who))["marketReply"]


async def connect(shop: Shop, offers: list[str], hooks: dict[str, str], *permissions: str) -> None:
    """Connect and authorize commerce."""
    owner = f"market:Seller:{shop.seller_id}"
    await shop.market.connect("commerce", [f"market:SellOffer:{offer}" for offer in offers], owner, hooks)
    await shop.market.authorize("commerce", owner, *permissions)


async def test_a_plugin_vetoes_an_order_before_anything_is_held(shop: Shop) -> None:
    mugs = await shop.offer(stock=10)
    await connect(shop, [mugs], {BEFORE: "SYNC"}, "market.orders.read", "market.offers.read")
    async with deliveries(shop.market, COMMERCE) as granted, asyncio.TaskGroup() as tasks:
        placing = tasks.create_task(shop.place((mugs, 2)))
        delivery = (await anext(granted)).data["marketHooks"]
        payload = delivery["payload"]
        assert payload["lines"] == [
            {
                "offerId": mugs,
                "quantity": 2,
                "unitPrice": {"amount": "2.5", "currency": "EUR"},
                "offer": {"available": 10},
            }
        ]
        assert (payload["buyer"], payload["order"]) == ({"name": "Carol", "email": "carol@example.org"}, None)
        veto = {"reject": {"code": "NO_MUGS", "message": "not today"}}
        assert (await reply(shop.market, COMMERCE, delivery, veto))["errors"] == []
    answer = placing.result()
    assert faults(answer) == [("NO_MUGS", None)]
    assert (answer["run"]["status"], answer["order"]) == ("REJECTED", None)
    assert await shop.stock(mugs) == (10, 0, 10)


async def test_one_delivery_for_all_offers_of_an_order_and_its_cancellation(shop: Shop) -> None:
    mugs, plates, alone = await shop.offer(), await shop.offer(price="4"), await shop.offer()
    hooks = {PLACED: "ASYNC", CANCELLED: "ASYNC"}
    await connect(shop, [mugs, plates], hooks, "market.orders.read", "market.offers.read")
    order = (await shop.place((mugs, 2), (plates, 1), (alone, 1)))["order"]["id"]
    async with deliveries(shop.market, COMMERCE) as granted:
        delivery = (await anext(granted)).data["marketHooks"]
        assert delivery["hookId"] == PLACED
        assert sorted(item["objectRef"] for item in delivery["connections"]) == sorted(
            [f"market:SellOffer:{mugs}", f"market:SellOffer:{plates}"]
        )
        payload = delivery["payload"]
        assert (payload["orderId"], payload["order"]) == (order, {"status": "PLACED"})
        assert payload["total"] == {"amount": "11.5", "currency": "EUR"}
        assert {line["offerId"]: line["offer"]["available"] for line in payload["lines"]} == {
            mugs: 8,
            plates: 9,
            alone: 9,
        }
        cancelled = await shop.market.mutate(
            "cancelOrder", "order { status }", orderId=order, reason="no longer wanted"
        )
        assert cancelled["order"] == {"status": "CANCELLED"}
        await reply(shop.market, COMMERCE, delivery, {"complete": {}})
        delivery = (await anext(granted)).data["marketHooks"]
        assert (delivery["hookId"], delivery["payload"]["reason"]) == (CANCELLED, "no longer wanted")
        assert delivery["payload"]["order"] == {"status": "CANCELLED"}
        await reply(shop.market, COMMERCE, delivery, {"complete": {}})
    for offer in (mugs, plates, alone):
        assert await shop.stock(offer) == (10, 0, 10)


async def test_a_payload_shows_only_what_the_plugin_may_see(shop: Shop) -> None:
    mugs = await shop.offer()
    await connect(shop, [mugs], {PLACED: "ASYNC"}, "market.offers.read")
    order = (await shop.place((mugs, 2)))["order"]["id"]
    async with deliveries(shop.market, COMMERCE) as granted:
        result = await anext(granted)
    payload = result.data["marketHooks"]["payload"]
    assert (payload["orderId"], payload["order"]) == (order, None)
    assert payload["lines"][0]["offer"] == {"available": 8}
    (error,) = result.errors
    assert error.extensions["code"] == "FORBIDDEN"
    assert error.path == ["marketHooks", "payload", "order"]
