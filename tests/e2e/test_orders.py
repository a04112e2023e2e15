"""Scenario 3: orders in Market become sales in Commerce, and nothing is sold twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.e2e import IN_STACK
from tests.e2e.selling import Bounds, watched
from tests.e2e.shop import Shop, Ware, flows
from tests.support.gql import Caller

pytestmark = IN_STACK


async def test_an_order_becomes_a_sale_and_settles_its_reservation(shop: Shop) -> None:
    # Given sell offers connected to `commerce`, linked to goods.
    tea, pot = await shop.ware("tea", stock=10), await shop.ware("pot", stock=5)
    # When `placeOrder` of 2 of one and 1 of another.
    order = await shop.place((tea, 2), (pot, 1), email="carol@example.org")
    assert (await shop.owner.finished(order.run))["status"] == "COMPLETED"
    runs = await shop.at_rest(tea.good_ref, pot.good_ref, tea.offer_ref, pot.offer_ref)
    # Then Commerce has a customer with the buyer's e-mail,
    assert await shop.customers() == [{"name": "Carol", "email": "carol@example.org"}]
    # one sale of both lines, with `externalRef` = the order,
    (sale,) = await shop.sales()
    assert (sale["status"], sale["externalRef"]) == ("COMPLETED", order.id)
    assert sale["customer"] == {"email": "carol@example.org"}
    assert {line["good"]["id"]: line["quantity"] for line in sale["lines"]} == {tea.good: 2, pot.good: 1}
    assert len(sale["lines"]) == 2
    # and the goods' stocks are 2 and 1 less,
    assert (await shop.stock(tea.good), await shop.stock(pot.good)) == (8, 4)
    # which sets the offers' stock and settles their reservations.
    assert await shop.numbers(tea) == (8, 0, 8)
    assert await shop.numbers(pot) == (4, 0, 4)
    # And the chain of causes ends: no run but these, and all are at their end.
    moved = [run for run in runs if run["flow"] in ("placeOrder", "adjustStock", "updateSellOffer", "cancelOrder")]
    assert flows(moved) == ["adjustStock", "adjustStock", "placeOrder", "updateSellOffer", "updateSellOffer"]


async def test_one_customer_however_often_a_buyer_orders(shop: Shop) -> None:
    tea = await shop.ware("tea", stock=10)
    # When Carol orders three times, two of them at once, and Dave once.
    first = await shop.place((tea, 1), email="carol@example.org")
    await shop.owner.finished(first.run)
    others = await asyncio.gather(
        shop.place((tea, 1), email="carol@example.org"),
        shop.place((tea, 1), email="carol@example.org"),
        shop.place((tea, 1), email="dave@example.org"),
    )
    for order in others:
        assert (await shop.owner.finished(order.run))["status"] == "COMPLETED"
    await shop.at_rest(tea.good_ref, tea.offer_ref)
    # Then there are two customers and four sales.
    customers = await shop.customers()
    assert sorted(customer["email"] for customer in customers) == ["carol@example.org", "dave@example.org"]
    sales = await shop.sales()
    assert sorted(sale["externalRef"] for sale in sales) == sorted(order.id for order in (first, *others))
    assert [sale["customer"]["email"] for sale in sales].count("carol@example.org") == 3
    assert await shop.numbers(tea) == (6, 0, 6)


async def test_available_is_right_at_every_moment(shop: Shop) -> None:
    """Orders and stock changes of both signs interleave; there is enough of everything, so each succeeds."""
    tea, pot = await shop.ware("tea", stock=40), await shop.ware("pot", stock=40)
    bounds = {tea: Bounds(40), pot: Bounds(40)}

    async def order(*lines: tuple[Ware, int]) -> None:
        for ware, quantity in lines:
            bounds[ware].send(-quantity)
        placed = await shop.place(*lines)
        for ware, quantity in lines:
            bounds[ware].answer(-quantity)
        assert (await shop.owner.finished(placed.run))["status"] == "COMPLETED"

    async def adjust(ware: Ware, delta: int) -> None:
        bounds[ware].send(delta)
        payload = await shop.adjust(ware.good, delta)
        assert payload["errors"] == []
        assert (await shop.owner.finished(payload["run"]))["status"] == "COMPLETED"
        bounds[ware].answer(delta)

    async with watched(shop, bounds) as watch:
        await asyncio.gather(
            order((tea, 2), (pot, 1)),
            adjust(tea, -3),
            order((tea, 1)),
            adjust(pot, 4),
            order((pot, 2), (tea, 1)),
            adjust(tea, 2),
            order((tea, 3)),
            adjust(tea, -1),
        )
        await shop.at_rest(tea.good_ref, pot.good_ref, tea.offer_ref, pot.offer_ref)
    assert len(set(watch.seen[tea])) > 3, "it moved while it was watched"
    # In the end both sides agree: -2 -3 -1 -1 +2 -3 -1, and -1 +4 -2.
    assert (await shop.stock(tea.good), await shop.stock(pot.good)) == (31, 41)
    assert await shop.numbers(tea) == (31, 0, 31)
    assert await shop.numbers(pot) == (41, 0, 41)


async def test_nothing_is_sold_twice_where_more_is_wanted_than_there_is(shop: Shop) -> None:
    tea = await shop.ware("tea", stock=7)
    # When five orders of 2 and a stock change of -1 come at once.
    *attempts, adjusted = await asyncio.gather(
        *(shop.attempt_order((tea, 2), email=f"buyer{number}@example.org") for number in range(5)),
        shop.adjust(tea.good, -1),
    )
    accepted = [payload for payload in attempts if not payload["errors"]]
    for payload in accepted:
        assert (await shop.owner.finished(payload["run"]))["status"] == "COMPLETED"
    await shop.at_rest(tea.good_ref, tea.offer_ref)
    # Then those refused at once were told why,
    refused = [error["code"] for payload in attempts for error in payload["errors"]]
    assert set(refused) <= {"OUT_OF_STOCK"}
    # each accepted order is either sold, once, or cancelled with the reason,
    sales = [sale for sale in await shop.sales() if sale["status"] == "COMPLETED"]
    sold = {sale["externalRef"] for sale in sales}
    assert len(sold) == len(sales)
    for payload in accepted:
        order = await shop.order(payload["order"]["id"])
        assert order["status"] == ("PLACED" if payload["order"]["id"] in sold else "CANCELLED")
        assert order["cancelReason"] is None or "OUT_OF_STOCK" in order["cancelReason"]
    # no more is sold than there was, as much as could be,
    taken = 1 if adjusted["errors"] == [] else 0
    stock = await shop.stock(tea.good)
    assert stock == 7 - taken - 2 * len(sales)
    assert len(sales) == 3
    # and Market says what Commerce has.
    assert await shop.numbers(tea) == (stock, 0, stock)


async def test_an_order_that_commerce_cannot_fill_is_cancelled_and_released(shop: Shop, admin: Caller) -> None:
    tea, pot = await shop.ware("tea", stock=3), await shop.ware("pot", stock=5)
    async with disabled(admin, "market"):
        # Given stock that went elsewhere, of which Market does not know yet.
        payload = await shop.adjust(tea.good, -2)
        assert payload["run"]["awaiting"] == ["market"]
        assert await shop.numbers(tea) == (3, 0, 3)
        # When it is ordered together with something that is there,
        order = await shop.place((pot, 1), (tea, 2))
        assert (await shop.owner.finished(order.run))["status"] == "COMPLETED"
        # then the plugin cancels the order with the reason,
        cancelled = await shop.order(order.id)
        assert cancelled["status"] == "CANCELLED"
        assert "OUT_OF_STOCK" in cancelled["cancelReason"]
        # and the reservations are released.
        assert await shop.numbers(tea) == (3, 0, 3)
        assert await shop.numbers(pot) == (5, 0, 5)
    # When Market hears of the stock change, it has what Commerce has,
    await shop.at_rest(tea.good_ref, pot.good_ref, tea.offer_ref, pot.offer_ref)
    assert (await shop.stock(tea.good), await shop.stock(pot.good)) == (1, 5)
    assert await shop.numbers(tea) == (1, 0, 1)
    assert await shop.numbers(pot) == (5, 0, 5)
    # and no sale stands.
    assert [sale for sale in await shop.sales() if sale["status"] == "COMPLETED"] == []


async def test_cancelling_an_order_takes_its_sale_back(shop: Shop) -> None:
    tea = await shop.ware("tea", stock=10)
    order = await shop.place((tea, 4))
    await shop.owner.finished(order.run)
    await shop.at_rest(tea.good_ref, tea.offer_ref)
    assert await shop.numbers(tea) == (6, 0, 6)
    cancelled = await shop.owner.mutate("cancelOrder", "order { id }", orderId=order.id, reason="changed my mind")
    await shop.owner.finished(cancelled["run"])
    await shop.at_rest(tea.good_ref, tea.offer_ref)
    assert await shop.stock(tea.good) == 10
    assert await shop.numbers(tea) == (10, 0, 10)
    assert [sale["status"] for sale in await shop.sales()] == ["CANCELLED"]


async def test_orders_that_are_cancelled_while_they_are_being_sold(shop: Shop) -> None:
    tea = await shop.ware("tea", stock=10)

    async def place_and_cancel(email: str) -> str:
        order = await shop.place((tea, 3), email=email)
        cancelled = await shop.owner.mutate("cancelOrder", "order { id }", orderId=order.id, reason="never mind")
        for run in (order.run, cancelled["run"]):
            assert (await shop.owner.finished(run))["status"] == "COMPLETED"
        return order.id

    orders = await asyncio.gather(*(place_and_cancel(f"buyer{number}@example.org") for number in range(3)))
    await shop.at_rest(tea.good_ref, tea.offer_ref)
    # Then all is as it was before: nothing is reserved, nothing is sold.
    assert {(await shop.order(order))["status"] for order in orders} == {"CANCELLED"}
    assert {sale["status"] for sale in await shop.sales()} <= {"CANCELLED", "REJECTED"}
    assert await shop.stock(tea.good) == 10
    assert await shop.numbers(tea) == (10, 0, 10)


@asynccontextmanager
async def disabled(admin: Caller, tag: str) -> AsyncIterator[None]:
    """Hold a plugin's deliveries."""
    await admin.mutate("disablePlugin", "plugin { enabled }", pluginTag=tag)
    try:
        yield
    finally:
        await admin.mutate("enablePlugin", "plugin { enabled }", pluginTag=tag)
