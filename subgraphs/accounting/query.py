"""Accounting's queries. What the caller may not see is null."""

from __future__ import annotations

import strawberry

from flows.graphql.pages import Connection
from subgraphs.accounting.documents import JournalEntryDocument, OrganizationDocument
from subgraphs.accounting.types.entry import JournalEntry
from subgraphs.accounting.types.organization import Account, Organization
from subgraphs.shared.access import may_list
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.lists import page_of
from subgraphs.shared.roots import page_of_roots


@strawberry.type
class Query:
    @strawberry.field
    async def organization(self, info: SubgraphInfo, id: strawberry.ID) -> Organization | None:
        return await Organization.resolve_reference(info, id)

    @described("The organizations you have a role on.")
    async def organizations(
        self, info: SubgraphInfo, first: int | None = 20, after: str | None = None
    ) -> Connection[Organization]:
        return await page_of_roots(info, OrganizationDocument, Organization.of, first, after)

    @strawberry.field
    async def account(self, info: SubgraphInfo, id: strawberry.ID) -> Account | None:
        return await Account.resolve_reference(info, id)

    @described("An organization's entries; with `externalRef` only the one of that ref.")
    async def journal_entries(
        self,
        info: SubgraphInfo,
        organization_id: strawberry.ID,
        external_ref: str | None = None,
        first: int | None = 20,
        after: str | None = None,
    ) -> Connection[JournalEntry] | None:
        organization = await info.context.loaders.load(OrganizationDocument, organization_id)
        if organization is None or not await may_list(info.context, organization, JournalEntryDocument):
            return None
        where = {"organization_id": organization.id}
        if external_ref is not None:
            where["external_ref"] = external_ref
        return await page_of(info, JournalEntryDocument, where, JournalEntry.of, first, after)
