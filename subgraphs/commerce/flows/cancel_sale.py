"""`cancelSale`: a sale is taken back and its goods return to the stock. Cancelling twice is harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import strawberry

from flows.schema import (
    Change,
    ChildrenStep,
    Flow,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    WriteStep,
)
from subgraphs.commerce.documents import GoodDocument, SaleDocument, SaleStatus, sale_ref
from subgraphs.commerce.flows.adjust_stock import AdjustStock, taken_back
from subgraphs.commerce.flows.sale_lines import quantities
from subgraphs.commerce.types.catalog import Business
from subgraphs.commerce.types.sale import Sale
from subgraphs.shared.checks import check_note
from subgraphs.shared.context import SubgraphInfo

NOT_FOUND = Refusal("NOT_FOUND", "saleId names no sale.", ("saleId",))
REFUSED = {
    SaleStatus.PENDING: Refusal("CONFLICT", "The sale is still being made; try again soon.", ("saleId",)),
    SaleStatus.REJECTED: Refusal("SALE_REJECTED", "The sale was never made.", ("saleId",)),
}


@dataclass(frozen=True)
class CancelSale:
    """What the caller gave."""

    sale_id: str
    reason: str | None = None


@strawberry.type(description="A sale was cancelled and its goods are back in stock.")
class CommerceCancelSaleCommitSaleCancelled:
    sale_id: strawberry.ID
    business_id: strawberry.ID
    external_ref: str | None
    reason: str | None

    @strawberry.field
    async def sale(self, info: SubgraphInfo) -> Sale | None:
        return await Sale.live(info, self.sale_id)

    @strawberry.field
    async def business(self, info: SubgraphInfo) -> Business | None:
        return await Business.live(info, self.business_id)


async def begin(ctx: StepContext[CancelSale], sale: SaleDocument | None) -> Change | Unchanged | Refusal:
    """Of all runs that would cancel the sale, one goes on; `first` says whether it is this one."""
    if sale is None:
        return NOT_FOUND
    if sale.status in REFUSED:
        return REFUSED[sale.status]
    if sale.status is not SaleStatus.COMPLETED:
        return Unchanged({"saleId": sale.id, "first": False})
    lines = dict(quantities(sale.lines))
    return Change(
        sale.model_copy(update={"status": SaleStatus.CANCELLING, "cancel_run_id": ctx.run_id}),
        result={"saleId": sale.id, "first": True, "quantities": lines},
    )


async def stand_again(ctx: StepContext[CancelSale], sale: SaleDocument | None) -> Change | Unchanged:
    """The cancellation was refused: the sale stands as before."""
    if sale is None or sale.status is not SaleStatus.CANCELLING or sale.cancel_run_id != ctx.run_id:
        return Unchanged()
    return Change(sale.model_copy(update={"status": SaleStatus.COMPLETED, "cancel_run_id": None}))


async def return_stock(ctx: StepContext[CancelSale]) -> Mapping[str, AdjustStock]:
    """A stock change for each good that still exists, unless another run cancels the sale."""
    begun = ctx.results["begin"]
    if not begun["first"]:
        return {}
    returned = {}
    for good_id, quantity in begun["quantities"].items():
        if await ctx.load(GoodDocument, good_id) is not None:
            returned[good_id] = AdjustStock(
                good_id=good_id, delta=quantity, reason="sale cancelled", sale_id=begun["saleId"]
            )
    return returned


async def cancel(ctx: StepContext[CancelSale], sale: SaleDocument | None) -> Change | Unchanged | Refusal:
    """Cancel the sale and tell the business's plugins."""
    result = {"saleId": ctx.params.sale_id}
    if sale is None or sale.status is not SaleStatus.CANCELLING or sale.cancel_run_id != ctx.run_id:
        return Unchanged(result)
    payload = CommerceCancelSaleCommitSaleCancelled(
        sale_id=strawberry.ID(sale.id),
        business_id=strawberry.ID(sale.business_id),
        external_ref=sale.external_ref,
        reason=ctx.params.reason,
    )
    return Change(
        sale.model_copy(update={"status": SaleStatus.CANCELLED}),
        result=result,
        hooks={"saleCancelled": HookCall([sale.owner_ref], payload)},
    )


CANCEL_SALE = Flow(
    tag="cancelSale",
    params=CancelSale,
    object_refs=lambda params: [sale_ref(params.sale_id)],
    check=lambda params: list(check_note(params.reason, ("reason",))),
    steps=(
        WriteStep(
            tag="begin",
            document=SaleDocument,
            subject=lambda ctx: ctx.params.sale_id,
            change=begin,
            undo=stand_again,
        ),
        ChildrenStep(tag="stock", flow="adjustStock", children=return_stock, undo=taken_back),
        WriteStep(
            document=SaleDocument,
            subject=lambda ctx: ctx.params.sale_id,
            change=cancel,
            hooks=(Hook("saleCancelled", ("Business",), CommerceCancelSaleCommitSaleCancelled),),
        ),
    ),
)
