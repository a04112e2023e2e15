"""What the plugin does in Commerce and Market, one call each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plugin_sdk import HookContext, Retry, checked
from plugins.commerce.documents import (
    BUSINESS_OF_GOOD,
    CANCEL_ORDER,
    CANCEL_SALE,
    CREATE_CUSTOMER,
    CREATE_SALE,
    SALES_OF_ORDER,
)
from plugins.commerce.order import WantedGood

LONGEST_REASON = 1000
# Codes that say "not now": whether the sale can be made is not decided yet.
PASSING = frozenset({"CONFLICT", "UNAVAILABLE"})


@dataclass(frozen=True)
class MadeSale:
    """A sale that stands."""

    sale_id: str


@dataclass(frozen=True)
class RefusedSale:
    """A sale that Commerce will not make, and why."""

    reason: str


Attempt = MadeSale | RefusedSale


async def business_of(ctx: HookContext, good_id: str) -> str | None:
    """The business that a good belongs to; None where the good is gone or not to be seen."""
    found = await ctx.graphql(BUSINESS_OF_GOOD, {"goodId": good_id})
    if found.good is None or found.good.business is None:
        return None
    return str(found.good.business.id)


async def make_sale(
    ctx: HookContext, business_id: str, order_id: str, buyer: Any, lines: Sequence[WantedGood]
) -> Attempt:
    """Make the sale of an order's goods of one business, to the customer with the buyer's e-mail.

    Raises:
        Retry: the sale is not decided yet: it waits for plugins, or for others who change the same goods.
    """
    customer = await ctx.graphql(
        CREATE_CUSTOMER,
        {"input": {"businessId": business_id, "name": buyer.name, "email": buyer.email}},
        label=f"in-{business_id}",
    )
    if customer.createCustomer.errors:
        return _refused(ctx, customer.createCustomer)
    answer = await ctx.graphql(
        CREATE_SALE,
        {
            "input": {
                "businessId": business_id,
                "customerId": customer.createCustomer.customer.id,
                "lines": [line.as_input() for line in lines],
                "externalRef": order_id,
            }
        },
        label=f"in-{business_id}",
    )
    return _attempt(ctx, answer.createSale)


async def withdraw_sale(ctx: HookContext, sale_id: str, reason: str) -> None:
    """Cancel a sale.

    Raises:
        UserErrors: it cannot be cancelled now; the delivery is then tried again.
    """
    answer = await ctx.graphql(
        CANCEL_SALE, {"input": {"saleId": sale_id, "reason": one_line(reason)}}, label=f"of-{sale_id}"
    )
    checked(answer.cancelSale)


async def standing_sales(ctx: HookContext, business_id: str, order_id: str) -> list[str]:
    """The sales of an order that are to be cancelled with it.

    Raises:
        Retry: one is still being made or cancelled.
    """
    found = await ctx.graphql(SALES_OF_ORDER, {"businessId": business_id, "orderId": order_id})
    sales = [edge.node for edge in found.sales.edges]
    if any(sale.status == "PENDING" for sale in sales):
        raise undecided(ctx, f"a sale of order {order_id} is still being made")
    return [sale.id for sale in sales if sale.status == "COMPLETED"]


async def cancel_order(ctx: HookContext, order_id: str, reason: str) -> None:
    """Cancel an order, which releases what it reserved."""
    answer = await ctx.graphql(CANCEL_ORDER, {"input": {"orderId": order_id, "reason": one_line(reason)}})
    checked(answer.cancelOrder)


def one_line(reason: str) -> str:
    """A reason as the services take it: without line breaks, and no longer than they allow."""
    return " ".join(reason.split())[:LONGEST_REASON]


def undecided(ctx: HookContext, reason: str) -> Retry:
    """Ask again soon, and less often the longer it takes."""
    return Retry(reason, after=timedelta(seconds=min(60, 0.25 * 2 ** min(ctx.attempt - 1, 10))))


def _attempt(ctx: HookContext, payload: Any) -> Attempt:
    if payload.errors:
        return _refused(ctx, payload)
    if payload.sale is None or payload.sale.status == "PENDING":
        raise undecided(ctx, "the sale is still being made")
    if payload.sale.status == "REJECTED":
        return RefusedSale("the sale was rejected")
    return MadeSale(payload.sale.id)


def _refused(ctx: HookContext, payload: Any) -> RefusedSale:
    vetoes = {(item.code, item.message) for item in payload.run.rejections} if payload.run is not None else set()
    for error in payload.errors:
        if error.code in PASSING and (error.code, error.message) not in vetoes:
            raise undecided(ctx, error.message)
    return RefusedSale("; ".join(f"{error.code}: {error.message}" for error in payload.errors))
