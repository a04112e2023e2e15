"""Scenario 10: a sync plugin, registered and started by its author, vetoes stock changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import Shop
from tests.support.gql import Caller
from tests.support.plugins.stock_floor import plugin
from tests.support.stack import Registered, Stack, register

pytestmark = IN_STACK

VALIDATE = "commerce_adjustStock_validate_beforeStockChange"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stock_floor(stack: Stack, people: People) -> AsyncIterator[Registered]:
    """The plugin, registered by the admin and at work as a process with its credentials."""
    admin = await people.user("admin")
    registered = await register(stack, admin, plugin, "tests.support.plugins.stock_floor")
    async with registered.at_work():
        yield registered


async def floor(shop: Shop, good: str, minimum: int) -> None:
    """Authorize and connect the plugin."""
    await shop.authorize(plugin.tag)
    await shop.connect(f"commerce:Good:{good}", plugin.tag, config={"minimum": minimum})


async def test_the_veto_rejects_the_run_and_leaves_the_stock(shop: Shop, stock_floor: Registered) -> None:
    # Given a good with 10 in stock, of which the connection's config keeps 4,
    good = await shop.good("tea", stock=10)
    await floor(shop, good, 4)
    # When a change would leave less,
    vetoed = await shop.adjust(good, -7)
    # then the mutation returns run REJECTED with the plugin's code and message,
    assert vetoed["run"]["status"] == "REJECTED"
    said = {"code": "STOCK_FLOOR", "message": "3 would be left, and at least 4 have to be."}
    assert vetoed["run"]["rejections"] == [{"pluginTag": "stockFloor", **said}]
    assert vetoed["errors"] == [said]
    # and the stock is unchanged;
    assert await shop.stock(good) == 10
    # and a change down to the limit is made.
    assert (await shop.adjust(good, -6))["errors"] == []
    assert await shop.stock(good) == 4


async def test_another_good_is_not_kept(shop: Shop, stock_floor: Registered) -> None:
    kept, other = await shop.good("tea", stock=5), await shop.good("pot", stock=5)
    await floor(shop, kept, 5)
    assert (await shop.adjust(kept, -1))["run"]["status"] == "REJECTED"
    assert (await shop.adjust(other, -5))["run"]["status"] == "COMPLETED"


async def test_two_changes_at_once_that_are_not_allowed_together(shop: Shop, stock_floor: Registered) -> None:
    """Each of the two is allowed alone; whichever is written first, the other is judged anew and rejected."""
    good = await shop.good("tea", stock=10)
    await floor(shop, good, 4)
    for _ in range(3):
        both = await asyncio.gather(shop.adjust(good, -4), shop.adjust(good, -4))
        assert sorted(payload["run"]["status"] for payload in both) == ["COMPLETED", "REJECTED"]
        assert [error["code"] for payload in both for error in payload["errors"]] == ["STOCK_FLOOR"]
        assert await shop.stock(good) == 6
        assert (await shop.adjust(good, 4))["run"]["status"] == "COMPLETED"


async def test_a_sale_is_vetoed_as_a_whole(shop: Shop, stock_floor: Registered) -> None:
    """A sale moves the stock of its goods; where one may not be moved, none is."""
    tea, pot = await shop.good("tea", stock=10), await shop.good("pot", stock=10)
    await floor(shop, tea, 9)
    customer = (
        await shop.owner.mutate(
            "createCustomer", "customer { id }", businessId=shop.business, name="Carol", email="carol@example.org"
        )
    )["customer"]["id"]
    lines = [{"goodId": pot, "quantity": 2}, {"goodId": tea, "quantity": 2}]
    refused = await shop.owner.attempt(
        "createSale", "sale { status }", businessId=shop.business, customerId=customer, lines=lines
    )
    assert refused["run"]["status"] == "REJECTED"
    assert "STOCK_FLOOR" in [error["code"] for error in refused["errors"]]
    await shop.at_rest(f"commerce:Good:{tea}", f"commerce:Good:{pot}")
    assert (await shop.stock(tea), await shop.stock(pot)) == (10, 10)


async def test_wrong_config_and_unknown_hooks_are_refused(shop: Shop, stock_floor: Registered, admin: Caller) -> None:
    good = await shop.good("tea")
    given = {"objectRef": f"commerce:Good:{good}", "pluginTag": plugin.tag, "config": {"minimum": "four"}}
    refused = await shop.owner.attempt("connectPlugin", "connection { id }", **given)
    assert refused["connection"] is None
    assert "minimum" in refused["errors"][0]["message"]
    manifest = {"tag": "nowhere", "name": "Nowhere", "hooks": [{"id": "commerce_no_such_hook", "mode": "ASYNC"}]}
    unknown = await admin.attempt("registerPlugin", "clientId", manifest=manifest)
    assert "commerce_no_such_hook" in unknown["errors"][0]["message"]
    again = await admin.attempt("registerPlugin", "clientId clientSecret", manifest=plugin.manifest())
    assert again["clientSecret"] is None
    assert len(again["errors"]) == 1
