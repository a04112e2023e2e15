"""Organizations, accounts and the journal through Accounting's schema, on a real store."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from flows.outcomes import Outcome, Reject
from flows.records import DeliveryRecord
from identity import Principal
from tests.integration.subgraphs.running import ADA, BOB, RunningService, plugin
from tests.integration.subgraphs_market.finds import Finds
from tests.integration.subgraphs_market.market import faults
from tests.support.toy_plugin import toy_plugin

ENTRY = "journalEntry { id memo externalRef lines { account { id } debit { amount } credit { amount } } }"


class Books:
    """An organization of ada's with some accounts."""

    def __init__(self, accounting: RunningService, organization_id: str) -> None:
        self.accounting = accounting
        self.organization_id = organization_id

    async def account(self, kind: str, name: str = "Account") -> str:
        """Make an account."""
        made = await self.accounting.mutate(
            "createAccount", "account { id }", organizationId=self.organization_id, name=name, kind=kind
        )
        return str(made["account"]["id"])

    async def post(self, *lines: dict[str, Any], who: Principal = ADA, **given: Any) -> Any:
        """Post an entry."""
        return await self.accounting.mutate(
            "postJournalEntry", ENTRY, who=who, organizationId=self.organization_id, lines=lines, **given
        )

    async def balance(self, account_id: str) -> tuple[str, str]:
        """Amount and currency."""
        query = "query($id: ID!) { account(id: $id) { balance { amount currency } } }"
        balance = (await self.accounting.ask(query, {"id": account_id}))["account"]["balance"]
        return balance["amount"], balance["currency"]


def debit(account_id: str, amount: str, currency: str = "EUR") -> dict[str, Any]:
    """A line that debits."""
    return {"accountId": account_id, "debit": {"amount": amount, "currency": currency}}


def credit(account_id: str, amount: str, currency: str = "EUR") -> dict[str, Any]:
    """A line that credits."""
    return {"accountId": account_id, "credit": {"amount": amount, "currency": currency}}


@pytest.fixture
async def books(accounting: RunningService) -> Books:
    made = await accounting.mutate("createOrganization", "organization { id }", name="Ada's")
    return Books(accounting, str(made["organization"]["id"]))


