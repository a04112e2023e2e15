"""Mutations of sales."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, MoneyInput, UserError
from subgraphs.commerce.documents import BusinessDocument, SaleDocument
from subgraphs.commerce.flows.cancel_sale import CANCEL_SALE, CancelSale
from subgraphs.commerce.flows.create_sale import CREATE_SALE, CreateSale
from subgraphs.commerce.flows.sale_lines import AskedLine
from subgraphs.commerce.types.sale import Sale
from subgraphs.shared import money
from subgraphs.shared.access import refuse_write
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import errors_about, of_first, result_id, run_flow


@strawberry.input
class SaleLineInput:
    good_id: strawberry.ID
    quantity: int
    unit_price: MoneyInput | None = strawberry.field(default=None, description="Default: the good's price.")


@strawberry.input
class CreateSaleInput:
    business_id: strawberry.ID
    customer_id: strawberry.ID
    lines: list[SaleLineInput] = strawberry.field(
        description="Two that name one good stay two lines, each at its price; its stock is taken for both at once."
    )
    external_ref: str | None = strawberry.field(
        default=None,
        description="Unique in the business: the same input returns the first sale, and its run while it is made.",
    )
    idempotency_key: str | None = None


@strawberry.type
class CreateSalePayload:
    errors: list[UserError]
    run: FlowRun | None = None
    sale: Sale | None = None


@strawberry.input
class CancelSaleInput:
    sale_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = None


@strawberry.type
class CancelSalePayload:
    errors: list[UserError]
    run: FlowRun | None = None
    sale: Sale | None = None


def asked_line(line: SaleLineInput) -> AskedLine:
    """The parameters' form of a line."""
    price = money.from_input(line.unit_price) if line.unit_price else None
    return AskedLine(good_id=line.good_id, quantity=line.quantity, unit_price=price)


@strawberry.type
class SaleMutations:
    @described("Sell goods to a customer; their stock is taken, or nothing is sold.")
    async def create_sale(self, info: SubgraphInfo, input: CreateSaleInput) -> CreateSalePayload:
        if errors := await refuse_write(
            info.context, BusinessDocument, input.business_id, "businessId", writes=SaleDocument
        ):
            return CreateSalePayload(errors=errors)
        params = CreateSale(
            business_id=input.business_id,
            customer_id=input.customer_id,
            lines=[asked_line(line) for line in input.lines],
            external_ref=input.external_ref,
        )
        outcome = await run_flow(info, CREATE_SALE, params, input.idempotency_key)
        outcome = await of_first(info, outcome, "reserve")
        sale = await Sale.shown(info, "sale", result_id(outcome, "saleId", "reserve"))
        errors = errors_about(outcome, "businessId", "customerId", "lines", "externalRef")
        return CreateSalePayload(run=outcome.run, errors=errors, sale=sale)

    @described("Take a sale back; its goods return to stock. Twice is harmless.")
    async def cancel_sale(self, info: SubgraphInfo, input: CancelSaleInput) -> CancelSalePayload:
        if errors := await refuse_write(info.context, SaleDocument, input.sale_id, "saleId"):
            return CancelSalePayload(errors=errors)
        params = CancelSale(sale_id=input.sale_id, reason=input.reason)
        outcome = await run_flow(info, CANCEL_SALE, params, input.idempotency_key)
        sale = await Sale.shown(info, "sale", input.sale_id)
        return CancelSalePayload(run=outcome.run, errors=errors_about(outcome, "saleId", "reason"), sale=sale)
