"""An order is priced, stored, reserved and placed, or it never was."""

from __future__ import annotations

from typing import Any

import pytest

from flows.codec import from_json, to_json
from flows.schema import ChildrenStep, StepContext, Unchanged
from store import VersionedDocument
from subgraphs.market.documents import OfferStatus, OrderDocument, OrderStatus
from subgraphs.market.flows.place_order import PLACE_ORDER, AskedLine, GivenBuyer, PlaceOrder
from subgraphs.market.flows.place_order.flow import (
    before_order,
    drop_order,
    place_order,
    released,
    reservations,
    store_order,
)
from subgraphs.market.flows.place_order.params import check, order_id
from subgraphs.market.flows.place_order.payloads import MarketPlaceOrderCommitOrderPlaced
from subgraphs.market.flows.reservations import ReleaseOffer, ReserveOffer
from subgraphs.shared.money import StoredMoney
from tests.unit.subgraphs.market.things import euros, offer, order
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

CAROL = GivenBuyer("Carol", "carol@example.org")


def asked(*lines: tuple[str, int], buyer: GivenBuyer = CAROL) -> PlaceOrder:
    """An order of these offers and quantities."""
    return PlaceOrder([AskedLine(offer_id, quantity) for offer_id, quantity in lines], buyer)


def context(params: PlaceOrder, *stored: VersionedDocument) -> StepContext[PlaceOrder]:
    """The context of a run that finds two offers, or those given."""
    return step_context(params, *(stored or (offer("o1"), offer("o2", price=euros("4")))))


async def test_the_order_is_stored_at_the_offers_prices_before_anything_is_held() -> None:
    ctx = context(asked(("o1", 2), ("o2", 1)))
    change = changed(await store_order(ctx, None))
    made = change.document
    assert isinstance(made, OrderDocument)
    assert made == order(OrderStatus.PENDING, id=order_id(ctx))
    assert change.result == {"orderId": made.id}
    assert change.hooks == {}


async def test_the_orders_id_belongs_to_its_run() -> None:
    params = asked(("o1", 1))
    assert order_id(step_context(params, run_id="a")) == order_id(step_context(params, run_id="a"))
    assert order_id(step_context(params, run_id="a")) != order_id(step_context(params, run_id="b"))


async def test_lines_of_one_offer_are_one() -> None:
    ctx = context(asked(("o1", 2), ("o2", 1), ("o1", 3)))
    made = changed(await store_order(ctx, None)).document
    assert isinstance(made, OrderDocument)
    assert [(line.offer_id, line.quantity) for line in made.lines] == [("o1", 5), ("o2", 1)]
    assert made.total == euros("16.5")
    assert {key: child.quantity for key, child in (await reservations(ctx)).items()} == {"o1": 5, "o2": 1}


async def test_the_offers_plugins_are_asked_first() -> None:
    ctx = context(asked(("o1", 2), ("o2", 1)))
    calls = await before_order(ctx, None)
    assert isinstance(calls, dict)
    call = calls["beforeOrder"]
    assert list(call.targets) == ["market:SellOffer:o1", "market:SellOffer:o2"]
    assert to_json(call.payload) == {
        "order_id": order_id(ctx),
        "seller_id": "s1",
        "lines": [
            {"offer_id": "o1", "quantity": 2, "unit_price": {"amount": "2.5", "currency": "EUR"}},
            {"offer_id": "o2", "quantity": 1, "unit_price": {"amount": "4", "currency": "EUR"}},
        ],
        "buyer": {"name": "Carol", "email": "carol@example.org"},
    }


async def test_placing_tells_the_offers_plugins() -> None:
    ctx = context(asked(("o1", 2), ("o2", 1)))
    change = changed(await place_order(ctx, order(OrderStatus.PENDING, id=order_id(ctx))))
    assert change.document == order(OrderStatus.PLACED, id=order_id(ctx))
    call = change.hooks["orderPlaced"]
    assert list(call.targets) == ["market:SellOffer:o1", "market:SellOffer:o2"]
    assert to_json(call.payload)["total"] == {"amount": "9", "currency": "EUR"}
    assert from_json(MarketPlaceOrderCommitOrderPlaced, to_json(call.payload)) == call.payload


