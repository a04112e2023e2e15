"""The steps of `postJournalEntry`: plugins are asked, then the entry is written as one document."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from flows.schema import (
    Change,
    Flow,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    ValidateStep,
    WriteStep,
)
from subgraphs.accounting.documents import AccountDocument, JournalEntryDocument, organization_ref
from subgraphs.accounting.flows.post_journal_entry.params import (
    PostJournalEntry,
    check,
    entry_id,
    fingerprint,
    to_stored,
)
from subgraphs.accounting.flows.post_journal_entry.payloads import (
    AccountingEntryLineValues,
    AccountingPostJournalEntryCommitEntryPosted,
    AccountingPostJournalEntryValidateBeforeEntry,
)


def earlier(
    ctx: StepContext[PostJournalEntry], entry: JournalEntryDocument | None
) -> JournalEntryDocument | Refusal | None:
    """The entry that the same input made before; a refusal where its input was another."""
    if entry is not None and entry.asked != fingerprint(ctx.params):
        message = f"Another entry of this organization has the external ref {ctx.params.external_ref!r}."
        return Refusal("EXTERNAL_REF_TAKEN", message, ("externalRef",))
    return entry


async def foreign_account(ctx: StepContext[PostJournalEntry]) -> Refusal | None:
    """The first line that names no account of the organization."""
    for position, line in enumerate(ctx.params.lines):
        account = await ctx.load(AccountDocument, line.account_id)
        if account is None or account.organization_id != ctx.params.organization_id:
            message = f"Line {position + 1} names no account of this organization."
            return Refusal("NOT_FOUND", message, ("lines", str(position), "accountId"))
    return None


async def before_entry(
    ctx: StepContext[PostJournalEntry], entry: JournalEntryDocument | None
) -> Mapping[str, HookCall] | Refusal:
    """Ask the organization's plugins, unless the entry exists or is impossible anyway."""
    found = earlier(ctx, entry)
    if found is not None:
        return found if isinstance(found, Refusal) else {}
    if refused := await foreign_account(ctx):
        return refused
    params = ctx.params
    payload = AccountingPostJournalEntryValidateBeforeEntry(
        entry_id=strawberry.ID(entry_id(ctx)),
        organization_id=strawberry.ID(params.organization_id),
        lines=[AccountingEntryLineValues.of(line) for line in to_stored(params)],
        memo=params.memo,
        external_ref=params.external_ref,
    )
    return {"beforeEntry": HookCall([organization_ref(params.organization_id)], payload)}


async def post_entry(
    ctx: StepContext[PostJournalEntry], entry: JournalEntryDocument | None
) -> Change | Unchanged | Refusal:
    """Write the entry and tell the organization's plugins, unless it was written before."""
    found = earlier(ctx, entry)
    if found is not None:
        return found if isinstance(found, Refusal) else Unchanged({"entryId": found.id})
    if refused := await foreign_account(ctx):
        return refused
    params = ctx.params
    made = JournalEntryDocument(
        id=entry_id(ctx),
        created_at=ctx.now,
        organization_id=params.organization_id,
        lines=to_stored(params),
        memo=params.memo,
        external_ref=params.external_ref,
        asked=fingerprint(params),
    )
    payload = AccountingPostJournalEntryCommitEntryPosted(
        entry_id=strawberry.ID(made.id),
        organization_id=strawberry.ID(made.organization_id),
        lines=[AccountingEntryLineValues.of(line) for line in made.lines],
        memo=made.memo,
        external_ref=made.external_ref,
    )
    call = HookCall([made.owner_ref], payload)
    return Change(made, result={"entryId": made.id}, hooks={"entryPosted": call})


POST_JOURNAL_ENTRY = Flow(
    tag="postJournalEntry",
    params=PostJournalEntry,
    object_refs=lambda params: [organization_ref(params.organization_id)],
    check=check,
    steps=(
        ValidateStep(
            hooks=(Hook("beforeEntry", ("Organization",), AccountingPostJournalEntryValidateBeforeEntry),),
            calls=before_entry,
        ),
        WriteStep(
            document=JournalEntryDocument,
            subject=entry_id,
            change=post_entry,
            hooks=(Hook("entryPosted", ("Organization",), AccountingPostJournalEntryCommitEntryPosted),),
        ),
    ),
)