async def test_an_entry_moves_its_accounts(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    assert await books.balance(cash) == ("0", "XXX")
    posted = await books.post(debit(cash, "10.50"), credit(sales, "10.50"), memo="a sale")
    assert (posted["errors"], posted["run"]["status"]) == ([], "COMPLETED")
    assert posted["journalEntry"]["lines"][0] == {
        "account": {"id": cash},
        "debit": {"amount": "10.5"},
        "credit": None,
    }
    await books.post(credit(cash, "0.30"), debit(sales, "0.30"))
    assert await books.balance(cash) == ("10.2", "EUR")
    assert await books.balance(sales) == ("10.2", "EUR")


async def test_a_balance_is_shown_in_each_currency(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    await books.post(debit(cash, "10"), credit(sales, "10"))
    await books.post(debit(cash, "3", "USD"), credit(sales, "3", "USD"))
    query = """
      query($id: ID!, $in: String) { account(id: $id) {
        balance(currency: $in) { amount currency } balances { amount currency }
      } }
    """
    seen = (await books.accounting.ask(query, {"id": cash, "in": "USD"}))["account"]
    assert seen["balance"] == {"amount": "3", "currency": "USD"}
    assert seen["balances"] == [{"amount": "10", "currency": "EUR"}, {"amount": "3", "currency": "USD"}]
    result = await books.accounting.execute(query, {"id": cash, "in": "euro"})
    assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def test_concurrent_entries_count_once_each(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    posts = [books.post(debit(cash, "1"), credit(sales, "1"), externalRef=f"sale-{number % 5}") for number in range(10)]
    answers = await asyncio.gather(*posts)
    assert all(answer["errors"] == [] for answer in answers)
    assert len({answer["journalEntry"]["id"] for answer in answers}) == 5
    assert await books.balance(cash) == ("5", "EUR")


async def test_an_external_ref_names_one_entry_of_an_organization(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    lines = debit(cash, "10"), credit(sales, "10")
    first = await books.post(*lines, externalRef="sale-1")
    again = await books.post(debit(cash, "10.00"), credit(sales, "1e1"), externalRef="sale-1")
    assert again["journalEntry"]["id"] == first["journalEntry"]["id"]
    other = await books.post(debit(cash, "11"), credit(sales, "11"), externalRef="sale-1")
    assert faults(other) == [("EXTERNAL_REF_TAKEN", ["externalRef"])]
    assert await books.balance(cash) == ("10", "EUR")
    query = """
      query($id: ID!, $ref: String) {
        journalEntries(organizationId: $id, externalRef: $ref) { edges { node { id organization { name } } } }
      }
    """
    await books.post(*lines)
    found = await books.accounting.ask(query, {"id": books.organization_id, "ref": "sale-1"})
    (edge,) = found["journalEntries"]["edges"]
    assert edge["node"] == {"id": first["journalEntry"]["id"], "organization": {"name": "Ada's"}}
    found = await books.accounting.ask(query, {"id": books.organization_id})
    assert len(found["journalEntries"]["edges"]) == 2


async def test_bad_entries_are_told_what_is_wrong(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    theirs = await books.accounting.mutate("createOrganization", "organization { id }", who=BOB, name="Bob's")
    foreign = await books.accounting.mutate(
        "createAccount",
        "account { id }",
        who=BOB,
        organizationId=theirs["organization"]["id"],
        name="Cash",
        kind="ASSET",
    )
    both = {**debit(cash, "1"), "credit": {"amount": "1", "currency": "EUR"}}
    ok = credit(sales, "1")
    cases: list[tuple[list[dict[str, Any]], dict[str, Any], str, list[str]]] = [
        ([], {}, "EMPTY", ["lines"]),
        ([debit(cash, "1")], {}, "UNBALANCED", ["lines"]),
        ([debit(cash, "1"), credit(sales, "2")], {}, "UNBALANCED", ["lines"]),
        ([debit(cash, "1"), credit(sales, "1", "USD")], {}, "UNBALANCED", ["lines"]),
        ([debit(cash, "-1"), ok], {}, "NEGATIVE", ["lines", "0", "debit", "amount"]),
        ([debit(cash, "sNaN"), ok], {}, "NOT_A_NUMBER", ["lines", "0", "debit", "amount"]),
        ([debit(cash, "0.00001"), ok], {}, "OUT_OF_RANGE", ["lines", "0", "debit", "amount"]),
        ([both, ok], {}, "ONE_SIDE", ["lines", "0"]),
        ([debit(cash, "0"), ok], {}, "ONE_SIDE", ["lines", "0"]),
        ([{"accountId": cash}, ok], {}, "ONE_SIDE", ["lines", "0"]),
        ([debit("nothing", "1"), ok], {}, "NOT_FOUND", ["lines", "0", "accountId"]),
        ([debit(foreign["account"]["id"], "1"), ok], {}, "NOT_FOUND", ["lines", "0", "accountId"]),
        ([debit(cash, "1"), ok], {"externalRef": " "}, "BLANK", ["externalRef"]),
        ([debit(cash, "1"), ok], {"memo": "x" * 2001}, "TOO_LONG", ["memo"]),
    ]
    for lines, given, code, field in cases:
        payload = await books.post(*lines, **given)
        assert (code, field) in faults(payload), (lines, payload)
        assert payload["journalEntry"] is None
    assert await books.balance(cash) == ("0", "XXX")


async def test_an_organization_is_seen_by_its_roles_alone(books: Books) -> None:
    cash = await books.account("ASSET", "Cash")
    query = """
      query($id: ID!, $account: ID!) {
        organization(id: $id) {
          name objectRef ownerRef accounts { edges { node { name kind balance { amount } } } }
        }
        account(id: $account) { name }
        journalEntries(organizationId: $id) { edges { node { id } } }
      }
    """
    variables = {"id": books.organization_id, "account": cash}
    seen = await books.accounting.ask(query, variables)
    ref = f"accounting:Organization:{books.organization_id}"
    assert seen["organization"] == {
        "name": "Ada's",
        "objectRef": ref,
        "ownerRef": ref,
        "accounts": {"edges": [{"node": {"name": "Cash", "kind": "ASSET", "balance": {"amount": "0"}}}]},
    }
    hidden = {"organization": None, "account": None, "journalEntries": None}
    assert await books.accounting.ask(query, variables, BOB) == hidden
    denied = await books.post(debit(cash, "1"), credit(cash, "1"), who=BOB)
    assert faults(denied) == [("NOT_FOUND", ["organizationId"])]


async def test_the_organizations_plugins_are_told_of_entries_once(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    ref = f"accounting:Organization:{books.organization_id}"
    hook = "accounting_postJournalEntry_commit_entryPosted"
    await books.accounting.connect("auditor", [ref], ref, {hook: "ASYNC"})
    lines = debit(cash, "1"), credit(sales, "1")
    posted = await books.post(*lines, externalRef="sale-1")
    assert (posted["run"]["status"], posted["run"]["awaiting"]) == ("AWAITING", ["auditor"])
    again = await books.post(*lines, externalRef="sale-1")
    assert again["run"]["status"] == "COMPLETED"
    rows = [row async for row in books.accounting.store.collection("flows_deliveries").find({})]
    assert [row["hook_id"] for row in rows] == [hook]


async def test_a_plugin_posts_where_it_is_authorized(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    accounting = plugin("accounting", "accounting.entries.write", "accounting.entries.read")
    lines = debit(cash, "1"), credit(sales, "1")
    assert faults(await books.post(*lines, who=accounting)) == [("NOT_FOUND", ["organizationId"])]
    await books.accounting.authorize(
        "accounting",
        f"accounting:Organization:{books.organization_id}",
        "accounting.entries.write",
        "accounting.entries.read",
    )
    posted = await books.post(*lines, who=accounting)
    assert posted["errors"] == []
    assert posted["journalEntry"]["lines"][0]["account"] is None


async def test_balances_of_one_request_come_from_one_read_of_the_journal(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = [await books.account("ASSET", f"Account {number}") for number in range(4)]
    for first, second in pairwise(accounts):
        await books.post(debit(first, "2"), credit(second, "2"))
    finds = Finds(monkeypatch)
    query = """
      query($id: ID!) { organization(id: $id) {
        accounts { edges { node { balance { amount } balances { amount } } } }
      } }
    """
    seen = (await books.accounting.ask(query, {"id": books.organization_id}))["organization"]["accounts"]["edges"]
    assert [edge["node"]["balance"]["amount"] for edge in seen] == ["2", "0", "0", "-2"]
    assert finds.of["accounting_entries"] == 1


async def test_a_plugin_vetoes_an_entry(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    ref = f"accounting:Organization:{books.organization_id}"
    hook = "accounting_postJournalEntry_validate_beforeEntry"
    await books.accounting.connect("auditor", [ref], ref, {hook: "SYNC"})

    async def veto(delivery: DeliveryRecord) -> Outcome:
        assert delivery.payload["lines"][0] == {
            "account_id": cash,
            "debit": {"amount": "1", "currency": "EUR"},
            "credit": None,
        }
        return Reject("CLOSED", "The books of this year are closed.")

    async with toy_plugin(books.accounting.engine, "auditor", veto):
        refused = await books.post(debit(cash, "1"), credit(sales, "1"), externalRef="sale-1")
    assert faults(refused) == [("CLOSED", None)]
    assert (refused["run"]["status"], refused["journalEntry"]) == ("REJECTED", None)
    assert await books.balance(cash) == ("0", "XXX")


async def test_entries_come_in_pages_newest_last_and_as_entities(books: Books) -> None:
    cash, sales = await books.account("ASSET"), await books.account("INCOME")
    made = []
    for number in range(3):
        posted = await books.post(debit(cash, "1"), credit(sales, "1"), memo=f"{number}")
        made.append(posted["journalEntry"]["id"])
    query = """
      query($id: ID!, $after: String) { journalEntries(organizationId: $id, first: 2, after: $after) {
        edges { node { id } } pageInfo { hasNextPage hasPreviousPage endCursor }
      } }
    """
    first = (await books.accounting.ask(query, {"id": books.organization_id}))["journalEntries"]
    assert [edge["node"]["id"] for edge in first["edges"]] == made[:2]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    after = first["pageInfo"]["endCursor"]
    second = (await books.accounting.ask(query, {"id": books.organization_id, "after": after}))["journalEntries"]
    assert [edge["node"]["id"] for edge in second["edges"]] == made[2:]
    entities = """
      query($of: [_Any!]!) { _entities(representations: $of) {
        __typename ... on JournalEntry { memo } ... on Account { kind } ... on Organization { name }
      } }
    """
    of = [
        {"__typename": "JournalEntry", "id": made[0]},
        {"__typename": "Account", "id": cash},
        {"__typename": "Organization", "id": books.organization_id},
    ]
    seen = await books.accounting.ask(entities, {"of": of})
    assert seen["_entities"] == [
        {"__typename": "JournalEntry", "memo": "0"},
        {"__typename": "Account", "kind": "ASSET"},
        {"__typename": "Organization", "name": "Ada's"},
    ]
    assert await books.accounting.ask(entities, {"of": of}, BOB) == {"_entities": [None, None, None]}
