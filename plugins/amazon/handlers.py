"""From a good to its listing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from plugin_sdk import Connection, HookContext, Plugin, as_json
from plugins.amazon.documents import ACCOUNT, GOOD
from plugins.amazon.listings import Account

logger = logging.getLogger(__name__)

plugin = Plugin("amazon", name="Izara Amazon", obj_types=["Good"], permissions=["commerce.goods.read"])


@plugin.hook("registrar_connectPlugin_commit_connected")
async def connected(payload: Any, ctx: HookContext) -> None:
    """List the good as it is now. One that is listed already is left to the hooks of its changes."""
    await list_good(ctx, await account_of(ctx))


@plugin.hook("registrar_disconnectPlugin_commit_disconnected")
async def disconnected(payload: Any, ctx: HookContext) -> None:
    """Take the good's listing away; without its account's key, which went with a revoked authorization, it stays."""
    try:
        account = await account_of(ctx)
    except LookupError as error:
        logger.warning("the listing stays: %s", error)
        return
    await account.remove(only(ctx).object_id)


@plugin.hook("commerce_adjustStock_commit_stockChanged", select="after")
async def stock_changed(payload: Any, ctx: HookContext) -> None:
    """The listing offers as many as there are."""
    await change(ctx, {"quantity": payload.after})


@plugin.hook("commerce_setPrice_commit_priceChanged", select="after { amount currency }")
async def price_changed(payload: Any, ctx: HookContext) -> None:
    """The listing has the good's price."""
    await change(ctx, {"price": as_json(payload.after)})


@plugin.hook("commerce_updateGoodAttributes_commit_attributesChanged", select="attributes { name value }")
async def attributes_changed(payload: Any, ctx: HookContext) -> None:
    """The listing has the good's attributes, all of them and no others."""
    await change(ctx, {"attributes": by_name(payload.attributes)})


@plugin.hook("commerce_updateGood_commit_updated", select="after { name }")
async def renamed(payload: Any, ctx: HookContext) -> None:
    """The listing is titled as the good is named."""
    await change(ctx, {"title": payload.after.name})


async def account_of(ctx: HookContext) -> Account:
    """The account that the owner of the good gave with the authorization.

    Raises:
        LookupError: nobody authorized the plugin for this good with a `url` and a `key`; the delivery is then tried
            again, so an authorization that comes later is in time.
    """
    found = await ctx.graphql(ACCOUNT, {"connectionId": only(ctx).id})
    authorization = found.connection and found.connection.authorization
    secrets = as_json(authorization.secrets) if authorization and authorization.secrets is not None else {}
    if not secrets.get("url") or not secrets.get("key"):
        raise LookupError(f"{only(ctx).id}: no authorization has the secrets url and key of a listing service")
    return Account(secrets["url"], secrets["key"])


async def change(ctx: HookContext, values: Mapping[str, Any]) -> None:
    """Change the good's listing, or make it where it is not there yet and the good is still connected."""
    account, id = await account_of(ctx), only(ctx).object_id
    if not await account.change(id, values) and not await list_good(ctx, account):
        await account.change(id, values)  # it was made meanwhile, of an older good perhaps


async def list_good(ctx: HookContext, account: Account) -> bool:
    """Make the good's listing; False where there is one, or the good is gone or no longer connected."""
    connection = only(ctx)
    found = await ctx.graphql(GOOD, {"goodId": connection.object_id})
    standing = await ctx.graphql(ACCOUNT, {"connectionId": connection.id})
    if found.good is None or standing.connection is None or standing.connection.status != "ACTIVE":
        return False
    good = found.good
    listing = {
        "sku": good.sku,
        "title": good.name,
        "price": as_json(good.price),
        "quantity": good.stock,
        "attributes": by_name(good.attributes),
    }
    return await account.create(connection.object_id, listing)


def only(ctx: HookContext) -> Connection:
    """The connection: each of these hooks is about one good."""
    (connection,) = ctx.connections
    return connection


def by_name(attributes: Iterable[Any]) -> dict[str, str]:
    """Attributes as a mapping."""
    return {attribute.name: attribute.value for attribute in attributes}
