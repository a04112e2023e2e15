"""Payloads of the hooks of `createSale`."""

from __future__ import annotations

import strawberry

from flows.graphql.types import Money
from subgraphs.commerce.flows.sale_lines import CommerceSaleLineValues
from subgraphs.commerce.types.catalog import Business
from subgraphs.commerce.types.sale import Sale
from subgraphs.shared.context import SubgraphInfo


@strawberry.type(description="A sale is about to be made; its lines' prices may be amended.")
class CommerceCreateSaleValidateBeforeSale:
    sale_id: strawberry.ID
    business_id: strawberry.ID
    customer_id: strawberry.ID
    lines: list[CommerceSaleLineValues]
    external_ref: str | None

    @strawberry.field
    async def business(self, info: SubgraphInfo) -> Business | None:
        return await Business.live(info, self.business_id)


@strawberry.type(description="A sale was made and its goods have left the stock.")
class CommerceCreateSaleCommitSaleCreated:
    sale_id: strawberry.ID
    business_id: strawberry.ID
    customer_id: strawberry.ID
    lines: list[CommerceSaleLineValues]
    total: Money
    external_ref: str | None

    @strawberry.field
    async def sale(self, info: SubgraphInfo) -> Sale | None:
        return await Sale.live(info, self.sale_id)

    @strawberry.field
    async def business(self, info: SubgraphInfo) -> Business | None:
        return await Business.live(info, self.business_id)
