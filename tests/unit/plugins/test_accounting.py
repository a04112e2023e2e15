"""The accounting plugin: sales become journal entries."""

from __future__ import annotations

from typing import Any

import pytest

from plugin_sdk import UserErrors
from plugin_sdk.testing import Call, Complete, Delivered, Harness, connection
from plugins.accounting import plugin

CREATED = "commerce_createSale_commit_saleCreated"
CANCELLED = "commerce_cancelSale_commit_saleCancelled"
ACCEPTED: dict[str, Any] = {"errors": []}
TOTAL = {"amount": "19.90", "currency": "EUR"}
SALE: dict[str, Any] = {"saleId": "s1", "externalRef": "order-1", "total": TOTAL}
ACCOUNTS = [("x", "EXPENSE"), ("cash", "ASSET"), ("bank", "ASSET"), ("sales", "INCOME"), ("other", "INCOME")]


def books(**config: str) -> Any:
    return connection(
        "commerce:Business:b1", links={"organization": "accounting:Organization:o1"}, config=config or None
    )


def page(accounts: list[tuple[str, str]], end: str | None = None) -> dict[str, Any]:
    edges = [{"node": {"id": id, "kind": kind}} for id, kind in accounts]
    return {"accounts": {"edges": edges, "pageInfo": {"hasNextPage": end is not None, "endCursor": end}}}


async def sell(sale: dict[str, Any], connected: Any, **graphql: Any) -> Delivered:
    answers = {"organization": page(ACCOUNTS), "postJournalEntry": ACCEPTED, **graphql}
    return await Harness(plugin).deliver(CREATED, payload=sale, connections=[connected], graphql=answers)


def posted(delivered: Delivered) -> list[dict[str, Any]]:
    return [call.variables["input"] for call in delivered.calls if call.field == "postJournalEntry"]


async def test_a_sale_is_a_balanced_entry_under_its_own_ref() -> None:
    delivered = await sell(SALE, books())
    assert delivered.outcome == Complete()
    assert posted(delivered) == [
        {
            "organizationId": "o1",
            "lines": [{"accountId": "cash", "debit": TOTAL}, {"accountId": "sales", "credit": TOTAL}],
            "memo": "Sale of order-1",
            "externalRef": "s1",
        }
    ]


async def test_a_repeated_delivery_posts_the_same_under_the_same_key() -> None:
    harness, answers = Harness(plugin), {"organization": page(ACCOUNTS), "postJournalEntry": ACCEPTED}
    first, again = [
        await harness.deliver(
            CREATED, payload=SALE, connections=[books()], graphql=answers, delivery_id="d1", attempt=attempt
        )
        for attempt in (1, 2)
    ]
    assert first.calls == again.calls


async def test_the_config_names_other_accounts() -> None:
    delivered = await sell(SALE, books(debitAccount="bank", creditAccount="other"))
    (entry,) = posted(delivered)
    assert [line["accountId"] for line in entry["lines"]] == ["bank", "other"]
    assert [call.field for call in delivered.calls] == ["postJournalEntry"]
    (entry,) = posted(await sell(SALE, books(creditAccount="other")))
    assert [line["accountId"] for line in entry["lines"]] == ["cash", "other"]


async def test_accounts_are_looked_for_on_every_page() -> None:
    def organization(call: Call) -> Any:
        return page([("sales", "INCOME")]) if call.variables["after"] == "p1" else page([("cash", "ASSET")], "p1")

    (entry,) = posted(await sell(SALE, books(), organization=organization))
    assert [line["accountId"] for line in entry["lines"]] == ["cash", "sales"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (page([("sales", "INCOME")]), "no ASSET account"),
        (page([("cash", "ASSET")]), "no INCOME account"),
        (None, "cannot be read"),
        ({"accounts": None}, "cannot be read"),
    ],
)
async def test_what_is_missing_is_named_and_waited_for(found: Any, said: str) -> None:
    delivered = await sell(SALE, books(), organization=found)
    assert isinstance(delivered.error, LookupError)
    assert said in str(delivered.error)
    assert posted(delivered) == []


async def test_a_sale_that_cost_nothing_is_not_posted() -> None:
    delivered = await sell({**SALE, "total": {"amount": "0", "currency": "EUR"}}, books())
    assert (delivered.outcome, posted(delivered)) == (Complete(), [])


async def test_a_refused_entry_is_tried_again() -> None:
    refused = {"errors": [{"code": "CONFLICT", "message": "later"}]}
    assert isinstance((await sell(SALE, books(), postJournalEntry=refused)).error, UserErrors)


@pytest.mark.parametrize("hook", [CREATED, CANCELLED])
async def test_a_business_without_the_link_keeps_no_books(hook: str) -> None:
    payload = {**SALE, "reason": None}
    delivered = await Harness(plugin).deliver(hook, payload=payload, connections=[connection("commerce:Business:b1")])
    assert (delivered.outcome, delivered.calls) == (Complete(), [])


async def cancel(entries: Any, reason: str | None = "changed my mind") -> Delivered:
    return await Harness(plugin).deliver(
        CANCELLED,
        payload={"saleId": "s1", "reason": reason},
        connections=[books()],
        graphql={"journalEntries": entries, "postJournalEntry": ACCEPTED},
    )


async def test_a_cancelled_sale_is_taken_back_line_by_line() -> None:
    lines = [
        {"accountId": "bank", "debit": TOTAL, "credit": None},
        {"accountId": "sales", "debit": None, "credit": TOTAL},
    ]
    delivered = await cancel({"edges": [{"node": {"lines": lines}}]})
    assert posted(delivered) == [
        {
            "organizationId": "o1",
            "lines": [{"accountId": "bank", "credit": TOTAL}, {"accountId": "sales", "debit": TOTAL}],
            "memo": "Sale cancelled: changed my mind",
            "externalRef": "s1/cancelled",
        }
    ]


async def test_a_sale_that_was_never_posted_needs_no_reversal() -> None:
    delivered = await cancel({"edges": []})
    assert (delivered.outcome, posted(delivered)) == (Complete(), [])


async def test_entries_that_cannot_be_read_fail_the_attempt() -> None:
    assert isinstance((await cancel(None)).error, LookupError)
