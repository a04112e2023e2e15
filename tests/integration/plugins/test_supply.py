"""Scenarios 4, 5 and 6 with the real gateway, services and plugin, its worker in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from plugins.supply import plugin
from store import Store
from tests.integration.plugins.trade import Trade, at_work, finished, trading

STAGES = """query ($id: ID!) { item(id: $id) { stages { edges { node {
    id attributes { name value } previous { id } } } } } }"""
TRANSFORMS = """query ($id: ID!) { transforms(companyId: $id) { edges { node {
    kind externalRef memo inputs { quantity item { id } } outputs { quantity item { id } } } } } }"""


@pytest.fixture
async def trade(store: Store) -> AsyncIterator[Trade]:
    """The services."""
    async with trading(store) as trade:
        yield trade


async def good_with_item(trade: Trade, name: str, *, connected: bool = True) -> tuple[str, str]:
    """A good and an item, connected unless told otherwise; their ids."""
    good, _ = await trade.good_with_offer(name, connected=False)
    made = await trade.supply.mutate("createItem", "item { id }", companyId=trade.company_id, name=name)
    item = made["item"]["id"]
    if connected:
        business = f"commerce:Business:{trade.business_id}"
        await trade.connect("supply", f"commerce:Good:{good}", business, links={"item": f"supply:Item:{item}"})
    return good, item


async def stages(trade: Trade, item: str) -> list[dict[str, Any]]:
    """An item's stages, oldest first."""
    found = await trade.supply.ask(STAGES, {"id": item})
    return [edge["node"] for edge in found["item"]["stages"]["edges"]]


async def transforms(trade: Trade) -> list[dict[str, Any]]:
    """The company's transforms."""
    found = await trade.supply.ask(TRANSFORMS, {"id": trade.company_id})
    return [edge["node"] for edge in found["transforms"]["edges"]]


def quantities(side: list[dict[str, Any]]) -> dict[str, int]:
    """Quantity by item."""
    return {line["item"]["id"]: line["quantity"] for line in side}


async def test_each_attribute_change_is_a_stage_behind_the_one_before(trade: Trade) -> None:
    """Changes made while the plugin was away are stages in their order, too."""
    good, item = await good_with_item(trade, "tea")
    changes = [
        await trade.commerce.mutate(
            "updateGoodAttributes", "good { id }", goodId=good, set=[{"name": "grade", "value": grade}]
        )
        for grade in "ABC"
    ]
    async with at_work(trade, plugin):
        for change in changes:
            assert await finished(trade.commerce, change["run"]["id"]) == "COMPLETED"
    made = await stages(trade, item)
    assert [stage["attributes"] for stage in made] == [[{"name": "grade", "value": grade}] for grade in "ABC"]
    assert [stage["previous"] for stage in made] == [None, {"id": made[0]["id"]}, {"id": made[1]["id"]}]


async def test_a_production_is_one_transform_also_after_a_crash(trade: Trade) -> None:
    """The worker dies when the first attempt has begun; the next one finds the transform it made, or makes it."""
    tea, leaf = await good_with_item(trade, "tea")
    pot, clay = await good_with_item(trade, "pot")
    gift, box = await good_with_item(trade, "gift")
    ribbon, _ = await good_with_item(trade, "ribbon", connected=False)
    produced = await trade.commerce.mutate(
        "recordProduction",
        "production { id }",
        businessId=trade.business_id,
        kind="BUNDLE",
        inputs=[{"goodId": id, "quantity": count} for id, count in ((tea, 2), (pot, 1), (ribbon, 3))],
        outputs=[{"goodId": gift, "quantity": 1}],
    )
    assert produced["errors"] == []
    async with at_work(trade, plugin, crash=True):
        async for view in trade.commerce.engine.watch_runs(id=produced["run"]["id"]):
            if await transforms(trade) or view.run.terminal:
                break
    async with at_work(trade, plugin):
        assert await finished(trade.commerce, produced["run"]["id"]) == "COMPLETED"
    (made,) = await transforms(trade)
    assert (made["kind"], made["externalRef"]) == ("BUNDLE", produced["production"]["id"])
    assert quantities(made["inputs"]) == {leaf: 2, clay: 1}
    assert quantities(made["outputs"]) == {box: 1}
    assert f"3 x ribbon [ribbon, {ribbon}] (input)" in made["memo"]


async def test_a_changed_offer_is_a_stage_of_its_item(trade: Trade) -> None:
    _, offer = await trade.good_with_offer("tea", connected=False)
    made = await trade.supply.mutate("createItem", "item { id }", companyId=trade.company_id, name="tea")
    item, seller = made["item"]["id"], f"market:Seller:{trade.seller_id}"
    await trade.connect("supply", f"market:SellOffer:{offer}", seller, links={"item": f"supply:Item:{item}"})
    async with at_work(trade, plugin):
        changed = await trade.market.mutate("updateSellOffer", "sellOffer { id }", offerId=offer, stock=4)
        assert await finished(trade.market, changed["run"]["id"]) == "COMPLETED"
    (stage,) = await stages(trade, item)
    assert {attribute["name"]: attribute["value"] for attribute in stage["attributes"]} == {
        "price": "2.5 EUR",
        "stock": "4",
        "reserved": "0",
        "available": "4",
    }
