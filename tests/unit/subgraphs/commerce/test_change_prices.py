"""`changePrices` and what it does to one good, without a store."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from flows.schema import OnRefused, Unchanged
from subgraphs.commerce.documents import BusinessDocument, GoodDocument, PriceChangeDocument, PriceChangeStatus
from subgraphs.commerce.flows.change_prices import ChangePrices
from subgraphs.commerce.flows.change_prices.flow import (
    GOODS,
    begin,
    complete,
    give_up,
    goods_of,
    set_back,
    set_price_of,
)
from subgraphs.commerce.flows.change_prices.params import check
from subgraphs.commerce.flows.set_price import SetPrice, change_price
from subgraphs.shared.attributes import AttributeValue
from subgraphs.shared.money import Amount, StoredMoney
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

ASKED = ChangePrices("b1", percent=Decimal(10))


def a_good(amount: str = "2.5") -> GoodDocument:
    """A good of that price."""
    price = StoredMoney(amount=amount, currency="EUR")
    made: GoodDocument = GoodDocument.model_construct(id="g1", business_id="b1", price=price)
    return made


def a_change(status: PriceChangeStatus = PriceChangeStatus.RUNNING) -> PriceChangeDocument:
    """The record of a change."""
    made: PriceChangeDocument = PriceChangeDocument.model_construct(id="c1", business_id="b1", status=status)
    return made


def euros(amount: str) -> Amount:
    """That many euros."""
    return Amount(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        (ASKED, set()),
        (replace(ASKED, percent=None, price=euros("1")), set()),
        (replace(ASKED, percent=None), {("EMPTY", ("percent",))}),
        (replace(ASKED, price=euros("1")), {("DUPLICATE", ("price",))}),
        (replace(ASKED, percent=Decimal("NaN")), {("NOT_A_NUMBER", ("percent",))}),
        (replace(ASKED, percent=Decimal("-100.01")), {("OUT_OF_RANGE", ("percent",))}),
        (replace(ASKED, percent=Decimal("1E+999999")), {("OUT_OF_RANGE", ("percent",))}),
        (replace(ASKED, percent=None, price=euros("-1")), {("NEGATIVE", ("price", "amount"))}),
        (replace(ASKED, decimals=5), {("OUT_OF_RANGE", ("decimals",))}),
        (replace(ASKED, attribute=AttributeValue("", "x")), {("BLANK", ("attribute", "name"))}),
    ],
)
def test_wrong_input_is_refused(params: ChangePrices, wrong: set[Any]) -> None:
    assert codes(check(params)) == wrong


def test_which_goods_it_meets_and_what_becomes_of_them() -> None:
    ctx = step_context(replace(ASKED, attribute=AttributeValue("a", "b"), on_refused=OnRefused.STOP))
    assert goods_of(ctx) == {"business_id": "b1", "attributes": {"$elemMatch": {"name": "a", "value": "b"}}}
    assert goods_of(step_context(ASKED)) == {"business_id": "b1"}
    assert set_price_of(ctx, a_good()) == SetPrice("g1", percent=Decimal(10))
    assert GOODS.on_refused(ctx) is OnRefused.STOP
    assert GOODS.on_refused(step_context(ASKED)) is OnRefused.CONTINUE


@pytest.mark.parametrize(
    ("before", "percent", "decimals", "after"),
    [("2.5", "10", 2, "2.75"), ("0.25", "10", 2, "0.28"), ("0.45", "-50", 2, "0.22"), ("199", "5", 0, "209")],
)
async def test_a_percentage_is_of_the_price_at_the_write(before: str, percent: str, decimals: int, after: str) -> None:
    params = SetPrice("g1", percent=Decimal(percent), decimals=decimals)
    change = changed(await change_price(step_context(params), a_good(before)))
    assert isinstance(change.document, GoodDocument)
    assert change.document.price.amount == after
    assert change.hooks["priceChanged"].targets == ["commerce:Good:g1"]


async def test_a_price_that_becomes_too_large_is_refused() -> None:
    params = SetPrice("g1", percent=Decimal(10))
    decided = await change_price(step_context(params), a_good("999999999999"))
    assert refused(decided) == ("OUT_OF_RANGE", ("price", "amount"))


async def test_a_price_is_set_back_unless_it_has_moved_on() -> None:
    done = changed(await change_price(step_context(SetPrice("g1", percent=Decimal(10))), a_good())).result
    back = set_back(step_context(ASKED), SetPrice("g1", percent=Decimal(10)), {"commit": done})
    assert back is not None
    restored = changed(await change_price(step_context(back), a_good("2.75"))).document
    assert isinstance(restored, GoodDocument)
    assert restored.price.amount == "2.5"
    assert isinstance(await change_price(step_context(back), a_good("3")), Unchanged)
    assert isinstance(await change_price(step_context(back), None), Unchanged)
    assert set_back(step_context(ASKED), SetPrice("g1"), {"commit": None}) is None


async def test_a_record_is_kept_and_the_business_told() -> None:
    business: BusinessDocument = BusinessDocument.model_construct(id="b1")
    assert refused(await begin(step_context(ASKED), None)) == ("NOT_FOUND", ("businessId",))
    made = changed(await begin(step_context(ASKED, business), None)).document
    assert isinstance(made, PriceChangeDocument)
    assert made.status is PriceChangeStatus.RUNNING
    ended = changed(await complete(step_context(ASKED, results={"goods": {"done": 7, "failed": 2}}), a_change()))
    payload = ended.hooks["pricesChanged"].payload
    assert (ended.hooks["pricesChanged"].targets, payload.goods, payload.failed) == (["commerce:Business:b1"], 7, 2)
    taken_back = changed(await give_up(step_context(ASKED), a_change())).document
    assert isinstance(taken_back, PriceChangeDocument)
    assert taken_back.status is PriceChangeStatus.REJECTED
