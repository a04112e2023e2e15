"""The commerce plugin: orders become sales, or are cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plugin_sdk.testing import Call, Complete, Delivered, Failed, Harness, RetryLater, connection
from plugins.commerce import plugin

PLACED = "market_placeOrder_commit_orderPlaced"
CANCELLED = "market_cancelOrder_commit_orderCancelled"


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def line(offer_id: str, quantity: int, amount: str = "5.00") -> dict[str, Any]:
    return {"offerId": offer_id, "quantity": quantity, "unitPrice": euros(amount)}


def order(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"orderId": "r1", "lines": list(lines), "buyer": {"name": "Bo", "email": "bo@example.test"}}


def connected(**goods: str) -> list[Any]:
    return [
        connection(f"market:SellOffer:{offer}", links={"good": f"commerce:Good:{good}"})
        for offer, good in goods.items()
    ]


class Commerce:
    """Answers like Commerce and Market do: goods `a…` belong to business A, `b…` to B."""

    def __init__(self) -> None:
        self.sale_errors: dict[str, list[dict[str, str]]] = {}
        self.vetoes: list[dict[str, str]] = []
        self.customer_errors: list[dict[str, str]] = []
        self.status = "COMPLETED"
        self.sales: list[dict[str, str]] = []
        self.cancel_errors: list[dict[str, str]] = []

    async def __call__(self, call: Call) -> dict[str, Any]:
        return {call.field: getattr(self, call.field)(**call.variables)}

    def good(self, goodId: str) -> Any:
        return None if goodId == "gone" else {"business": {"id": goodId[0].upper()}}

    def createCustomer(self, input: Any) -> Any:
        customer = None if self.customer_errors else {"id": f"customer-of-{input['businessId']}"}
        return {"customer": customer, "run": {"rejections": self.vetoes}, "errors": self.customer_errors}

    def createSale(self, input: Any) -> Any:
        business = input["businessId"]
        if errors := self.sale_errors.get(business):
            run = {"id": "x", "status": "REJECTED", "rejections": self.vetoes}
            return {"sale": None, "run": run, "errors": errors}
        sale = {"id": f"sale-of-{business}", "status": self.status}
        return {"sale": sale, "run": {"id": "x", "status": "AWAITING", "rejections": []}, "errors": []}

    def sales_page(self) -> Any:
        return {"edges": [{"node": sale} for sale in self.sales]}

    def cancelSale(self, input: Any) -> Any:
        return {"errors": self.cancel_errors}

    def cancelOrder(self, input: Any) -> Any:
        return {"errors": []}


class CommerceWithSales(Commerce):
    """The query `sales` is named like the list of answers; here it is told apart."""

    async def __call__(self, call: Call) -> dict[str, Any]:
        return {"sales": self.sales_page()} if call.field == "sales" else await super().__call__(call)


async def place(commerce: Commerce, *lines: dict[str, Any], attempt: int = 1, **goods: str) -> Delivered:
    return await Harness(plugin).deliver(
        PLACED, payload=order(*lines), connections=connected(**goods), graphql=commerce, attempt=attempt
    )


def inputs(delivered: Delivered, field: str) -> list[dict[str, Any]]:
    return [call.variables["input"] for call in delivered.calls if call.field == field]


OUT_OF_STOCK = [{"code": "OUT_OF_STOCK", "message": "1 left"}]


async def test_an_order_becomes_one_sale_of_its_lines() -> None:
    delivered = await place(Commerce(), line("o1", 2), line("o2", 1, "7.50"), o1="a1", o2="a2")
    assert delivered.outcome == Complete()
    assert inputs(delivered, "createCustomer") == [{"businessId": "A", "name": "Bo", "email": "bo@example.test"}]
    assert inputs(delivered, "createSale") == [
        {
            "businessId": "A",
            "customerId": "customer-of-A",
            "lines": [
                {"goodId": "a1", "quantity": 2, "unitPrice": euros("5.00")},
                {"goodId": "a2", "quantity": 1, "unitPrice": euros("7.50")},
            ],
            "externalRef": "r1",
        }
    ]
    assert inputs(delivered, "cancelOrder") == []


async def test_offers_that_are_not_connected_are_left_out() -> None:
    delivered = await place(Commerce(), line("o1", 2), line("o9", 1), o1="a1")
    (sale,) = inputs(delivered, "createSale")
    assert [item["goodId"] for item in sale["lines"]] == ["a1"]


async def test_lines_of_one_good_at_one_price_are_one() -> None:
    delivered = await place(Commerce(), line("o1", 2), line("o2", 1), line("o3", 4, "4.00"), o1="a1", o2="a1", o3="a1")
    (sale,) = inputs(delivered, "createSale")
    assert [(item["quantity"], item["unitPrice"]) for item in sale["lines"]] == [
        (3, euros("5.00")),
        (4, euros("4.00")),
    ]


async def test_goods_of_two_businesses_are_two_sales_under_keys_of_their_own() -> None:
    delivered = await place(Commerce(), line("o1", 2), line("o2", 1), o1="a1", o2="b1")
    assert [sale["businessId"] for sale in inputs(delivered, "createSale")] == ["A", "B"]
    keys = [call.idempotency_key for call in delivered.calls if call.field == "createSale"]
    assert keys == ["delivery-1/createSale/in-A", "delivery-1/createSale/in-B"]


async def test_a_refused_sale_cancels_the_order_with_its_reason() -> None:
    commerce = Commerce()
    commerce.sale_errors["A"] = OUT_OF_STOCK
    delivered = await place(commerce, line("o1", 2), o1="a1")
    assert delivered.outcome == Complete()
    assert inputs(delivered, "cancelOrder") == [{"orderId": "r1", "reason": "OUT_OF_STOCK: 1 left"}]
    assert inputs(delivered, "cancelSale") == []


async def test_if_one_business_refuses_none_of_the_sales_stands() -> None:
    commerce = Commerce()
    commerce.sale_errors["B"] = OUT_OF_STOCK
    delivered = await place(commerce, line("o1", 2), line("o2", 1), o1="a1", o2="b1")
    assert [item["saleId"] for item in inputs(delivered, "cancelSale")] == ["sale-of-A"]
    assert len(inputs(delivered, "cancelOrder")) == 1


async def test_a_good_that_is_gone_cancels_the_order() -> None:
    delivered = await place(Commerce(), line("o1", 2), o1="gone")
    (cancelled,) = inputs(delivered, "cancelOrder")
    assert cancelled["reason"] == "no longer for sale: gone"


async def test_a_customer_that_is_refused_cancels_the_order() -> None:
    commerce = Commerce()
    commerce.customer_errors = [{"code": "BAD_EMAIL", "message": "no\nmail"}]
    delivered = await place(commerce, line("o1", 2), o1="a1")
    assert inputs(delivered, "cancelOrder") == [{"orderId": "r1", "reason": "BAD_EMAIL: no mail"}]


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 0.25), (3, 1), (50, 60)])
async def test_a_sale_that_is_not_decided_is_asked_for_again(attempt: int, seconds: float) -> None:
    commerce = Commerce()
    commerce.status = "PENDING"
    delivered = await place(commerce, line("o1", 2), attempt=attempt, o1="a1")
    assert delivered.outcome == RetryLater(timedelta(seconds=seconds))
    assert inputs(delivered, "cancelOrder") == []


async def test_a_conflict_is_no_refusal() -> None:
    commerce = Commerce()
    commerce.sale_errors["A"] = [{"code": "CONFLICT", "message": "changed too often"}]
    delivered = await place(commerce, line("o1", 2), o1="a1")
    assert isinstance(delivered.outcome, RetryLater)
    assert inputs(delivered, "cancelOrder") == []


async def test_another_plugins_veto_is_a_refusal_whatever_its_code() -> None:
    """It is kept: asking again would be answered by it for days."""
    commerce = Commerce()
    commerce.sale_errors["A"] = commerce.vetoes = [{"code": "CONFLICT", "message": "not for you"}]
    delivered = await place(commerce, line("o1", 2), o1="a1")
    assert delivered.outcome == Complete()
    assert inputs(delivered, "cancelOrder") == [{"orderId": "r1", "reason": "CONFLICT: not for you"}]


async def cancel(commerce: Commerce) -> Delivered:
    return await Harness(plugin).deliver(
        CANCELLED,
        payload={"orderId": "r1", "reason": "changed my mind", "lines": [line("o1", 2)]},
        connections=connected(o1="a1"),
        graphql=commerce,
    )


async def test_a_cancelled_orders_sale_is_cancelled() -> None:
    commerce = CommerceWithSales()
    commerce.sales = [{"id": "s1", "status": "COMPLETED"}]
    delivered = await cancel(commerce)
    assert delivered.outcome == Complete()
    assert inputs(delivered, "cancelSale") == [{"saleId": "s1", "reason": "changed my mind"}]


@pytest.mark.parametrize("status", [None, "CANCELLED", "CANCELLING", "REJECTED"])
async def test_without_a_standing_sale_there_is_nothing_to_cancel(status: str | None) -> None:
    commerce = CommerceWithSales()
    commerce.sales = [{"id": "s1", "status": status}] if status else []
    delivered = await cancel(commerce)
    assert delivered.outcome == Complete()
    assert inputs(delivered, "cancelSale") == []


async def test_a_sale_that_is_still_being_made_is_waited_for() -> None:
    commerce = CommerceWithSales()
    commerce.sales = [{"id": "s1", "status": "PENDING"}]
    assert isinstance((await cancel(commerce)).outcome, RetryLater)


async def test_a_cancellation_that_is_refused_is_tried_again() -> None:
    commerce = CommerceWithSales()
    commerce.sales = [{"id": "s1", "status": "COMPLETED"}]
    commerce.cancel_errors = [{"code": "CONFLICT", "message": "busy"}]
    assert isinstance((await cancel(commerce)).outcome, Failed)


def test_the_manifest_names_what_it_connects_to_and_may_do() -> None:
    manifest = plugin.manifest()
    assert (manifest["tag"], manifest["objTypes"]) == ("commerce", ["SellOffer"])
    assert {hook["id"] for hook in manifest["hooks"]} == {PLACED, CANCELLED}
    assert not any(hook["echoes"] for hook in manifest["hooks"])
