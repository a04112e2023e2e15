"""Supply's queries. What the caller may not see is null."""

from __future__ import annotations

import strawberry

from flows.graphql.pages import Connection
from subgraphs.shared.access import may_list
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.lists import page_of
from subgraphs.shared.roots import page_of_roots
from subgraphs.supply.documents import CompanyDocument, ItemDocument, TransformDocument
from subgraphs.supply.types.item import Company, Item, Stage
from subgraphs.supply.types.transform import Transform


@strawberry.type
class Query:
    @strawberry.field
    async def company(self, info: SubgraphInfo, id: strawberry.ID) -> Company | None:
        return await Company.resolve_reference(info, id)

    @described("The companies you have a role on.")
    async def companies(
        self, info: SubgraphInfo, first: int | None = 20, after: str | None = None
    ) -> Connection[Company]:
        return await page_of_roots(info, CompanyDocument, Company.of, first, after)

    @strawberry.field
    async def item(self, info: SubgraphInfo, id: strawberry.ID) -> Item | None:
        return await Item.resolve_reference(info, id)

    @strawberry.field
    async def items(
        self, info: SubgraphInfo, company_id: strawberry.ID, first: int | None = 20, after: str | None = None
    ) -> Connection[Item] | None:
        company = await _company(info, company_id)
        if company is None or not await may_list(info.context, company, ItemDocument):
            return None
        where = {"company_id": company.id}
        return await page_of(info, ItemDocument, where, Item.of, first, after)

    @strawberry.field
    async def stage(self, info: SubgraphInfo, id: strawberry.ID) -> Stage | None:
        return await Stage.resolve_reference(info, id)

    @strawberry.field
    async def transform(self, info: SubgraphInfo, id: strawberry.ID) -> Transform | None:
        return await Transform.resolve_reference(info, id)

    @described("A company's transforms; with `externalRef` only the one of that ref.")
    async def transforms(
        self,
        info: SubgraphInfo,
        company_id: strawberry.ID,
        external_ref: str | None = None,
        first: int | None = 20,
        after: str | None = None,
    ) -> Connection[Transform] | None:
        company = await _company(info, company_id)
        if company is None or not await may_list(info.context, company, TransformDocument):
            return None
        where = {"company_id": company.id}
        if external_ref is not None:
            where["external_ref"] = external_ref
        return await page_of(info, TransformDocument, where, Transform.of, first, after)


async def _company(info: SubgraphInfo, id: str) -> CompanyDocument | None:
    return await info.context.loaders.load(CompanyDocument, id)
