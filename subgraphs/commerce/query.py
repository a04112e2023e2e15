"""Commerce's queries. What the caller may not see is null."""

from __future__ import annotations

import strawberry

from flows.graphql.pages import Connection
from subgraphs.commerce.documents import BusinessDocument, CustomerDocument, SaleDocument
from subgraphs.commerce.types.catalog import Business, Good, goods_of
from subgraphs.commerce.types.customer import Customer
from subgraphs.commerce.types.production import Production
from subgraphs.commerce.types.sale import Sale
from subgraphs.shared.access import may_list
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.lists import page_of
from subgraphs.shared.roots import page_of_roots


@strawberry.type
class Query:
    @strawberry.field
    async def business(self, info: SubgraphInfo, id: strawberry.ID) -> Business | None:
        return await Business.resolve_reference(info, id)

    @described("The businesses you have a role on.")
    async def businesses(
        self, info: SubgraphInfo, first: int | None = 20, after: str | None = None
    ) -> Connection[Business]:
        return await page_of_roots(info, BusinessDocument, Business.of, first, after)

    @strawberry.field
    async def good(self, info: SubgraphInfo, id: strawberry.ID) -> Good | None:
        return await Good.resolve_reference(info, id)

    @strawberry.field
    async def goods(
        self, info: SubgraphInfo, business_id: strawberry.ID, first: int | None = 20, after: str | None = None
    ) -> Connection[Good] | None:
        return await goods_of(info, await _business(info, business_id), first, after)

    @strawberry.field
    async def sale(self, info: SubgraphInfo, id: strawberry.ID) -> Sale | None:
        return await Sale.resolve_reference(info, id)

    @described("A business's sales; with `externalRef` only the one of that ref.")
    async def sales(
        self,
        info: SubgraphInfo,
        business_id: strawberry.ID,
        external_ref: str | None = None,
        first: int | None = 20,
        after: str | None = None,
    ) -> Connection[Sale] | None:
        business = await _business(info, business_id)
        if business is None or not await may_list(info.context, business, SaleDocument):
            return None
        where = {"business_id": business.id}
        if external_ref is not None:
            where["external_ref"] = external_ref
        return await page_of(info, SaleDocument, where, Sale.of, first, after)

    @strawberry.field
    async def customers(
        self, info: SubgraphInfo, business_id: strawberry.ID, first: int | None = 20, after: str | None = None
    ) -> Connection[Customer] | None:
        business = await _business(info, business_id)
        if business is None or not await may_list(info.context, business, CustomerDocument):
            return None
        where = {"business_id": business.id}
        return await page_of(info, CustomerDocument, where, Customer.of, first, after)

    @strawberry.field
    async def production(self, info: SubgraphInfo, id: strawberry.ID) -> Production | None:
        return await Production.resolve_reference(info, id)


async def _business(info: SubgraphInfo, id: str) -> BusinessDocument | None:
    return await info.context.loaders.load(BusinessDocument, id)