async def test_only_a_pending_order_is_placed() -> None:
    ctx = context(asked(("o1", 1)))
    for found in (None, order(OrderStatus.PLACED), order(OrderStatus.CANCELLED)):
        assert await place_order(ctx, found) == Unchanged({"orderId": order_id(ctx)})


IMPOSSIBLE: list[tuple[list[tuple[str, int]], list[dict[str, Any]], str, tuple[str, ...]]] = [
    ([("o1", 1), ("x", 1)], [{}], "NOT_FOUND", ("lines", "1", "offerId")),
    ([("o1", 11)], [{}], "OUT_OF_STOCK", ("lines", "0", "quantity")),
    ([("o1", 6), ("o1", 5)], [{}], "OUT_OF_STOCK", ("lines", "0", "quantity")),
    ([("o1", 4)], [{"reservations": {"other": 7}}], "OUT_OF_STOCK", ("lines", "0", "quantity")),
    ([("o1", 1)], [{"status": OfferStatus.WITHDRAWN}], "OFFER_WITHDRAWN", ("lines", "0", "quantity")),
    ([("o1", 1), ("o2", 1)], [{}, {"seller_id": "s2"}], "SEVERAL_SELLERS", ("lines", "1", "offerId")),
    (
        [("o1", 1), ("o2", 1)],
        [{}, {"price": StoredMoney(amount="1", currency="GBP")}],
        "MIXED_CURRENCIES",
        ("lines", "1", "offerId"),
    ),
]


@pytest.mark.parametrize(("lines", "offers", "code", "field"), IMPOSSIBLE)
async def test_impossible_orders_are_refused_before_any_plugin_is_asked(
    lines: list[tuple[str, int]], offers: list[dict[str, Any]], code: str, field: tuple[str, ...]
) -> None:
    stored = [offer(f"o{number}", **fields) for number, fields in enumerate(offers, 1)]
    ctx = context(asked(*lines), *stored)
    assert refused(await before_order(ctx, None)) == (code, field)
    assert refused(await store_order(ctx, None)) == (code, field)


async def test_an_order_that_was_not_placed_is_gone() -> None:
    ctx = context(asked(("o1", 1)))
    dropped = changed(await drop_order(ctx, order(OrderStatus.PENDING)))
    assert dropped.document.deleted
    assert await drop_order(ctx, None) == Unchanged()


async def test_what_was_held_is_released_by_another_flow() -> None:
    ctx = context(asked(("o1", 2)))
    held = (await reservations(ctx))["o1"]
    assert held == ReserveOffer("o1", order_id(ctx), 2)
    assert released(ctx, "o1", held, None) == ReleaseOffer("o1", order_id(ctx))
    step = PLACE_ORDER.step("reserve")
    assert isinstance(step, ChildrenStep)
    assert (step.flow, step.undo_flow) == ("reserveOffer", "releaseOffer")


def test_a_run_is_about_its_offers() -> None:
    assert PLACE_ORDER.object_refs(asked(("o1", 1), ("o2", 1), ("o1", 1))) == [
        "market:SellOffer:o1",
        "market:SellOffer:o2",
    ]


def test_bad_input_is_named() -> None:
    assert check(asked(("o1", 1))) == []
    assert codes(check(asked(buyer=GivenBuyer(" ", "carol")))) == {
        ("EMPTY", ("lines",)),
        ("BLANK", ("buyer", "name")),
        ("BAD_EMAIL", ("buyer", "email")),
    }
    assert codes(check(asked(("o1", 0), ("", 2**31)))) == {
        ("NOT_POSITIVE", ("lines", "0", "quantity")),
        ("NOT_FOUND", ("lines", "1", "offerId")),
        ("OUT_OF_RANGE", ("lines", "1", "quantity")),
    }
    assert codes(check(asked(*[("o1", 1)] * 101))) == {("TOO_MANY", ("lines",))}
