"""Scenarios 4, 5 and 6: what happens to goods and offers is told in Supply."""

from __future__ import annotations

from typing import Any

import pytest_asyncio

from tests.e2e import IN_STACK
from tests.e2e.garden import Garden, open_garden
from tests.e2e.shop import Shop

pytestmark = IN_STACK


@pytest_asyncio.fixture(loop_scope="session")
async def garden(shop: Shop) -> Garden:
    """A company of the shop's owner."""
    return await open_garden(shop)


async def linked_good(garden: Garden, name: str) -> tuple[str, str]:
    """A good connected to `supply`, linked to an item; their ids."""
    good, item = await garden.shop.good(name), await garden.item(name)
    await garden.shop.connect(f"commerce:Good:{good}", "supply", links={"item": f"supply:Item:{item}"})
    return good, item


async def done(garden: Garden, payload: dict[str, Any]) -> None:
    """Wait until the run of a mutation is completed."""
    assert payload["errors"] == [], payload
    assert (await garden.shop.owner.finished(payload["run"]))["status"] == "COMPLETED"


async def test_each_attribute_change_is_a_stage_behind_the_one_before(garden: Garden) -> None:
    # Given a good connected to `supply`, linked to an item.
    good, item = await linked_good(garden, "tea")
    # When its attributes change twice,
    for grade in ("A", "B"):
        change = {"goodId": good, "set": [{"name": "grade", "value": grade}]}
        await done(garden, await garden.shop.owner.attempt("updateGoodAttributes", "good { id }", **change))
    # then the item has two more stages with the good's attributes, the second behind the first.
    first, second = await garden.stages(item)
    assert (first["attributes"], first["previous"]) == ([{"name": "grade", "value": "A"}], None)
    assert (second["attributes"], second["previous"]) == ([{"name": "grade", "value": "B"}], {"id": first["id"]})
    # And a change of nothing is no stage.
    again = {"goodId": good, "set": [{"name": "grade", "value": "B"}]}
    await done(garden, await garden.shop.owner.attempt("updateGoodAttributes", "good { id }", **again))
    assert len(await garden.stages(item)) == 2


async def test_a_production_is_one_transform_of_the_linked_items(garden: Garden) -> None:
    # Given goods connected to `supply`, and one that is not.
    (tea, leaf), (pot, clay), (gift, box) = [await linked_good(garden, name) for name in ("tea", "pot", "gift")]
    ribbon = await garden.shop.good("ribbon")
    # When they are bundled,
    bundle = {
        "kind": "BUNDLE",
        "inputs": [
            {"goodId": tea, "quantity": 2},
            {"goodId": pot, "quantity": 1},
            {"goodId": ribbon, "quantity": 3},
        ],
        "outputs": [{"goodId": gift, "quantity": 1}],
    }
    record = ("recordProduction", "production { id }")
    bundled = await garden.shop.owner.attempt(*record, businessId=garden.shop.business, **bundle)
    await done(garden, bundled)
    # then there is one transform with the linked items and quantities, of the same kind,
    (made,) = await garden.transforms()
    assert (made["kind"], made["externalRef"]) == ("BUNDLE", bundled["production"]["id"])
    assert made["inputs"] == [{"quantity": 2, "item": {"id": leaf}}, {"quantity": 1, "item": {"id": clay}}]
    assert made["outputs"] == [{"quantity": 1, "item": {"id": box}}]
    # and its memo names the good that has no connection, and no other.
    assert ribbon in made["memo"] and "3 x ribbon" in made["memo"]
    assert not any(id in made["memo"] for id in (tea, pot, gift))
    # The other kinds are the same kinds there.
    apart = {"kind": "UNBUNDLE", "inputs": bundle["outputs"], "outputs": bundle["inputs"][:2]}
    grown = {"kind": "PRODUCE", "inputs": [], "outputs": [{"goodId": tea, "quantity": 5}]}
    for more in (apart, grown):
        await done(garden, await garden.shop.owner.attempt(*record, businessId=garden.shop.business, **more))
    assert [item["kind"] for item in await garden.transforms()] == ["BUNDLE", "UNBUNDLE", "PRODUCE"]
    assert [item["memo"] for item in await garden.transforms()][1:] == [None, None]


async def test_a_changed_offer_is_a_stage_of_the_linked_item(garden: Garden) -> None:
    # Given a sell offer connected to `supply`,
    ware = await garden.shop.ware("tea", stock=10, connected=False)
    item = await garden.item("tea")
    await garden.shop.connect(ware.offer_ref, "supply", links={"item": f"supply:Item:{item}"})
    # when it is updated,
    await done(
        garden, await garden.shop.owner.attempt("updateSellOffer", "sellOffer { id }", offerId=ware.offer, stock=4)
    )
    # then the linked item has a stage that says what the offer is now.
    (stage,) = await garden.stages(item)
    values = {attribute["name"]: attribute["value"] for attribute in stage["attributes"]}
    assert values == {"price": "2.5 EUR", "stock": "4", "reserved": "0", "available": "4"}


async def test_one_change_reaches_market_and_supply(garden: Garden) -> None:
    """Two plugins on one hook, and the offer's own change told on: nothing comes twice."""
    ware = await garden.shop.ware("tea", stock=10)
    item = await garden.item("tea")
    for ref in (ware.good_ref, ware.offer_ref):
        await garden.shop.connect(ref, "supply", links={"item": f"supply:Item:{item}"})
    await done(garden, await garden.shop.adjust(ware.good, -3))
    await garden.shop.at_rest(ware.good_ref, ware.offer_ref, f"supply:Item:{item}")
    (stage,) = await garden.stages(item)
    assert {"name": "stock", "value": "7"} in stage["attributes"]
