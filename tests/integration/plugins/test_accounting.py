"""Scenario 7 with the real gateway, services and plugin, its worker in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flows.parts import inbox_topic
from plugins.accounting import plugin
from store import Store
from tests.integration.plugins.trade import Trade, at_work, finished, trading

ENTRIES = """query ($id: ID!) { journalEntries(organizationId: $id) { edges { node {
    externalRef lines { accountId debit { amount } credit { amount } } } } } }"""


@pytest.fixture
async def trade(store: Store) -> AsyncIterator[Trade]:
    """The services."""
    async with trading(store) as trade:
        yield trade


async def keep_books(trade: Trade) -> dict[str, str]:
    """Accounts, and the business connected to their organization; the accounts' ids by name."""
    accounts = {}
    for name, kind in (("Cash", "ASSET"), ("Sales", "INCOME")):
        given: dict[str, Any] = {"organizationId": trade.organization_id, "name": name, "kind": kind}
        accounts[name] = (await trade.accounting.mutate("createAccount", "account { id }", **given))["account"]["id"]
    business, organization = (
        f"commerce:Business:{trade.business_id}",
        f"accounting:Organization:{trade.organization_id}",
    )
    await trade.connect("accounting", business, business, links={"organization": organization})
    return accounts


async def sell(trade: Trade, good: str, quantity: int) -> dict[str, Any]:
    """The payload of a sale of so many of a good."""
    buyer: dict[str, Any] = {"businessId": trade.business_id, "name": "Carol", "email": "carol@example.org"}
    customer = (await trade.commerce.mutate("createCustomer", "customer { id }", **buyer))["customer"]["id"]
    made: dict[str, Any] = await trade.commerce.mutate(
        "createSale",
        "sale { id }",
        businessId=trade.business_id,
        customerId=customer,
        lines=[{"goodId": good, "quantity": quantity}],
    )
    assert made["errors"] == []
    return made


async def entries(trade: Trade) -> list[dict[str, Any]]:
    """The organization's entries, oldest first."""
    found = await trade.accounting.ask(ENTRIES, {"id": trade.organization_id})
    return [edge["node"] for edge in found["journalEntries"]["edges"]]


async def balances(trade: Trade, accounts: dict[str, str]) -> dict[str, str]:
    """The balance of each account."""
    query = "query ($id: ID!) { account(id: $id) { balance { amount } } }"
    return {
        name: (await trade.accounting.ask(query, {"id": id}))["account"]["balance"]["amount"]
        for name, id in accounts.items()
    }


async def failure(trade: Trade, run_id: str) -> str:
    """Why the delivery of a run failed, once it has."""
    deliveries = trade.commerce.store.collection("flows_deliveries")
    with trade.commerce.engine.parts.hub.subscribe(inbox_topic(f"commerce|{plugin.tag}")) as waiter:
        async with asyncio.timeout(20):
            while True:
                row = await deliveries.find_one({"run_id": run_id})
                if row is not None and row["failures"]:
                    return str(row["last_error"])
                await waiter.wait(1)


async def test_a_sale_is_posted_once_however_often_its_delivery_is_taken_up(trade: Trade) -> None:
    accounts = await keep_books(trade)
    good, _ = await trade.good_with_offer("tea", connected=False)
    sale = await sell(trade, good, 3)
    async with at_work(trade, plugin, crash=True):
        async for view in trade.commerce.engine.watch_runs(id=sale["run"]["id"]):
            if await entries(trade) or view.run.terminal:
                break
    async with at_work(trade, plugin):
        assert await finished(trade.commerce, sale["run"]["id"]) == "COMPLETED"
    (entry,) = await entries(trade)
    assert entry["externalRef"] == sale["sale"]["id"]
    assert entry["lines"] == [
        {"accountId": accounts["Cash"], "debit": {"amount": "7.5"}, "credit": None},
        {"accountId": accounts["Sales"], "debit": None, "credit": {"amount": "7.5"}},
    ]
    assert await balances(trade, accounts) == {"Cash": "7.5", "Sales": "7.5"}


async def test_a_cancelled_sale_is_taken_back_in_the_books(trade: Trade) -> None:
    accounts = await keep_books(trade)
    good, _ = await trade.good_with_offer("tea", connected=False)
    async with at_work(trade, plugin):
        sale = await sell(trade, good, 2)
        cancelled = await trade.commerce.mutate("cancelSale", "sale { id }", saleId=sale["sale"]["id"])
        for payload in (sale, cancelled):
            assert await finished(trade.commerce, payload["run"]["id"]) == "COMPLETED"
    first, second = await entries(trade)
    assert (first["externalRef"], second["externalRef"]) == (sale["sale"]["id"], f"{sale['sale']['id']}/cancelled")
    assert await balances(trade, accounts) == {"Cash": "0", "Sales": "0"}


async def test_a_sale_waits_for_the_account_it_is_posted_to(trade: Trade) -> None:
    """Without an INCOME account the delivery comes again, until there is one."""
    good, _ = await trade.good_with_offer("tea", connected=False)
    business, organization = (
        f"commerce:Business:{trade.business_id}",
        f"accounting:Organization:{trade.organization_id}",
    )
    await trade.connect("accounting", business, business, links={"organization": organization})
    sale = await sell(trade, good, 1)
    async with at_work(trade, plugin):
        assert "no ASSET account" in await failure(trade, sale["run"]["id"])
        for name, kind in (("Cash", "ASSET"), ("Sales", "INCOME")):
            given: dict[str, Any] = {"organizationId": trade.organization_id, "name": name, "kind": kind}
            await trade.accounting.mutate("createAccount", "account { id }", **given)
        assert await finished(trade.commerce, sale["run"]["id"]) == "COMPLETED"
    assert len(await entries(trade)) == 1
