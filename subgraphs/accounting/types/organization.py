"""Organizations and their accounts."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.pages import Connection
from flows.graphql.types import Money, to_datetime
from identity import BAD_USER_INPUT, CodedError
from subgraphs.accounting.balances import Sums
from subgraphs.accounting.context import load_ledger
from subgraphs.accounting.documents import AccountDocument, AccountKind, OrganizationDocument
from subgraphs.shared import money
from subgraphs.shared.access import may_list
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.fields import described
from subgraphs.shared.lists import page_of

GraphQLAccountKind = strawberry.enum(AccountKind)


@strawberry.federation.type(keys=["id"], description="Somebody who keeps books.")
class Organization(Entity):
    documents = OrganizationDocument

    document: strawberry.Private[OrganizationDocument]
    id: strawberry.ID
    name: str
    created_at: datetime
    object_ref: str
    owner_ref: str

    @classmethod
    def of(cls, document: OrganizationDocument) -> Organization:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            name=document.name,
            created_at=to_datetime(document.created_at),
            object_ref=document.object_ref,
            owner_ref=document.owner_ref,
        )

    @described("The organization's accounts, newest last.")
    async def accounts(
        self, info: SubgraphInfo, first: int | None = 20, after: str | None = None
    ) -> Connection[Account] | None:
        if not await may_list(info.context, self.document, AccountDocument):
            return None
        where = {"organization_id": self.document.id}
        return await page_of(info, AccountDocument, where, Account.of, first, after)


@strawberry.federation.type(keys=["id"], description="One of the accounts that an organization posts to.")
class Account(Entity):
    documents = AccountDocument

    document: strawberry.Private[AccountDocument]
    id: strawberry.ID
    name: str
    kind: AccountKind
    created_at: datetime

    @classmethod
    def of(cls, document: AccountDocument) -> Account:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            name=document.name,
            kind=document.kind,
            created_at=to_datetime(document.created_at),
        )

    @strawberry.field
    async def organization(self, info: SubgraphInfo) -> Organization | None:
        return await Organization.resolve_reference(info, strawberry.ID(self.document.organization_id))

    @described(
        "Debits less credits for an ASSET or EXPENSE, credits less debits for the others; in the currency that was "
        "posted first (XXX while nothing was), or in the one given."
    )
    async def balance(self, info: SubgraphInfo, currency: str | None = None) -> Money:
        if currency is not None and not money.CURRENCY.match(currency):
            raise CodedError(BAD_USER_INPUT, "currency: three capital letters, such as EUR.")
        sums = await self._sums(info)
        return money.to_graphql(sums.balance(self.document.kind, currency))

    @described("The balance in each currency that was posted.")
    async def balances(self, info: SubgraphInfo) -> list[Money]:
        sums = await self._sums(info)
        return [money.to_graphql(item) for item in sums.balances(self.document.kind)]

    async def _sums(self, info: SubgraphInfo) -> Sums:
        ledger = await load_ledger(info, self.document.organization_id)
        return ledger.sums(self.document.id)
