"""From a good to its sell offer."""

from __future__ import annotations

import logging
from typing import Any

from plugin_sdk import HookContext, Link, Plugin, checked
from plugins.market.attributes import attribute_change, by_name
from plugins.market.documents import PRODUCT_OF_OFFER, UPDATE_OFFER, UPDATE_PRODUCT

logger = logging.getLogger(__name__)

LINK = "sellOffer"

plugin = Plugin(
    "market",
    name="Izara Market",
    obj_types=["Good"],
    permissions=[
        "commerce.sales.read",
        "market.offers.read",
        "market.offers.write",
        "market.products.read",
        "market.products.write",
    ],
)


@plugin.hook("commerce_adjustStock_commit_stockChanged", select="after saleId sale { externalRef }")
async def stock_changed(payload: Any, ctx: HookContext) -> None:
    """The offer's stock is the good's. Where an order's sale moved it, the order's reservation is part of
    the new number and goes in the same write."""
    offer_id = linked_offer(ctx)
    if offer_id is None:
        return
    if payload.saleId is not None and payload.sale is None:
        # Without its external ref the order would stay reserved beside a stock that is already less.
        raise LookupError(f"sale {payload.saleId}, which moved the stock, cannot be read")
    external_ref = payload.sale.externalRef if payload.sale is not None else None
    settles = [external_ref] if external_ref is not None else []
    await update_offer(ctx, {"offerId": offer_id, "stock": payload.after, "settles": settles})


@plugin.hook("commerce_setPrice_commit_priceChanged", select="after { amount currency }")
async def price_changed(payload: Any, ctx: HookContext) -> None:
    """The offer's price is the good's."""
    offer_id = linked_offer(ctx)
    if offer_id is not None:
        await update_offer(ctx, {"offerId": offer_id, "price": payload.after})


@plugin.hook("commerce_updateGoodAttributes_commit_attributesChanged", select="attributes { name value }")
async def attributes_changed(payload: Any, ctx: HookContext) -> None:
    """The offer's product has the good's attributes, all of them and no others."""
    offer_id = linked_offer(ctx)
    if offer_id is None:
        return
    found = await ctx.graphql(PRODUCT_OF_OFFER, {"offerId": offer_id})
    if found.sellOffer is None or found.sellOffer.product is None:
        raise LookupError(f"the product of sell offer {offer_id} cannot be read")
    product = found.sellOffer.product
    change = attribute_change(by_name(payload.attributes), by_name(product.attributes))
    if change:
        await update_product(
            ctx,
            {
                "productId": product.id,
                "set": [{"name": name, "value": value} for name, value in change.set],
                "unset": change.unset,
            },
        )


def linked_offer(ctx: HookContext) -> Link | None:
    """The offer that the good is linked to; a good connected without one has nothing to keep in step."""
    if LINK in ctx.links:
        return ctx.links[LINK]
    logger.warning("%s has no link %s: nothing to update", ctx.connections[0].id, LINK)
    return None


async def update_offer(ctx: HookContext, values: dict[str, Any]) -> None:
    """Change the offer; an error fails the delivery, which is then tried again."""
    answer = await ctx.graphql(UPDATE_OFFER, {"input": values})
    checked(answer.updateSellOffer)


async def update_product(ctx: HookContext, values: dict[str, Any]) -> None:
    """Change the product; an error fails the delivery, which is then tried again."""
    answer = await ctx.graphql(UPDATE_PRODUCT, {"input": values})
    checked(answer.updateProduct)
