"""Sellers, products and offers: what their flows write, and what they leave alone."""

from __future__ import annotations

from decimal import Decimal

from flows.codec import from_json, to_json
from flows.schema import Unchanged
from subgraphs.market.documents import OfferStatus, SellOfferDocument
from subgraphs.market.flows import FLOWS
from subgraphs.market.flows.create_product import CreateProduct, create_product
from subgraphs.market.flows.create_product import check as check_product
from subgraphs.market.flows.create_sell_offer import CreateSellOffer, create_offer
from subgraphs.market.flows.create_sell_offer import check as check_offer
from subgraphs.market.flows.create_seller import CREATE_SELLER, CreateSeller, create_seller
from subgraphs.market.flows.update_product import UpdateProduct, update_product
from subgraphs.market.flows.update_product import check as check_update
from subgraphs.market.flows.update_sell_offer import (
    MarketUpdateSellOfferCommitOfferChanged,
    UpdateSellOffer,
    change_offer,
    check,
)
from subgraphs.market.flows.withdraw_sell_offer import WithdrawSellOffer, withdraw
from subgraphs.shared.attributes import AttributeValue, StoredAttribute
from subgraphs.shared.checks import MOST_LINES
from subgraphs.shared.money import Amount
from tests.unit.subgraphs.market.things import euros, offer, product
from tests.unit.subgraphs.steps import changed, codes, refused, step_context


async def test_every_flow_that_clients_run_is_there() -> None:
    assert [flow.tag for flow in FLOWS] == [
        "createSeller",
        "createProduct",
        "updateProduct",
        "createSellOffer",
        "updateSellOffer",
        "withdrawSellOffer",
        "placeOrder",
        "cancelOrder",
        "updateSeller",
        "reserveOffer",
        "releaseOffer",
    ]


async def test_a_seller_is_made_once_for_a_run() -> None:
    ctx = step_context(CreateSeller("Shop"))
    change = changed(await create_seller(ctx, None))
    assert change.result == {"sellerId": change.document.id}
    assert CREATE_SELLER.steps[0].tag == "commit"
    assert CREATE_SELLER.steps[1].tag == "owner"


async def test_an_offer_sells_a_product_of_its_seller() -> None:
    wanted = CreateSellOffer("s1", "p1", Amount(Decimal("2.50"), "EUR"), 10)
    made = changed(await create_offer(step_context(wanted, product()), None)).document
    assert isinstance(made, SellOfferDocument)
    assert (made.stock, made.available, made.price, made.status) == (10, 10, euros("2.5"), OfferStatus.ACTIVE)
    assert (made.object_ref, made.owner_ref) == (f"market:SellOffer:{made.id}", "market:Seller:s1")
    for stored in ((), (product(seller_id="s2"),), (product(deleted=True),)):
        assert refused(await create_offer(step_context(wanted, *stored), None)) == ("NOT_FOUND", ("productId",))
    assert codes(check_offer(CreateSellOffer("s1", "", Amount(Decimal(-1), "eur"), -1))) == {
        ("NOT_FOUND", ("productId",)),
        ("NEGATIVE", ("price", "amount")),
        ("BAD_CURRENCY", ("price", "currency")),
        ("NEGATIVE", ("stock",)),
    }


async def test_a_products_attributes_keep_their_order() -> None:
    made = changed(await create_product(step_context(CreateProduct("s1", "Mug", [AttributeValue("b", "1")])), None))
    stored = product(attributes=[StoredAttribute(name="b", value="1"), StoredAttribute(name="a", value="2")])
    assert made.result == {"productId": made.document.id}
    update = UpdateProduct("p1", [AttributeValue("c", "3"), AttributeValue("b", "0")], ["a"])
    change = changed(await update_product(step_context(update), stored))
    assert change.document == product(
        attributes=[StoredAttribute(name="b", value="0"), StoredAttribute(name="c", value="3")]
    )
    same = UpdateProduct("p1", [AttributeValue("b", "1")], ["z"])
    assert await update_product(step_context(same), stored) == Unchanged()
    assert refused(await update_product(step_context(same), None)) == ("NOT_FOUND", ("productId",))


async def test_a_product_has_only_so_many_attributes() -> None:
    full = product(attributes=[StoredAttribute(name=f"a{number}", value="") for number in range(MOST_LINES)])
    more = UpdateProduct("p1", [AttributeValue("one more", "")])
    assert refused(await update_product(step_context(more), full)) == ("TOO_MANY", ("set",))


def test_bad_products_are_named() -> None:
    assert codes(check_product(CreateProduct("s1", " ", [AttributeValue("", "x")]))) == {
        ("BLANK", ("title",)),
        ("BLANK", ("attributes", "name")),
    }
    assert codes(check_update(UpdateProduct("p1"))) == {("EMPTY", ("set",))}
    assert codes(check_update(UpdateProduct("p1", [AttributeValue("a", "1")], ["a"]))) == {("DUPLICATE", ("unset",))}


async def test_price_stock_and_settlement_change_in_one_write() -> None:
    held = offer(reservations={"order-1": 2, "order-2": 3})
    update = UpdateSellOffer("o1", Amount(Decimal(3), "EUR"), 8, ["order-1", "unknown"])
    change = changed(await change_offer(step_context(update), held))
    assert change.document == offer(price=euros("3"), stock=8, reservations={"order-2": 3})
    call = change.hooks["offerChanged"]
    assert list(call.targets) == ["market:SellOffer:o1"]
    assert to_json(call.payload) == {
        "offer_id": "o1",
        "before": {"price": {"amount": "2.5", "currency": "EUR"}, "stock": 10, "reserved": 5, "available": 5},
        "after": {"price": {"amount": "3", "currency": "EUR"}, "stock": 8, "reserved": 3, "available": 5},
        "settles": ["order-1"],
    }
    assert from_json(MarketUpdateSellOfferCommitOfferChanged, to_json(call.payload)) == call.payload


async def test_unchanged_values_change_nothing() -> None:
    update = UpdateSellOffer("o1", Amount(Decimal("2.500"), "EUR"), 10, ["unknown"])
    assert await change_offer(step_context(update), offer(reservations={"order-1": 1})) == Unchanged()
    assert refused(await change_offer(step_context(update), None)) == ("NOT_FOUND", ("offerId",))


async def test_settling_alone_is_a_change() -> None:
    update = UpdateSellOffer("o1", settles=["order-1"])
    change = changed(await change_offer(step_context(update), offer(reservations={"order-1": 1})))
    assert change.document == offer()


def test_bad_updates_are_named() -> None:
    assert codes(check(UpdateSellOffer("o1"))) == {("EMPTY", ("price",))}
    assert codes(check(UpdateSellOffer("o1", stock=-1, settles=["", "x" * 1000]))) == {
        ("NEGATIVE", ("stock",)),
        ("NOT_FOUND", ("settles", "0")),
        ("NOT_FOUND", ("settles", "1")),
    }


async def test_an_offer_is_withdrawn_once() -> None:
    ctx = step_context(WithdrawSellOffer("o1"))
    withdrawn = changed(await withdraw(ctx, offer(reservations={"order-1": 1}))).document
    assert withdrawn == offer(status=OfferStatus.WITHDRAWN, reservations={"order-1": 1})
    assert isinstance(withdrawn, SellOfferDocument)
    assert await withdraw(ctx, withdrawn) == Unchanged()
    assert refused(await withdraw(ctx, None)) == ("NOT_FOUND", ("offerId",))
