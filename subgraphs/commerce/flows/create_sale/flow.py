"""The steps of `createSale`.

`reserve` takes the sale's place (one for each external ref), `stock` moves the stock of its goods by child
runs, and `commit` completes it. A refused child rejects the sale: the other children are undone and the place
is free again.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    ValidateStep,
    WriteStep,
)
from subgraphs.commerce.documents import (
    CustomerDocument,
    SaleDocument,
    SaleStatus,
    StoredSaleLine,
    business_ref,
)
from subgraphs.commerce.flows.adjust_stock import AdjustStock, taken_back
from subgraphs.commerce.flows.create_sale.params import CreateSale, SaleAmendment, amend, check, fingerprint, sale_id
from subgraphs.commerce.flows.create_sale.payloads import (
    CommerceCreateSaleCommitSaleCreated,
    CommerceCreateSaleValidateBeforeSale,
)
from subgraphs.commerce.flows.sale_lines import (
    CommerceSaleLineValues,
    missing_stock,
    price_lines,
    quantities,
    total_of,
)
from subgraphs.shared import money


def earlier(ctx: StepContext[CreateSale], sale: SaleDocument | None) -> SaleDocument | Refusal | None:
    """The sale that another run made of the same input; a refusal where its input was another."""
    if sale is None or sale.status is SaleStatus.REJECTED:
        return None
    if sale.asked != fingerprint(ctx.params):
        message = f"Another sale of this business has the external ref {ctx.params.external_ref!r}."
        return Refusal("EXTERNAL_REF_TAKEN", message, ("externalRef",))
    return sale


async def lines_of(ctx: StepContext[CreateSale]) -> list[StoredSaleLine] | Refusal:
    """The lines with their prices, or why this sale cannot be made."""
    params = ctx.params
    customer = await ctx.load(CustomerDocument, params.customer_id)
    if customer is None or customer.business_id != params.business_id:
        return Refusal("NOT_FOUND", "customerId names no customer of this business.", ("customerId",))
    lines = await price_lines(ctx.load, params.business_id, params.lines, params.agreed)
    if isinstance(lines, Refusal):
        return lines
    return await missing_stock(ctx.load, params.lines) or lines


async def before_sale(ctx: StepContext[CreateSale], sale: SaleDocument | None) -> Mapping[str, HookCall] | Refusal:
    """Ask the business's plugins, unless the sale exists or is impossible anyway."""
    found = earlier(ctx, sale)
    if found is not None:
        return found if isinstance(found, Refusal) else {}
    lines = await lines_of(ctx)
    if isinstance(lines, Refusal):
        return lines
    payload = CommerceCreateSaleValidateBeforeSale(
        sale_id=strawberry.ID(sale_id(ctx)),
        business_id=strawberry.ID(ctx.params.business_id),
        customer_id=strawberry.ID(ctx.params.customer_id),
        lines=[CommerceSaleLineValues.of(line) for line in lines],
        external_ref=ctx.params.external_ref,
    )
    return {"beforeSale": HookCall([business_ref(ctx.params.business_id)], payload)}


async def reserve(ctx: StepContext[CreateSale], sale: SaleDocument | None) -> Change | Unchanged | Refusal:
    """Take the sale's place; `made` says whether this run makes it or found it, `madeBy` which run is still at it."""
    found = earlier(ctx, sale)
    if isinstance(found, Refusal):
        return found
    if found is not None:
        made_by = found.run_id if found.status is SaleStatus.PENDING else None
        return Unchanged({"saleId": found.id, "made": False, "madeBy": made_by})
    lines = await lines_of(ctx)
    if isinstance(lines, Refusal):
        return lines
    fields = SaleDocument(
        id=sale_id(ctx),
        created_at=ctx.now,
        business_id=ctx.params.business_id,
        customer_id=ctx.params.customer_id,
        lines=lines,
        total=total_of(lines),
        status=SaleStatus.PENDING,
        external_ref=ctx.params.external_ref,
        run_id=ctx.run_id,
        asked=fingerprint(ctx.params),
    )
    return Change(fields, result={"saleId": fields.id, "made": True}, object_refs=[fields.object_ref])


async def give_up(ctx: StepContext[CreateSale], sale: SaleDocument | None) -> Change | Unchanged:
    """The sale was not made: its place is free again, and who looks it up sees why it is none."""
    if sale is None or sale.run_id != ctx.run_id or sale.status is not SaleStatus.PENDING:
        return Unchanged()
    return Change(sale.model_copy(update={"status": SaleStatus.REJECTED}))


async def take_stock(ctx: StepContext[CreateSale]) -> Mapping[str, AdjustStock]:
    """A stock change for each good, unless the sale was there before."""
    reserved = ctx.results["reserve"]
    if not reserved["made"]:
        return {}
    return {
        good_id: AdjustStock(good_id=good_id, delta=-quantity, reason="sale", sale_id=reserved["saleId"])
        for good_id, quantity in quantities(ctx.params.lines).items()
    }


async def complete(ctx: StepContext[CreateSale], sale: SaleDocument | None) -> Change | Unchanged | Refusal:
    """Complete the sale and tell the business's plugins."""
    result = {"saleId": sale_id(ctx)}
    if sale is None or sale.run_id != ctx.run_id or sale.status is not SaleStatus.PENDING:
        return Unchanged(result)
    payload = CommerceCreateSaleCommitSaleCreated(
        sale_id=strawberry.ID(sale.id),
        business_id=strawberry.ID(sale.business_id),
        customer_id=strawberry.ID(sale.customer_id),
        lines=[CommerceSaleLineValues.of(line) for line in sale.lines],
        total=money.to_graphql(sale.total),
        external_ref=sale.external_ref,
    )
    return Change(
        sale.model_copy(update={"status": SaleStatus.COMPLETED}),
        result=result,
        hooks={"saleCreated": HookCall([sale.owner_ref], payload)},
    )


BEFORE_SALE = Hook("beforeSale", ("Business",), CommerceCreateSaleValidateBeforeSale, result=SaleAmendment, amend=amend)

CREATE_SALE = Flow(
    tag="createSale",
    params=CreateSale,
    object_refs=lambda params: [business_ref(params.business_id)],
    check=check,
    steps=(
        ValidateStep(hooks=(BEFORE_SALE,), calls=before_sale),
        WriteStep(tag="reserve", document=SaleDocument, subject=sale_id, change=reserve, undo=give_up),
        ChildrenStep(tag="stock", flow="adjustStock", children=take_stock, undo=taken_back),
        WriteStep(
            document=SaleDocument,
            subject=sale_id,
            change=complete,
            hooks=(Hook("saleCreated", ("Business",), CommerceCreateSaleCommitSaleCreated),),
        ),
    ),
)
