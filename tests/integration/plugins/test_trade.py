"""Scenarios 1, 2, 3 and 13 with the real gateway, services and plugins, the workers in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from plugins.market import plugin as market_plugin
from store import Store
from tests.integration.plugins.trade import Trade, at_work, euros, finished, settled, trading


@pytest.fixture
async def trade(store: Store) -> AsyncIterator[Trade]:
    """Commerce and Market."""
    async with trading(store) as trade:
        yield trade


async def test_stock_price_and_attributes_reach_the_offer(trade: Trade) -> None:
    good, offer = await trade.good_with_offer("mug")
    async with at_work(trade, market_plugin):
        commerce = trade.commerce
        changes: list[tuple[str, dict[str, Any]]] = [
            ("adjustStock", {"delta": -3}),
            ("setPrice", {"price": euros("9.90")}),
            ("updateGoodAttributes", {"set": [{"name": "colour", "value": "red"}, {"name": "size", "value": "L"}]}),
            ("updateGoodAttributes", {"set": [{"name": "colour", "value": "blue"}], "unset": ["size"]}),
        ]
        for field, values in changes:
            payload = await commerce.mutate(field, "good { id }", goodId=good, **values)
            assert payload["errors"] == []
            assert await finished(commerce, payload["run"]["id"]) == "COMPLETED"
        seen = await trade.offer(offer)
    assert (seen["stock"], seen["available"], seen["price"]["amount"]) == (7, 7, "9.9")
    assert seen["product"]["attributes"] == [{"name": "colour", "value": "blue"}]


async def test_changes_made_while_the_plugin_was_away_arrive_in_order(trade: Trade) -> None:
    good, offer = await trade.good_with_offer("mug", stock=20)
    payloads = [await trade.commerce.mutate("adjustStock", "good { id }", goodId=good, delta=-1) for _ in range(10)]
    assert {payload["run"]["status"] for payload in payloads} == {"AWAITING"}
    async with at_work(trade, market_plugin):
        for payload in payloads:
            assert await finished(trade.commerce, payload["run"]["id"]) == "COMPLETED"
    assert await trade.numbers(offer) == (10, 0, 10)


async def test_an_order_becomes_a_sale_and_settles_its_reservations(trade: Trade) -> None:
    (mug, mug_offer), (cup, cup_offer) = await trade.good_with_offer("mug"), await trade.good_with_offer("cup")
    async with at_work(trade):
        order, run = await trade.place((mug_offer, 2), (cup_offer, 1))
        assert await finished(trade.market, run) == "COMPLETED"
        await settled(trade)
    assert (await trade.stock(mug), await trade.stock(cup)) == (8, 9)
    assert await trade.numbers(mug_offer) == (8, 0, 8)
    assert await trade.numbers(cup_offer) == (9, 0, 9)
    (sale,) = await trade.sales()
    assert (sale["status"], sale["externalRef"]) == ("COMPLETED", order)
    assert sale["customer"] == {"email": "carol@example.org"}
    assert sorted(line["quantity"] for line in sale["lines"]) == [1, 2]


async def test_an_order_that_cannot_be_served_is_cancelled_and_released(trade: Trade) -> None:
    """The stock went elsewhere while the market plugin was away, so Market did not know."""
    good, offer = await trade.good_with_offer("mug", stock=3)
    await trade.commerce.mutate("adjustStock", "good { id }", goodId=good, delta=-2)
    order, run = await trade.place((offer, 2))
    assert await trade.numbers(offer) == (3, 2, 1)
    async with at_work(trade):
        assert await finished(trade.market, run) == "COMPLETED"
        await settled(trade)
    found = await trade.order(order)
    assert found["status"] == "CANCELLED"
    assert "OUT_OF_STOCK" in found["cancelReason"]
    assert await trade.numbers(offer) == (1, 0, 1)
    assert await trade.stock(good) == 1
    assert [sale["status"] for sale in await trade.sales()] == []


async def test_a_cancelled_order_takes_its_sale_back(trade: Trade) -> None:
    good, offer = await trade.good_with_offer("mug")
    async with at_work(trade):
        order, run = await trade.place((offer, 4))
        assert await finished(trade.market, run) == "COMPLETED"
        cancelled = await trade.market.mutate("cancelOrder", "order { id }", orderId=order, reason="changed my mind")
        assert await finished(trade.market, cancelled["run"]["id"]) == "COMPLETED"
        await settled(trade)
    assert await trade.stock(good) == 10
    assert await trade.numbers(offer) == (10, 0, 10)
    assert [sale["status"] for sale in await trade.sales()] == ["CANCELLED"]


async def test_many_orders_and_stock_changes_at_once_end_right(trade: Trade) -> None:
    """More is asked for than there is: nothing is sold twice, and the two sides agree in the end."""
    good, offer = await trade.good_with_offer("mug", stock=6)
    query: dict[str, Any] = {
        "lines": [{"offerId": offer, "quantity": 2}],
        "buyer": {"name": "Carol", "email": "carol@example.org"},
    }
    async with at_work(trade):
        placed = await asyncio.gather(
            *(trade.market.mutate("placeOrder", "order { id }", **query) for _ in range(5)),
            trade.commerce.mutate("adjustStock", "good { stock }", goodId=good, delta=-1),
        )
        for payload in placed[:-1]:
            if payload["run"] is not None:
                await finished(trade.market, payload["run"]["id"])
        await settled(trade)
    stock = await trade.stock(good)
    sold = [sale for sale in await trade.sales() if sale["status"] == "COMPLETED"]
    taken = 1 if placed[-1]["errors"] == [] else 0
    assert stock == 6 - taken - 2 * len(sold) >= 0
    assert await trade.numbers(offer) == (stock, 0, stock)
    assert len(sold) >= 2


async def test_orders_survive_crashes_of_both_plugins(trade: Trade) -> None:
    """Whatever a worker had done of an order when it was gone is done once: one sale each, and equal stocks."""
    (mug, mug_offer), (cup, cup_offer) = await trade.good_with_offer("mug"), await trade.good_with_offer("cup")
    placed = [await trade.place((mug_offer, 1), (cup_offer, 2)) for _ in range(4)]
    for _, run in placed[:3]:
        async with at_work(trade, crash=True):
            await finished(trade.market, run)
    async with at_work(trade):
        for _, run in placed:
            assert await finished(trade.market, run) == "COMPLETED"
        await settled(trade)
    assert sorted(sale["externalRef"] for sale in await trade.sales()) == sorted(order for order, _ in placed)
    assert {sale["status"] for sale in await trade.sales()} == {"COMPLETED"}
    assert (await trade.stock(mug), await trade.stock(cup)) == (6, 2)
    assert await trade.numbers(mug_offer) == (6, 0, 6)
    assert await trade.numbers(cup_offer) == (2, 0, 2)
