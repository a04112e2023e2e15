"""A sale is made once for each external ref, of goods and prices that fit together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from flows.codec import from_json, to_json
from flows.schema import Refusal, StepContext, Unchanged
from subgraphs.commerce.documents import SaleDocument, SaleStatus
from subgraphs.commerce.flows.adjust_stock import AdjustStock
from subgraphs.commerce.flows.create_sale.flow import before_sale, complete, give_up, reserve, take_stock
from subgraphs.commerce.flows.create_sale.params import CreateSale, amend, check, fingerprint, sale_id
from subgraphs.commerce.flows.sale_lines import AskedLine
from subgraphs.shared.checks import LARGEST_INT
from subgraphs.shared.money import Amount
from tests.unit.subgraphs.commerce.things import customer, euros, good
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

ASKED = CreateSale("b1", "c1", [AskedLine("g1", 2), AskedLine("g2", 1, Amount(Decimal("5.00"), "EUR"))], "order-1")


def context(params: CreateSale = ASKED, **more: Any) -> StepContext[CreateSale]:
    return step_context(params, good("g1"), good("g2", price=euros("6")), customer(), **more)


async def reserved(params: CreateSale = ASKED, run_id: str = "run-1") -> SaleDocument:
    document = changed(await reserve(context(params, run_id=run_id), None)).document
    assert isinstance(document, SaleDocument)
    return document


async def test_lines_have_the_asked_price_or_the_goods() -> None:
    sale = await reserved()
    assert [line.unit_price for line in sale.lines] == [euros("8"), euros("5")]
    assert (sale.total, sale.status, sale.external_ref) == (euros("21"), SaleStatus.PENDING, "order-1")


async def test_plugins_are_asked_with_the_prices_as_amended_so_far() -> None:
    amended = amend(ASKED, {"lines": [{"goodId": "g1", "unitPrice": {"amount": "7.2", "currency": "EUR"}}]})
    calls = await before_sale(context(amended), None)
    assert isinstance(calls, dict)
    call = calls["beforeSale"]
    assert list(call.targets) == ["commerce:Business:b1"]
    assert [line.unit_price.amount for line in call.payload.lines] == [Decimal("7.2"), Decimal("5")]
    assert from_json(type(call.payload), to_json(call.payload)) == call.payload


@pytest.mark.parametrize("lines", [["g1"], ["g1", "g2"]])
async def test_the_currency_of_a_line_is_not_amendable(lines: list[str]) -> None:
    """Neither of one, which would mix currencies, nor of all."""
    dollars = {"amount": "7", "currency": "USD"}
    amended = amend(ASKED, {"lines": [{"goodId": good_id, "unitPrice": dollars} for good_id in lines]})
    calls = await before_sale(context(amended), None)
    assert refused(calls) == ("MIXED_CURRENCIES", ("lines", "0", "unitPrice"))
    assert isinstance(calls, Refusal) and "EUR" in calls.message and "USD" in calls.message


def test_later_amendments_of_a_price_count() -> None:
    first = amend(ASKED, {"lines": [{"goodId": "g1", "unitPrice": {"amount": "7", "currency": "EUR"}}]})
    second = amend(first, {"lines": [{"goodId": "g1", "unitPrice": {"amount": "6", "currency": "EUR"}}]})
    assert [item.unit_price.amount for item in second.agreed] == [Decimal("6")]
    assert fingerprint(second) == fingerprint(ASKED)
    assert from_json(CreateSale, to_json(second)) == second


def test_amendments_are_checked_like_input() -> None:
    stray = amend(ASKED, {"lines": [{"goodId": "gx", "unitPrice": {"amount": "-1", "currency": "EUR"}}]})
    assert codes(check(stray)) == {("NOT_FOUND", ("lines",)), ("NEGATIVE", ("lines", "unitPrice", "amount"))}
    with pytest.raises(ValidationError):
        amend(ASKED, {"lines": [{"goodId": "g1", "quantity": 3}]})


async def test_the_same_input_returns_the_first_sale() -> None:
    first = await reserved()
    again = context(run_id="run-2")
    assert await before_sale(again, first) == {}
    assert await reserve(again, first) == Unchanged({"saleId": first.id, "made": False, "madeBy": first.run_id})
    made = first.model_copy(update={"status": SaleStatus.COMPLETED})
    assert await reserve(again, made) == Unchanged({"saleId": first.id, "made": False, "madeBy": None})
    found = context(run_id="run-2", results={"reserve": {"saleId": first.id, "made": False}})
    assert await take_stock(found) == {}
    assert await complete(found, first) == Unchanged({"saleId": first.id})


async def test_other_input_under_the_same_ref_is_refused() -> None:
    first = await reserved()
    other = context(replace(ASKED, lines=[AskedLine("g1", 3)]), run_id="run-2")
    assert sale_id(other) == first.id
    assert refused(await before_sale(other, first)) == ("EXTERNAL_REF_TAKEN", ("externalRef",))
    assert refused(await reserve(other, first)) == ("EXTERNAL_REF_TAKEN", ("externalRef",))


async def test_without_a_ref_every_run_makes_a_sale_of_its_own() -> None:
    params = replace(ASKED, external_ref=None)
    assert sale_id(context(params)) != sale_id(context(params, run_id="run-2"))


async def test_a_sale_given_up_leaves_its_ref_free() -> None:
    rejected = changed(await give_up(context(), await reserved())).document
    assert isinstance(rejected, SaleDocument)
    assert rejected.status is SaleStatus.REJECTED
    anew = changed(await reserve(context(run_id="run-2"), rejected)).document
    assert isinstance(anew, SaleDocument)
    assert (anew.id, anew.run_id, anew.status) == (rejected.id, "run-2", SaleStatus.PENDING)


async def test_only_its_own_run_gives_a_sale_up() -> None:
    sale = await reserved()
    assert isinstance(await give_up(context(run_id="run-2"), sale), Unchanged)
    done = sale.model_copy(update={"status": SaleStatus.COMPLETED})
    assert isinstance(await give_up(context(), done), Unchanged)


async def test_each_good_moves_once_by_all_its_lines() -> None:
    params = replace(ASKED, lines=[*ASKED.lines, AskedLine("g1", 3)])
    ctx = context(params, results={"reserve": {"saleId": "s1", "made": True}})
    assert await take_stock(ctx) == {
        "g1": AdjustStock("g1", -5, "sale", "s1"),
        "g2": AdjustStock("g2", -1, "sale", "s1"),
    }


async def test_completing_tells_the_business() -> None:
    sale = await reserved()
    change = changed(await complete(context(), sale))
    assert isinstance(change.document, SaleDocument)
    assert change.document.status is SaleStatus.COMPLETED
    payload = change.hooks["saleCreated"].payload
    assert (payload.sale_id, payload.external_ref, payload.total.amount) == (sale.id, "order-1", Decimal("21"))


@pytest.mark.parametrize(
    ("lines", "code", "field"),
    [
        ([AskedLine("gone", 1)], "NOT_FOUND", ("lines", "0", "goodId")),
        ([AskedLine("g1", 1), AskedLine("theirs", 1)], "NOT_FOUND", ("lines", "1", "goodId")),
        ([AskedLine("g1", 6), AskedLine("g1", 5)], "OUT_OF_STOCK", ("lines", "0", "quantity")),
        ([AskedLine("g1", 1), AskedLine("dollars", 1)], "MIXED_CURRENCIES", ("lines",)),
    ],
)
async def test_goods_that_do_not_fit_are_refused(lines: list[AskedLine], code: str, field: tuple[str, ...]) -> None:
    dollars = good("dollars", price=euros("1").model_copy(update={"currency": "USD"}))
    ctx = step_context(replace(ASKED, lines=lines), good("g1"), good("theirs", business_id="b2"), dollars, customer())
    assert refused(await before_sale(ctx, None)) == (code, field)
    assert refused(await reserve(ctx, None)) == (code, field)


async def test_another_business_customer_is_no_customer() -> None:
    ctx = step_context(ASKED, good("g1"), good("g2"), customer(business_id="b2"))
    assert refused(await reserve(ctx, None)) == ("NOT_FOUND", ("customerId",))


def test_bad_lines_are_refused() -> None:
    assert codes(check(replace(ASKED, lines=[]))) == {("EMPTY", ("lines",))}
    assert codes(check(replace(ASKED, lines=[AskedLine("g1", 1)] * 101))) == {("TOO_MANY", ("lines",))}
    assert codes(check(replace(ASKED, lines=[AskedLine("g1", 0)]))) == {("NOT_POSITIVE", ("lines", "0", "quantity"))}
    assert codes(check(replace(ASKED, lines=[AskedLine("g1", LARGEST_INT), AskedLine("g1", 1)]))) == {
        ("OUT_OF_RANGE", ("lines",))
    }
    assert codes(check(replace(ASKED, customer_id="\ud800", lines=[AskedLine("a\n", 1)]))) == {
        ("NOT_FOUND", ("customerId",)),
        ("NOT_FOUND", ("lines", "0", "goodId")),
    }
    assert codes(check(replace(ASKED, external_ref=" "))) == {("BLANK", ("externalRef",))}
