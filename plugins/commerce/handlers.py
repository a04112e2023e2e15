"""From an order to a sale."""

from __future__ import annotations

import logging
from typing import Any

from plugin_sdk import HookContext, Plugin
from plugins.commerce.order import WantedGood, goods_by_offer, left_out, wanted_goods
from plugins.commerce.sales import (
    Attempt,
    MadeSale,
    RefusedSale,
    business_of,
    cancel_order,
    make_sale,
    standing_sales,
    withdraw_sale,
)

logger = logging.getLogger(__name__)

LINES = "lines { offerId quantity unitPrice { amount currency } }"

plugin = Plugin(
    "commerce",
    name="Izara Commerce",
    obj_types=["SellOffer"],
    permissions=[
        "commerce.businesses.read",
        "commerce.customers.read",
        "commerce.customers.write",
        "commerce.goods.read",
        "commerce.sales.read",
        "commerce.sales.write",
        "market.orders.write",
    ],
)


@plugin.hook("market_placeOrder_commit_orderPlaced", select=f"orderId {LINES} buyer {{ name email }}")
async def order_placed(payload: Any, ctx: HookContext) -> None:
    """One sale for each business whose goods are ordered; if one is refused, none stands and the order is
    cancelled."""
    goods = goods_by_offer(ctx.connections)
    if offers := left_out(payload.lines, goods):
        logger.info("order %s: left out, for no good is linked: %s", payload.orderId, ", ".join(offers))
    attempts = await make_sales(ctx, payload, wanted_goods(payload.lines, goods))
    refusals = [attempt.reason for attempt in attempts if isinstance(attempt, RefusedSale)]
    if not refusals:
        return
    reason = "; ".join(refusals)
    logger.info("order %s is cancelled: %s", payload.orderId, reason)
    for attempt in attempts:
        if isinstance(attempt, MadeSale):
            await withdraw_sale(ctx, attempt.sale_id, reason)
    await cancel_order(ctx, payload.orderId, reason)


@plugin.hook("market_cancelOrder_commit_orderCancelled", select=f"orderId reason {LINES}")
async def order_cancelled(payload: Any, ctx: HookContext) -> None:
    """The sales of the order are cancelled with it; that there are none is no error."""
    wanted = wanted_goods(payload.lines, goods_by_offer(ctx.connections))
    for business_id in await by_business(ctx, wanted):
        if business_id is None:
            continue
        for sale_id in await standing_sales(ctx, business_id, payload.orderId):
            await withdraw_sale(ctx, sale_id, payload.reason or "the order was cancelled")


async def make_sales(ctx: HookContext, order: Any, wanted: list[WantedGood]) -> list[Attempt]:
    """Try to sell all that is wanted, business by business."""
    attempts: list[Attempt] = []
    for business_id, lines in (await by_business(ctx, wanted)).items():
        if business_id is None:
            gone = ", ".join(line.good_id for line in lines)
            attempts.append(RefusedSale(f"no longer for sale: {gone}"))
        else:
            attempts.append(await make_sale(ctx, business_id, order.orderId, order.buyer, lines))
    return attempts


async def by_business(ctx: HookContext, wanted: list[WantedGood]) -> dict[str | None, list[WantedGood]]:
    """What is wanted of each business's goods; under None the goods that are gone."""
    grouped: dict[str | None, list[WantedGood]] = {}
    for line in wanted:
        grouped.setdefault(await business_of(ctx, line.good_id), []).append(line)
    return grouped
