"""`adjustStock`: a good's stock goes up or down, never below zero; sales and production use it too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import strawberry

from flows.schema import (
    Change,
    Flow,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    ValidateStep,
    WriteStep,
)
from subgraphs.commerce.documents import GoodDocument, good_ref
from subgraphs.commerce.types.catalog import Good
from subgraphs.commerce.types.sale import Sale
from subgraphs.shared.checks import LARGEST_INT, check_note
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described


@dataclass(frozen=True)
class AdjustStock:
    """What the caller gave, and what only runs that have this one as their child set.

    Attributes:
        sale_id: the sale that moves the stock, so that plugins learn of it.
        takes_back: this undoes a change, so no plugin is asked, and a good that is gone needs nothing back.
    """

    good_id: str
    delta: int
    reason: str | None = None
    sale_id: str | None = None
    takes_back: bool = False


@strawberry.type(description="A good's stock is about to change.")
class CommerceAdjustStockValidateBeforeStockChange:
    good_id: strawberry.ID
    before: int
    after: int
    delta: int
    reason: str | None

    @strawberry.field
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.live(info, self.good_id)


@strawberry.type(description="A good's stock has changed.")
class CommerceAdjustStockCommitStockChanged:
    good_id: strawberry.ID
    before: int
    after: int
    delta: int
    reason: str | None
    sale_id: strawberry.ID | None

    @strawberry.field
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.live(info, self.good_id)

    @described("The sale, cancellation or undone sale that moved the stock.")
    async def sale(self, info: SubgraphInfo) -> Sale | None:
        return await Sale.live(info, self.sale_id)


def check(params: AdjustStock) -> list[Refusal]:
    """A delta of zero says nothing."""
    return list(_refusals(params))


def _refusals(params: AdjustStock) -> Iterator[Refusal]:
    if params.delta == 0:
        yield Refusal("ZERO_DELTA", "delta is 0; give the number by which the stock goes up or down.", ("delta",))
    yield from check_note(params.reason, ("reason",))


def stock_after(params: AdjustStock, good: GoodDocument | None) -> int | Refusal:
    """The stock that the good will have, or why it cannot have it."""
    if good is None:
        return Refusal("NOT_FOUND", "goodId names no good.", ("goodId",))
    after = good.stock + params.delta
    if after < 0:
        message = f"{good.sku} has a stock of {good.stock}; it cannot change by {params.delta}."
        return Refusal("OUT_OF_STOCK", message, ("delta",))
    if after > LARGEST_INT:
        return Refusal("OUT_OF_RANGE", f"The stock of {good.sku} would be more than {LARGEST_INT}.", ("delta",))
    return after


async def before_stock_change(
    ctx: StepContext[AdjustStock], good: GoodDocument | None
) -> Mapping[str, HookCall] | Refusal:
    """Ask the good's plugins, unless the change is impossible anyway or takes another back."""
    if ctx.params.takes_back:
        return {}
    after = stock_after(ctx.params, good)
    if isinstance(after, Refusal) or good is None:
        return after if isinstance(after, Refusal) else {}
    payload = CommerceAdjustStockValidateBeforeStockChange(
        good_id=strawberry.ID(good.id),
        before=good.stock,
        after=after,
        delta=ctx.params.delta,
        reason=ctx.params.reason,
    )
    return {"beforeStockChange": HookCall([good_ref(good.id)], payload)}


async def change_stock(ctx: StepContext[AdjustStock], good: GoodDocument | None) -> Change | Unchanged | Refusal:
    """Write the new stock and tell the good's plugins."""
    if good is None and ctx.params.takes_back:
        return Unchanged()
    after = stock_after(ctx.params, good)
    if isinstance(after, Refusal) or good is None:
        return after if isinstance(after, Refusal) else Unchanged()
    payload = CommerceAdjustStockCommitStockChanged(
        good_id=strawberry.ID(good.id),
        before=good.stock,
        after=after,
        delta=ctx.params.delta,
        reason=ctx.params.reason,
        sale_id=strawberry.ID(ctx.params.sale_id) if ctx.params.sale_id else None,
    )
    return Change(
        good.model_copy(update={"stock": after}),
        result={"before": good.stock, "after": after},
        hooks={"stockChanged": HookCall([good_ref(good.id)], payload)},
    )


def taken_back(ctx: StepContext[Any], key: str, params: AdjustStock, result: Any) -> AdjustStock:
    """The stock change that takes a completed one back, for flows whose children change stock."""
    return replace(params, delta=-params.delta, reason=f"{params.reason}, undone", takes_back=True)


ADJUST_STOCK = Flow(
    tag="adjustStock",
    params=AdjustStock,
    object_refs=lambda params: [good_ref(params.good_id)],
    check=check,
    steps=(
        ValidateStep(
            hooks=(Hook("beforeStockChange", ("Good",), CommerceAdjustStockValidateBeforeStockChange),),
            calls=before_stock_change,
        ),
        WriteStep(
            document=GoodDocument,
            subject=lambda ctx: ctx.params.good_id,
            change=change_stock,
            hooks=(Hook("stockChanged", ("Good",), CommerceAdjustStockCommitStockChanged),),
        ),
    ),
)
