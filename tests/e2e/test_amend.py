"""Scenario 11: sync plugins amend the prices of a sale, one after the other, in their declared order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest_asyncio

from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import PRICE, Shop
from tests.support.gql import Caller
from tests.support.plugins.discount import make_discount
from tests.support.stack import Stack, register

pytestmark = IN_STACK

MODULE = "tests.support.plugins.discount"
# By their tags alone `loyal` would come before `season`; it is declared to come after it.
FIRST, SECOND = "season", "loyal"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def discounts(stack: Stack, people: People) -> AsyncIterator[None]:
    """Two plugins at work, the second of which says that it comes after the first."""
    async with AsyncExitStack() as running:
        for tag, after in ((FIRST, ()), (SECOND, (FIRST,))):
            registered = await register(
                stack, await people.user("admin"), make_discount(tag, after), MODULE, tag, *after
            )
            await running.enter_async_context(registered.at_work())
        yield


async def sell(shop: Shop, good: str, quantity: int, **given: Any) -> dict[str, Any]:
    """The payload of a sale."""
    customer = await shop.customer("carol@example.org")
    return await shop.owner.attempt(
        "createSale",
        "sale { total { amount } lines { quantity unitPrice { amount currency } } }",
        businessId=shop.business,
        customerId=customer,
        lines=[{"goodId": good, "quantity": quantity, **given}],
    )


async def give(shop: Shop, tag: str, config: dict[str, Any]) -> None:
    """Authorize and connect a discount to the business."""
    await shop.authorize(tag)
    await shop.connect(shop.business_ref, tag, config=config)


async def test_a_plugin_gives_a_discount(shop: Shop, discounts: None) -> None:
    good = await shop.good("tea")
    await give(shop, FIRST, {"percent": 20})
    sold = await sell(shop, good, 3)
    assert (sold["errors"], sold["run"]["status"]) == ([], "COMPLETED")
    # 2.50 less 20 %; the good's own price stays.
    assert sold["sale"]["lines"] == [{"quantity": 3, "unitPrice": {"amount": "2", "currency": "EUR"}}]
    assert sold["sale"]["total"] == {"amount": "6"}
    price = (await shop.owner.ask("query ($id: ID!) { good(id: $id) { price { amount } } }", id=good))["good"]["price"]
    assert float(price["amount"]) == float(PRICE["amount"])


async def test_two_plugins_apply_in_their_declared_order(shop: Shop, discounts: None) -> None:
    # Given two discounts on one business, half the price and then one euro off,
    good = await shop.good("pot")
    await give(shop, FIRST, {"percent": 50})
    await give(shop, SECOND, {"off": "1.00"})
    # when a sale is made at 10.00,
    sold = await sell(shop, good, 2, unitPrice={"amount": "10.00", "currency": "EUR"})
    # then each has seen what the one before it left: (10 / 2) - 1, and not (10 - 1) / 2.
    assert (sold["errors"], sold["run"]["status"]) == ([], "COMPLETED")
    assert sold["sale"]["lines"] == [{"quantity": 2, "unitPrice": {"amount": "4", "currency": "EUR"}}]
    assert sold["sale"]["total"] == {"amount": "8"}
    # The stock moved once, by what was sold.
    assert await shop.stock(good) == 8


async def test_another_business_pays_in_full(shop: Shop, discounts: None) -> None:
    good = await shop.good("cup")
    sold = await sell(shop, good, 1)
    assert sold["sale"]["total"] == {"amount": "2.5"}


async def test_orders_in_a_circle_are_refused(discounts: None, admin: Caller) -> None:
    manifest = make_discount("circular", [SECOND]).manifest()
    manifest["hooks"][0]["before"] = [FIRST]
    refused = await admin.attempt("registerPlugin", "clientId", manifest=manifest)
    assert refused["clientId"] is None
    assert [error["code"] for error in refused["errors"]] == ["ORDER_CIRCLE"]
