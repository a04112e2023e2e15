"""Payloads of the hooks of `postJournalEntry`."""

from __future__ import annotations

import strawberry

from flows.graphql.types import Money
from subgraphs.accounting.documents import StoredEntryLine
from subgraphs.accounting.types.entry import JournalEntry
from subgraphs.accounting.types.organization import Account, Organization
from subgraphs.shared import money
from subgraphs.shared.context import SubgraphInfo


@strawberry.type(description="A line of an entry as it was at the hook: a debit or a credit.")
class AccountingEntryLineValues:
    account_id: strawberry.ID
    debit: Money | None
    credit: Money | None

    @classmethod
    def of(cls, line: StoredEntryLine) -> AccountingEntryLineValues:
        return cls(
            account_id=strawberry.ID(line.account_id),
            debit=money.to_graphql(line.debit) if line.debit else None,
            credit=money.to_graphql(line.credit) if line.credit else None,
        )

    @strawberry.field
    async def account(self, info: SubgraphInfo) -> Account | None:
        return await Account.live(info, self.account_id)


@strawberry.type(description="An entry is about to be posted. It has its id, but is not stored yet.")
class AccountingPostJournalEntryValidateBeforeEntry:
    entry_id: strawberry.ID
    organization_id: strawberry.ID
    lines: list[AccountingEntryLineValues]
    memo: str | None
    external_ref: str | None

    @strawberry.field
    async def organization(self, info: SubgraphInfo) -> Organization | None:
        return await Organization.live(info, self.organization_id)


@strawberry.type(description="An entry was posted.")
class AccountingPostJournalEntryCommitEntryPosted:
    entry_id: strawberry.ID
    organization_id: strawberry.ID
    lines: list[AccountingEntryLineValues]
    memo: str | None
    external_ref: str | None

    @strawberry.field
    async def entry(self, info: SubgraphInfo) -> JournalEntry | None:
        return await JournalEntry.live(info, self.entry_id)

    @strawberry.field
    async def organization(self, info: SubgraphInfo) -> Organization | None:
        return await Organization.live(info, self.organization_id)
