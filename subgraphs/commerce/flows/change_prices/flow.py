"""The steps of `changePrices`.

`begin` keeps a record of the change, `goods` sets the prices page by page, each by a run of `setPrice` with its hooks,
and `commit` tells the business's plugins. Each price is computed when its good is written, from what it is then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from flows.schema import Change, Flow, Hook, HookCall, PagedStep, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.commerce.documents import (
    BusinessDocument,
    GoodDocument,
    PriceChangeDocument,
    PriceChangeStatus,
    business_ref,
)
from subgraphs.commerce.flows.change_prices.params import ChangePrices, check
from subgraphs.commerce.flows.change_prices.payloads import CommerceChangePricesCommitPricesChanged
from subgraphs.commerce.flows.set_price import SetPrice
from subgraphs.shared.money import Amount, StoredMoney


def change_id(ctx: StepContext[ChangePrices]) -> str:
    """The record's id."""
    return ctx.new_id("priceChange")


async def begin(ctx: StepContext[ChangePrices], change: PriceChangeDocument | None) -> Change | Refusal:
    """Keep a record of the change."""
    if await ctx.load(BusinessDocument, ctx.params.business_id) is None:
        return Refusal("NOT_FOUND", "businessId names no business.", ("businessId",))
    fields = PriceChangeDocument(
        id=change_id(ctx),
        created_at=ctx.now,
        business_id=ctx.params.business_id,
        status=PriceChangeStatus.RUNNING,
        run_id=ctx.run_id,
    )
    return Change(fields)


async def give_up(ctx: StepContext[ChangePrices], change: PriceChangeDocument | None) -> Change | Unchanged:
    """The change was not made: the prices are as before."""
    return Unchanged() if change is None else Change(_with(change, PriceChangeStatus.REJECTED))


def _with(change: PriceChangeDocument, status: PriceChangeStatus) -> PriceChangeDocument:
    after: PriceChangeDocument = change.model_copy(update={"status": status})
    return after


def goods_of(ctx: StepContext[ChangePrices]) -> Mapping[str, Any]:
    """The business's goods, or those that have the attribute."""
    where: dict[str, Any] = {"business_id": ctx.params.business_id}
    wanted = ctx.params.attribute
    if wanted is not None:
        where["attributes"] = {"$elemMatch": {"name": wanted.name, "value": wanted.value}}
    return where


def set_price_of(ctx: StepContext[ChangePrices], good: GoodDocument) -> SetPrice:
    """What is to be done to one good."""
    params = ctx.params
    return SetPrice(good_id=good.id, price=params.price, percent=params.percent, decimals=params.decimals)


def set_back(ctx: StepContext[ChangePrices], params: SetPrice, results: Mapping[str, Any]) -> SetPrice | None:
    """The price before, unless the good has yet another one by then; nothing where it was not changed."""
    done = results["commit"]
    if done is None:
        return None
    before, after = (StoredMoney.model_validate(done[name]) for name in ("before", "after"))
    return SetPrice(
        good_id=params.good_id,
        price=Amount(before.value, before.currency),
        instead_of=Amount(after.value, after.currency),
    )


async def complete(ctx: StepContext[ChangePrices], change: PriceChangeDocument | None) -> Change | Unchanged:
    """Close the record and tell the business's plugins."""
    if change is None or change.status is not PriceChangeStatus.RUNNING:
        return Unchanged()
    met = ctx.results["goods"]
    payload = CommerceChangePricesCommitPricesChanged(
        business_id=strawberry.ID(change.business_id),
        run_id=strawberry.ID(ctx.run_id),
        goods=met["done"],
        failed=met["failed"],
    )
    return Change(
        _with(change, PriceChangeStatus.COMPLETED), hooks={"pricesChanged": HookCall([change.owner_ref], payload)}
    )


GOODS: PagedStep[ChangePrices, GoodDocument] = PagedStep(
    tag="goods",
    flow="setPrice",
    document=GoodDocument,
    where=goods_of,
    child=set_price_of,
    on_refused=lambda ctx: ctx.params.on_refused,
    undo=set_back,
)

CHANGE_PRICES = Flow(
    tag="changePrices",
    params=ChangePrices,
    object_refs=lambda params: [business_ref(params.business_id)],
    check=check,
    steps=(
        WriteStep(tag="begin", document=PriceChangeDocument, subject=change_id, change=begin, undo=give_up),
        GOODS,
        WriteStep(
            document=PriceChangeDocument,
            subject=change_id,
            change=complete,
            hooks=(Hook("pricesChanged", ("Business",), CommerceChangePricesCommitPricesChanged),),
        ),
    ),
)
