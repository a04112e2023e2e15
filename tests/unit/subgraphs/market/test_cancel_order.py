"""An order is cancelled once, and what it held is released."""

from __future__ import annotations

from flows.codec import from_json, to_json
from flows.schema import Unchanged
from subgraphs.market.documents import OrderStatus
from subgraphs.market.flows.cancel_order import (
    CANCEL_ORDER,
    CancelOrder,
    MarketCancelOrderCommitOrderCancelled,
    cancel,
    releases,
)
from subgraphs.market.flows.reservations import ReleaseOffer, ReserveOffer, release, reserve
from tests.unit.subgraphs.market.things import offer, order
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

WANTED = CancelOrder("order-1", "no longer wanted")


async def test_each_offer_of_the_order_is_released() -> None:
    assert await releases(step_context(WANTED, order())) == {
        "o1": ReleaseOffer("o1", "order-1"),
        "o2": ReleaseOffer("o2", "order-1"),
    }


async def test_an_order_that_is_cancelled_has_nothing_to_release() -> None:
    cancelled = order(OrderStatus.CANCELLED, cancel_reason="first")
    assert await releases(step_context(WANTED, cancelled)) == {}
    assert await cancel(step_context(WANTED), cancelled) == Unchanged()


async def test_an_order_that_is_being_placed_cannot_be_cancelled_yet() -> None:
    pending = order(OrderStatus.PENDING)
    assert refused(await releases(step_context(WANTED, pending))) == ("CONFLICT", ("orderId",))


async def test_a_missing_order_is_refused() -> None:
    assert refused(await releases(step_context(WANTED))) == ("NOT_FOUND", ("orderId",))
    assert refused(await cancel(step_context(WANTED), None)) == ("NOT_FOUND", ("orderId",))


async def test_cancelling_tells_the_offers_plugins_why() -> None:
    change = changed(await cancel(step_context(WANTED), order()))
    assert change.document == order(OrderStatus.CANCELLED, cancel_reason="no longer wanted")
    call = change.hooks["orderCancelled"]
    assert list(call.targets) == ["market:SellOffer:o1", "market:SellOffer:o2"]
    stored = to_json(call.payload)
    assert (stored["order_id"], stored["seller_id"], stored["reason"]) == ("order-1", "s1", "no longer wanted")
    assert [line["offer_id"] for line in stored["lines"]] == ["o1", "o2"]
    assert from_json(MarketCancelOrderCommitOrderCancelled, stored) == call.payload


async def test_only_what_the_order_holds_is_released() -> None:
    held = offer(reservations={"order-1": 2, "order-2": 3})
    ctx = step_context(ReleaseOffer("o1", "order-1"))
    assert changed(await release(ctx, held)).document == offer(reservations={"order-2": 3})
    assert await release(ctx, offer(reservations={"order-2": 3})) == Unchanged()
    assert await release(ctx, None) == Unchanged()


async def test_a_reservation_of_an_offer_that_is_gone_is_refused() -> None:
    ctx = step_context(ReserveOffer("o1", "order-1", 1))
    assert refused(await reserve(ctx, None)) == ("NOT_FOUND", ("lines",))


def test_an_endless_reason_is_bad_input() -> None:
    assert codes(list(CANCEL_ORDER.check(CancelOrder("order-1", "x" * 2001)))) == {("TOO_LONG", ("reason",))}
