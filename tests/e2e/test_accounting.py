"""Scenario 7: sales are posted to the books."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest_asyncio

from tests.e2e import IN_STACK
from tests.e2e.garden import Books, open_books
from tests.e2e.shop import Shop
from tests.support.stack import Stack

pytestmark = IN_STACK


@pytest_asyncio.fixture(loop_scope="session")
async def books(shop: Shop) -> Books:
    """An organization, which the shop's business is connected to."""
    return await open_books(shop)


async def sell(shop: Shop, good: str, quantity: int) -> dict[str, Any]:
    """The payload of a sale."""
    customer = await shop.customer("carol@example.org")
    lines = [{"goodId": good, "quantity": quantity}]
    return await shop.owner.mutate(
        "createSale", "sale { id }", businessId=shop.business, customerId=customer, lines=lines
    )


async def test_a_sale_posts_one_balanced_entry(shop: Shop, books: Books) -> None:
    # Given a business connected to `accounting`, linked to an organization.
    good = await shop.good("tea", stock=10)
    # When a sale is made,
    sale = await sell(shop, good, 3)
    assert (await shop.owner.finished(sale["run"]))["status"] == "COMPLETED"
    # then there is one entry with `externalRef` = the sale, debit and credit equal.
    (entry,) = await books.entries()
    assert entry["externalRef"] == sale["sale"]["id"]
    total = {"amount": "7.5", "currency": "EUR"}
    assert entry["lines"] == [
        {"accountId": books.cash, "debit": total, "credit": None},
        {"accountId": books.sales, "debit": None, "credit": total},
    ]
    # A second entry under that ref is not to be had, whoever asks.
    other = [{**line, "debit": line["credit"], "credit": line["debit"]} for line in entry["lines"]]
    given = {"organizationId": books.organization, "lines": other, "externalRef": sale["sale"]["id"]}
    refused = await shop.owner.attempt("postJournalEntry", "journalEntry { id }", **given)
    assert [error["code"] for error in refused["errors"]] == ["EXTERNAL_REF_TAKEN"]


async def test_a_delivery_that_comes_again_posts_nothing_more(shop: Shop, books: Books, stack: Stack) -> None:
    """The plugin is killed while sales are made: their deliveries come again to the next one."""
    good = await shop.good("tea", stock=10)
    sales = [await sell(shop, good, 1) for _ in range(3)]
    os.kill(stack.plugin_pid("accounting"), signal.SIGKILL)
    sales += [await sell(shop, good, 1) for _ in range(3)]
    for sale in sales:
        assert (await shop.owner.finished(sale["run"], seconds=60))["status"] == "COMPLETED"
    assert sorted(entry["externalRef"] for entry in await books.entries()) == sorted(
        sale["sale"]["id"] for sale in sales
    )
    assert await books.balances() == ("15", "15")


async def test_a_cancelled_sale_is_taken_back(shop: Shop, books: Books) -> None:
    good = await shop.good("tea", stock=10)
    sale = await sell(shop, good, 4)
    cancelled = await shop.owner.mutate("cancelSale", "sale { status }", saleId=sale["sale"]["id"], reason="no tea")
    for payload in (sale, cancelled):
        assert (await shop.owner.finished(payload["run"]))["status"] == "COMPLETED"
    assert await books.balances() == ("0", "0")


async def test_an_order_is_in_the_books(shop: Shop, books: Books) -> None:
    """Market, Commerce and Accounting by three plugins: the order is a sale, the sale an entry."""
    tea = await shop.ware("tea", stock=10)
    order = await shop.place((tea, 2))
    assert (await shop.owner.finished(order.run))["status"] == "COMPLETED"
    await shop.at_rest(tea.good_ref, tea.offer_ref, shop.business_ref)
    (entry,) = await books.entries()
    (sale,) = await shop.sales()
    assert (sale["id"], sale["externalRef"]) == (entry["externalRef"], order.id)
    assert await books.balances() == ("5", "5")
