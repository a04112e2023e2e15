"""The market plugin: a good's changes reach its sell offer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_sdk import UserErrors
from plugin_sdk.testing import Complete, Failed, Harness, connection
from plugins.market import plugin
from plugins.market.attributes import attribute_change

STOCK = "commerce_adjustStock_commit_stockChanged"
PRICE = "commerce_setPrice_commit_priceChanged"
ATTRIBUTES = "commerce_updateGoodAttributes_commit_attributesChanged"
LINKED = connection("commerce:Good:g1", links={"sellOffer": "market:SellOffer:o1"})
UNLINKED = connection("commerce:Good:g1")
ACCEPTED: dict[str, Any] = {"errors": []}


@pytest.mark.parametrize(
    ("sale_id", "sale", "settles"),
    [
        (None, None, []),
        ("s1", {"externalRef": None}, []),
        ("s1", {"externalRef": "order-1"}, ["order-1"]),
    ],
)
async def test_stock_reaches_the_offer_and_settles_its_order(sale_id: Any, sale: Any, settles: Any) -> None:
    delivered = await Harness(plugin).deliver(
        STOCK,
        payload={"after": 7, "saleId": sale_id, "sale": sale},
        connections=[LINKED],
        graphql={"updateSellOffer": ACCEPTED},
    )
    assert delivered.outcome == Complete()
    (call,) = delivered.calls
    assert call.variables == {"input": {"offerId": "o1", "stock": 7, "settles": settles}}


async def test_a_sale_that_cannot_be_read_is_waited_for() -> None:
    """Sending the stock without its settlement would count the order twice."""
    delivered = await Harness(plugin).deliver(
        STOCK, payload={"after": 7, "saleId": "s1"}, forbidden=["sale"], connections=[LINKED]
    )
    assert isinstance(delivered.outcome, Failed)
    assert delivered.calls == []


async def test_the_price_reaches_the_offer() -> None:
    delivered = await Harness(plugin).deliver(
        PRICE,
        payload={"after": {"amount": "9.90", "currency": "EUR"}},
        connections=[LINKED],
        graphql={"updateSellOffer": ACCEPTED},
    )
    (call,) = delivered.calls
    assert call.variables == {"input": {"offerId": "o1", "price": {"amount": "9.90", "currency": "EUR"}}}


def attributes(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def offer(**values: str) -> dict[str, Any]:
    return {"product": {"id": "p1", "attributes": attributes(**values)}}


async def test_the_product_gets_the_goods_attributes() -> None:
    delivered = await Harness(plugin).deliver(
        ATTRIBUTES,
        payload={"attributes": attributes(colour="red", size="L")},
        connections=[LINKED],
        graphql={"sellOffer": offer(colour="blue", weight="1"), "updateProduct": ACCEPTED},
    )
    assert delivered.outcome == Complete()
    assert delivered.calls[1].variables == {
        "input": {"productId": "p1", "set": attributes(colour="red", size="L"), "unset": ["weight"]}
    }


async def test_a_product_that_is_equal_is_left_alone() -> None:
    delivered = await Harness(plugin).deliver(
        ATTRIBUTES,
        payload={"attributes": attributes(colour="red")},
        connections=[LINKED],
        graphql={"sellOffer": offer(colour="red")},
    )
    assert delivered.outcome == Complete()
    assert [call.field for call in delivered.calls] == ["sellOffer"]


@pytest.mark.parametrize("found", [None, {"product": None}])
async def test_a_product_that_cannot_be_read_fails_the_attempt(found: Any) -> None:
    delivered = await Harness(plugin).deliver(
        ATTRIBUTES, payload={"attributes": []}, connections=[LINKED], graphql={"sellOffer": found}
    )
    assert isinstance(delivered.error, LookupError)


@pytest.mark.parametrize("hook_id", [STOCK, PRICE, ATTRIBUTES])
async def test_a_good_without_the_link_has_nothing_to_keep_in_step(hook_id: str) -> None:
    delivered = await Harness(plugin).deliver(hook_id, connections=[UNLINKED])
    assert (delivered.outcome, delivered.calls) == (Complete(), [])


async def test_an_update_that_is_refused_is_tried_again() -> None:
    refused = {"errors": [{"code": "NOT_FOUND", "message": "no such offer"}]}
    delivered = await Harness(plugin).deliver(
        PRICE,
        payload={"after": {"amount": "1", "currency": "EUR"}},
        connections=[LINKED],
        graphql={"updateSellOffer": refused},
    )
    assert isinstance(delivered.error, UserErrors)
    assert delivered.error.codes == {"NOT_FOUND"}


ATTRIBUTE_MAPS = st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=4)


@settings(deadline=None)
@given(ATTRIBUTE_MAPS, ATTRIBUTE_MAPS)
def test_the_change_makes_them_equal(wanted: dict[str, str], present: dict[str, str]) -> None:
    change = attribute_change(wanted, present)
    after = {name: value for name, value in {**present, **dict(change.set)}.items() if name not in change.unset}
    assert after == wanted
    assert bool(change) == (wanted != present)


def test_the_manifest_names_what_it_connects_to_and_may_do() -> None:
    manifest = plugin.manifest()
    assert (manifest["tag"], manifest["objTypes"]) == ("market", ["Good"])
    assert {hook["id"] for hook in manifest["hooks"]} == {STOCK, PRICE, ATTRIBUTES}
    assert {hook["mode"] for hook in manifest["hooks"]} == {"ASYNC"}
