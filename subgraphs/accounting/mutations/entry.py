"""Mutations of the journal."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, MoneyInput, UserError
from subgraphs.accounting.documents import JournalEntryDocument, OrganizationDocument
from subgraphs.accounting.flows.post_journal_entry import POST_JOURNAL_ENTRY, GivenLine, PostJournalEntry
from subgraphs.accounting.types.entry import JournalEntry
from subgraphs.shared import money
from subgraphs.shared.access import refuse_write
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow


@strawberry.input(description="A debit or a credit; a side of 0 counts as none.")
class JournalLineInput:
    account_id: strawberry.ID
    debit: MoneyInput | None = None
    credit: MoneyInput | None = None


@strawberry.input
class PostJournalEntryInput:
    organization_id: strawberry.ID
    lines: list[JournalLineInput] = strawberry.field(
        description="Debits and credits, equal in each currency; accounts of the organization."
    )
    memo: str | None = None
    external_ref: str | None = strawberry.field(
        default=None, description="Unique in the organization: the same input again returns the first entry."
    )
    idempotency_key: str | None = None


@strawberry.type
class PostJournalEntryPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    journal_entry: JournalEntry | None = None


def given_line(line: JournalLineInput) -> GivenLine:
    """The parameters' form of a line."""
    return GivenLine(
        account_id=line.account_id,
        debit=money.from_input(line.debit) if line.debit else None,
        credit=money.from_input(line.credit) if line.credit else None,
    )


@strawberry.type
class EntryMutations:
    @described("Post an entry; its debits and credits must balance.")
    async def post_journal_entry(self, info: SubgraphInfo, input: PostJournalEntryInput) -> PostJournalEntryPayload:
        if errors := await refuse_write(
            info.context,
            OrganizationDocument,
            input.organization_id,
            "organizationId",
            writes=JournalEntryDocument,
        ):
            return PostJournalEntryPayload(errors=errors)
        params = PostJournalEntry(
            organization_id=input.organization_id,
            lines=[given_line(line) for line in input.lines],
            memo=input.memo,
            external_ref=input.external_ref,
        )
        outcome = await run_flow(info, POST_JOURNAL_ENTRY, params, input.idempotency_key)
        entry = await JournalEntry.shown(info, "journalEntry", result_id(outcome, "entryId"))
        return PostJournalEntryPayload(run=outcome.run, errors=outcome.errors, journal_entry=entry)
