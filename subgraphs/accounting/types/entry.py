"""Journal entries and their lines."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.types import Money, to_datetime
from subgraphs.accounting.documents import JournalEntryDocument, StoredEntryLine
from subgraphs.accounting.types.organization import Account, Organization
from subgraphs.shared import money
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity


@strawberry.type(description="What an entry does to one account: a debit or a credit.")
class JournalLine:
    account_id: strawberry.ID
    debit: Money | None
    credit: Money | None

    @classmethod
    def of(cls, line: StoredEntryLine) -> JournalLine:
        return cls(
            account_id=strawberry.ID(line.account_id),
            debit=money.to_graphql(line.debit) if line.debit else None,
            credit=money.to_graphql(line.credit) if line.credit else None,
        )

    @strawberry.field
    async def account(self, info: SubgraphInfo) -> Account | None:
        return await Account.resolve_reference(info, self.account_id)


@strawberry.federation.type(keys=["id"], description="Debits and credits that balance; never changed.")
class JournalEntry(Entity):
    documents = JournalEntryDocument

    document: strawberry.Private[JournalEntryDocument]
    id: strawberry.ID
    lines: list[JournalLine]
    memo: str | None
    external_ref: str | None
    created_at: datetime

    @classmethod
    def of(cls, document: JournalEntryDocument) -> JournalEntry:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            lines=[JournalLine.of(line) for line in document.lines],
            memo=document.memo,
            external_ref=document.external_ref,
            created_at=to_datetime(document.created_at),
        )

    @strawberry.field
    async def organization(self, info: SubgraphInfo) -> Organization | None:
        return await Organization.resolve_reference(info, strawberry.ID(self.document.organization_id))
