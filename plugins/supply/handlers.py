"""From goods and sell offers to the stages and transforms of their items."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from plugin_sdk import HookContext, Link, Plugin, as_json, checked
from plugins.supply.documents import COMPANY_OF_ITEM, CREATE_STAGE, CREATE_TRANSFORM
from plugins.supply.production import LINK, items_by_good, parts_of

logger = logging.getLogger(__name__)

NUMBERS = "price { amount currency } stock reserved available"
LINES = "goodId quantity good { name sku }"

plugin = Plugin(
    "supply",
    name="Izara Supply",
    obj_types=["Good", "SellOffer"],
    permissions=[
        "commerce.goods.read",
        "supply.companies.read",
        "supply.items.read",
        "supply.stages.write",
        "supply.transforms.write",
    ],
)


@plugin.hook("commerce_updateGoodAttributes_commit_attributesChanged", select="attributes { name value }")
async def attributes_changed(payload: Any, ctx: HookContext) -> None:
    """The item enters a stage that has the good's attributes, all of them."""
    if item_id := linked_item(ctx):
        await create_stage(ctx, item_id, [as_json(attribute) for attribute in payload.attributes])


@plugin.hook("market_updateSellOffer_commit_offerChanged", select=f"after {{ {NUMBERS} }}")
async def offer_changed(payload: Any, ctx: HookContext) -> None:
    """The item enters a stage that has the offer's price and numbers."""
    if item_id := linked_item(ctx):
        after = payload.after
        price = f"{after.price.amount} {after.price.currency}"
        values = {"price": price, **{name: str(after[name]) for name in ("stock", "reserved", "available")}}
        await create_stage(ctx, item_id, [{"name": name, "value": value} for name, value in values.items()])


@plugin.hook(
    "commerce_recordProduction_commit_produced",
    select=f"productionId kind inputs {{ {LINES} }} outputs {{ {LINES} }}",
)
async def produced(payload: Any, ctx: HookContext) -> None:
    """One transform of the linked items, in each company that they belong to."""
    items = items_by_good(ctx.connections)
    parts = parts_of(payload, items, await companies_of(ctx, items.values()))
    if not parts:
        logger.warning("production %s: none of its goods has a link %s", payload.productionId, LINK)
    for company_id, part in parts.items():
        values = part.as_input(company_id, payload.kind, payload.productionId)
        answer = await ctx.graphql(CREATE_TRANSFORM, {"input": values}, label=f"in-{company_id}")
        checked(answer.createTransform)


def linked_item(ctx: HookContext) -> Link | None:
    """The item that the object is linked to; an object connected without one has nothing to keep in step."""
    if LINK in ctx.links:
        return ctx.links[LINK]
    logger.warning("%s has no link %s: nothing to do", ctx.connections[0].id, LINK)
    return None


async def create_stage(ctx: HookContext, item_id: str, attributes: Sequence[dict[str, str]]) -> None:
    """Make the item's next stage; an error fails the delivery, which is then tried again."""
    answer = await ctx.graphql(CREATE_STAGE, {"input": {"itemId": item_id, "attributes": list(attributes)}})
    checked(answer.createStage)


async def companies_of(ctx: HookContext, items: Iterable[str]) -> dict[str, str]:
    """The company of each item.

    Raises:
        LookupError: an item or its company cannot be read.
    """
    companies = {}
    for item_id in dict.fromkeys(items):
        found = await ctx.graphql(COMPANY_OF_ITEM, {"itemId": item_id})
        if found.item is None or found.item.company is None:
            raise LookupError(f"the company of item {item_id} cannot be read")
        companies[item_id] = str(found.item.company.id)
    return companies
