"""A sale is cancelled by one run; every other finds it cancelled."""

from __future__ import annotations

import pytest

from flows.schema import Unchanged
from subgraphs.commerce.documents import SaleDocument, SaleStatus
from subgraphs.commerce.flows.adjust_stock import AdjustStock
from subgraphs.commerce.flows.cancel_sale import CancelSale, begin, cancel, return_stock, stand_again
from tests.unit.subgraphs.commerce.things import good, sale
from tests.unit.subgraphs.steps import changed, refused, step_context

PARAMS = CancelSale("s1", "too late")
BEGUN = {"begin": {"saleId": "s1", "first": True, "quantities": {"g1": 2, "gone": 1}}}


async def test_the_first_run_takes_the_sale_back() -> None:
    change = changed(await begin(step_context(PARAMS), sale()))
    assert isinstance(change.document, SaleDocument)
    assert (change.document.status, change.document.cancel_run_id) == (SaleStatus.CANCELLING, "run-1")
    assert change.result == {"saleId": "s1", "first": True, "quantities": {"g1": 2}}


async def test_goods_that_were_deleted_since_do_not_return() -> None:
    moved = await return_stock(step_context(PARAMS, good(), results=BEGUN))
    assert moved == {"g1": AdjustStock("g1", 2, "sale cancelled", "s1")}


async def test_the_end_tells_the_business_why() -> None:
    cancelling = sale(status=SaleStatus.CANCELLING, cancel_run_id="run-1", external_ref="order-1")
    change = changed(await cancel(step_context(PARAMS), cancelling))
    assert isinstance(change.document, SaleDocument)
    assert change.document.status is SaleStatus.CANCELLED
    call = change.hooks["saleCancelled"]
    assert list(call.targets) == ["commerce:Business:b1"]
    assert (call.payload.external_ref, call.payload.reason) == ("order-1", "too late")


@pytest.mark.parametrize("status", [SaleStatus.CANCELLING, SaleStatus.CANCELLED])
async def test_cancelling_twice_moves_nothing(status: SaleStatus) -> None:
    other = sale(status=status, cancel_run_id="run-0")
    found = await begin(step_context(PARAMS), other)
    assert found == Unchanged({"saleId": "s1", "first": False})
    ctx = step_context(PARAMS, good(), results={"begin": found.result})
    assert await return_stock(ctx) == {}
    assert await cancel(ctx, other) == Unchanged({"saleId": "s1"})
    assert isinstance(await stand_again(ctx, other), Unchanged)


@pytest.mark.parametrize(("status", "code"), [(SaleStatus.PENDING, "CONFLICT"), (SaleStatus.REJECTED, "SALE_REJECTED")])
async def test_a_sale_that_was_not_made_cannot_be_cancelled(status: SaleStatus, code: str) -> None:
    assert refused(await begin(step_context(PARAMS), sale(status=status))) == (code, ("saleId",))


async def test_a_refused_cancellation_lets_the_sale_stand() -> None:
    cancelling = sale(status=SaleStatus.CANCELLING, cancel_run_id="run-1")
    again = changed(await stand_again(step_context(PARAMS), cancelling)).document
    assert isinstance(again, SaleDocument)
    assert (again.status, again.cancel_run_id) == (SaleStatus.COMPLETED, None)
