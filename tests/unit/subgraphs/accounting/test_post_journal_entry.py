"""An entry balances, names accounts of its organization, and is posted once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flows.codec import from_json, to_json
from flows.schema import Change, Refusal, Unchanged
from subgraphs.accounting.documents import AccountDocument, AccountKind, JournalEntryDocument
from subgraphs.accounting.flows.post_journal_entry import GivenLine, PostJournalEntry
from subgraphs.accounting.flows.post_journal_entry.flow import before_entry, post_entry
from subgraphs.accounting.flows.post_journal_entry.params import check, entry_id, fingerprint
from subgraphs.accounting.flows.post_journal_entry.payloads import AccountingPostJournalEntryCommitEntryPosted
from subgraphs.shared.money import Amount
from tests.unit.subgraphs.steps import NOW, changed, codes, refused, step_context

EUR_10 = Amount(Decimal("10.00"), "EUR")


def account(id: str, organization_id: str = "org") -> AccountDocument:
    """An account."""
    return AccountDocument(
        id=id, created_at=NOW, organization_id=organization_id, name="Account", kind=AccountKind.ASSET
    )


def entry(
    debit: str = "10", credit: str = "10", external_ref: str | None = None, memo: str | None = None
) -> PostJournalEntry:
    """Cash is debited and sales are credited."""
    lines = [
        GivenLine("cash", debit=Amount(Decimal(debit), "EUR")),
        GivenLine("sales", credit=Amount(Decimal(credit), "EUR")),
    ]
    return PostJournalEntry("org", lines, memo, external_ref)


async def post(params: PostJournalEntry, found: JournalEntryDocument | None = None) -> Change | Unchanged | Refusal:
    """Post where both accounts exist."""
    return await post_entry(step_context(params, account("cash"), account("sales")), found)


async def posted(params: PostJournalEntry) -> JournalEntryDocument:
    """The entry that the input makes."""
    document = changed(await post(params)).document
    assert isinstance(document, JournalEntryDocument)
    return document


async def test_an_entry_is_one_document_and_tells_the_organizations_plugins() -> None:
    change = changed(await post(entry("10.50", "1.05e1", "sale-1", "a sale")))
    made = change.document
    assert isinstance(made, JournalEntryDocument)
    assert [line.model_dump(exclude_none=True) for line in made.lines] == [
        {"account_id": "cash", "debit": {"amount": "10.5", "currency": "EUR"}},
        {"account_id": "sales", "credit": {"amount": "10.5", "currency": "EUR"}},
    ]
    assert change.result == {"entryId": made.id}
    call = change.hooks["entryPosted"]
    assert list(call.targets) == ["accounting:Organization:org"]
    assert to_json(call.payload) == {
        "entry_id": made.id,
        "organization_id": "org",
        "lines": [
            {"account_id": "cash", "debit": {"amount": "10.5", "currency": "EUR"}, "credit": None},
            {"account_id": "sales", "debit": None, "credit": {"amount": "10.5", "currency": "EUR"}},
        ],
        "memo": "a sale",
        "external_ref": "sale-1",
    }
    assert from_json(AccountingPostJournalEntryCommitEntryPosted, to_json(call.payload)) == call.payload


async def test_plugins_are_asked_about_a_new_entry_only() -> None:
    ctx = step_context(entry(external_ref="sale-1"), account("cash"), account("sales"))
    calls = await before_entry(ctx, None)
    assert isinstance(calls, dict)
    assert list(calls["beforeEntry"].targets) == ["accounting:Organization:org"]
    assert calls["beforeEntry"].payload.entry_id == entry_id(ctx)
    assert await before_entry(ctx, await posted(entry(external_ref="sale-1"))) == {}


async def test_an_external_ref_names_one_entry() -> None:
    first = await posted(entry(external_ref="sale-1"))
    assert await post(entry("10.0", "1e1", "sale-1"), first) == Unchanged({"entryId": first.id})
    for other in (entry("11", "11", "sale-1"), entry(external_ref="sale-1", memo="another")):
        assert refused(await post(other, first)) == ("EXTERNAL_REF_TAKEN", ("externalRef",))
        ctx = step_context(other, account("cash"), account("sales"))
        assert refused(await before_entry(ctx, first)) == ("EXTERNAL_REF_TAKEN", ("externalRef",))


def test_the_id_is_made_of_the_ref_and_without_one_of_the_run() -> None:
    with_ref = entry(external_ref="sale-1")
    assert entry_id(step_context(with_ref, run_id="a")) == entry_id(step_context(with_ref, run_id="b"))
    other_owner = PostJournalEntry("other", with_ref.lines, None, "sale-1")
    assert entry_id(step_context(with_ref)) != entry_id(step_context(other_owner))
    assert entry_id(step_context(entry(), run_id="a")) != entry_id(step_context(entry(), run_id="b"))


def test_a_side_of_zero_is_no_side() -> None:
    zero = Amount(Decimal("0.00"), "EUR")
    with_zeros = [GivenLine("cash", EUR_10, zero), GivenLine("sales", zero, EUR_10)]
    params = PostJournalEntry("org", with_zeros)
    assert check(params) == []
    assert fingerprint(params) == fingerprint(entry())


async def test_accounts_are_the_organizations_own() -> None:
    for found in ((account("cash"),), (account("cash"), account("sales", "other"))):
        ctx = step_context(entry(), *found)
        assert refused(await before_entry(ctx, None)) == ("NOT_FOUND", ("lines", "1", "accountId"))
        assert refused(await post_entry(ctx, None)) == ("NOT_FOUND", ("lines", "1", "accountId"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], {("EMPTY", ("lines",))}),
        ([GivenLine("cash")], {("ONE_SIDE", ("lines", "0"))}),
        ([GivenLine("cash", EUR_10, EUR_10)], {("ONE_SIDE", ("lines", "0"))}),
        ([GivenLine("cash", EUR_10)], {("UNBALANCED", ("lines",))}),
        (
            [GivenLine("cash", Amount(Decimal(-1), "EUR")), GivenLine("", None, Amount(Decimal(-1), "EUR"))],
            {
                ("NEGATIVE", ("lines", "0", "debit", "amount")),
                ("NEGATIVE", ("lines", "1", "credit", "amount")),
                ("NOT_FOUND", ("lines", "1", "accountId")),
            },
        ),
        (
            [GivenLine("cash", EUR_10), GivenLine("sales", None, Amount(Decimal(10), "USD"))],
            {("UNBALANCED", ("lines",))},
        ),
        ([GivenLine("cash", Amount(Decimal("sNaN"), "EUR"))], {("NOT_A_NUMBER", ("lines", "0", "debit", "amount"))}),
        ([GivenLine("cash", Amount(Decimal("1e99"), "EUR"))], {("OUT_OF_RANGE", ("lines", "0", "debit", "amount"))}),
    ],
)
def test_bad_lines_are_named(lines: list[GivenLine], expected: set[tuple[str, tuple[str, ...]]]) -> None:
    assert codes(check(PostJournalEntry("org", lines))) == expected


def test_bad_texts_are_named() -> None:
    params = PostJournalEntry("org", entry().lines, "x" * 2001, " ")
    assert codes(check(params)) == {("TOO_LONG", ("memo",)), ("BLANK", ("externalRef",))}


def test_what_is_missing_is_said() -> None:
    (refusal,) = check(entry("10", "9.5"))
    assert refusal.message == "The entry does not balance: 0.5 EUR more debits."
