"""The supply plugin: changes become stages, productions become transforms."""

from __future__ import annotations

from typing import Any

import pytest

from plugin_sdk import UserErrors
from plugin_sdk.testing import Call, Complete, Delivered, Harness, connection
from plugins.supply import plugin
from plugins.supply.production import LONGEST_MEMO, memo

ATTRIBUTES = "commerce_updateGoodAttributes_commit_attributesChanged"
PRODUCED = "commerce_recordProduction_commit_produced"
OFFER = "market_updateSellOffer_commit_offerChanged"
ACCEPTED: dict[str, Any] = {"errors": []}
AFTER = {"price": {"amount": "9.90", "currency": "EUR"}, "stock": 7, "reserved": 2, "available": 5}


def linked(good: str, item: str) -> Any:
    return connection(f"commerce:Good:{good}", links={"item": f"supply:Item:{item}"})


async def test_changed_attributes_are_a_stage_of_the_item() -> None:
    attributes = [{"name": "origin", "value": "Uji"}, {"name": "grade", "value": "A"}]
    delivered = await Harness(plugin).deliver(
        ATTRIBUTES,
        payload={"attributes": attributes},
        connections=[linked("g1", "i1")],
        graphql={"createStage": ACCEPTED},
    )
    assert delivered.outcome == Complete()
    (call,) = delivered.calls
    assert call.variables == {"input": {"itemId": "i1", "attributes": attributes}}


async def test_a_changed_offer_is_a_stage_with_its_numbers() -> None:
    delivered = await Harness(plugin).deliver(
        OFFER,
        payload={"after": AFTER},
        connections=[connection("market:SellOffer:o1", links={"item": "supply:Item:i1"})],
        graphql={"createStage": ACCEPTED},
    )
    (call,) = delivered.calls
    given = {item["name"]: item["value"] for item in call.variables["input"]["attributes"]}
    assert given == {"price": "9.90 EUR", "stock": "7", "reserved": "2", "available": "5"}


@pytest.mark.parametrize(("hook", "ref"), [(ATTRIBUTES, "commerce:Good:g1"), (OFFER, "market:SellOffer:o1")])
async def test_without_the_link_there_is_nothing_to_do(hook: str, ref: str) -> None:
    delivered = await Harness(plugin).deliver(
        hook, payload={"attributes": [], "after": AFTER}, connections=[connection(ref)]
    )
    assert (delivered.outcome, delivered.calls) == (Complete(), [])


async def test_a_refused_stage_is_tried_again() -> None:
    refused = {"errors": [{"code": "NOT_FOUND", "message": "itemId names no item."}]}
    delivered = await Harness(plugin).deliver(
        ATTRIBUTES, payload={"attributes": []}, connections=[linked("g1", "i1")], graphql={"createStage": refused}
    )
    assert isinstance(delivered.error, UserErrors)


def line(good: str, quantity: int, name: str | None = None) -> dict[str, Any]:
    return {"goodId": good, "quantity": quantity, "good": name and {"name": name, "sku": good.upper()}}


async def produce(inputs: list[Any], outputs: list[Any], *connections: Any) -> Delivered:
    """Deliver a bundling; items `a…` belong to company A, `b…` to B, `gone` to none."""

    def answer(call: Call) -> Any:
        if call.field == "createTransform":
            return {call.field: ACCEPTED}
        item = call.variables["itemId"]
        return {call.field: None if item == "gone" else {"company": {"id": item[0].upper()}}}

    payload = {"productionId": "p1", "kind": "BUNDLE", "inputs": inputs, "outputs": outputs}
    return await Harness(plugin).deliver(PRODUCED, payload=payload, connections=connections, graphql=answer)


def transforms(delivered: Delivered) -> list[dict[str, Any]]:
    return [call.variables["input"] for call in delivered.calls if call.field == "createTransform"]


async def test_a_production_is_one_transform_of_all_items() -> None:
    delivered = await produce(
        [line("tea", 2), line("pot", 1)],
        [line("set", 1)],
        linked("tea", "a-leaf"),
        linked("pot", "a-clay"),
        linked("set", "a-set"),
    )
    assert delivered.outcome == Complete()
    assert transforms(delivered) == [
        {
            "companyId": "A",
            "kind": "BUNDLE",
            "inputs": [{"itemId": "a-leaf", "quantity": 2}, {"itemId": "a-clay", "quantity": 1}],
            "outputs": [{"itemId": "a-set", "quantity": 1}],
            "externalRef": "p1",
            "memo": None,
        }
    ]


async def test_goods_without_a_connection_are_named_in_the_memo() -> None:
    """Named by name and SKU where those may be seen, else by id; a connection without the link counts as none."""
    delivered = await produce(
        [line("tea", 2), line("ribbon", 3, "Ribbon"), line("paper", 1)],
        [line("set", 1)],
        linked("tea", "a-leaf"),
        linked("set", "a-set"),
        connection("commerce:Good:paper"),
    )
    (made,) = transforms(delivered)
    assert made["inputs"] == [{"itemId": "a-leaf", "quantity": 2}]
    assert made["memo"] is not None
    assert "3 x Ribbon [RIBBON, ribbon] (input), 1 x paper (input)" in made["memo"]
    assert "tea" not in made["memo"] and "set" not in made["memo"]


async def test_goods_of_one_item_count_together() -> None:
    delivered = await produce(
        [line("tin", 2), line("bag", 3)], [line("set", 1)], linked("tin", "a1"), linked("bag", "a1")
    )
    (made,) = transforms(delivered)
    assert (made["inputs"], made["outputs"]) == ([{"itemId": "a1", "quantity": 5}], [])


async def test_each_company_gets_its_part_under_a_key_of_its_own() -> None:
    delivered = await produce([line("tea", 2)], [line("set", 1)], linked("tea", "a1"), linked("set", "b1"))
    first, second = transforms(delivered)
    assert (first["companyId"], first["inputs"], first["outputs"]) == ("A", [{"itemId": "a1", "quantity": 2}], [])
    assert (second["companyId"], second["inputs"], second["outputs"]) == ("B", [], [{"itemId": "b1", "quantity": 1}])
    assert "1 x set (output)" in first["memo"] and "2 x tea (input)" in second["memo"]
    keys = [call.idempotency_key for call in delivered.calls if call.field == "createTransform"]
    assert len(set(keys)) == 2


async def test_a_production_of_goods_without_links_makes_none() -> None:
    delivered = await produce([line("tea", 2)], [line("set", 1)], connection("commerce:Good:tea"))
    assert (delivered.outcome, delivered.calls) == (Complete(), [])


async def test_an_item_that_cannot_be_read_fails_the_attempt_before_anything_is_made() -> None:
    delivered = await produce([line("tea", 2)], [line("set", 1)], linked("tea", "a1"), linked("set", "gone"))
    assert isinstance(delivered.error, LookupError)
    assert transforms(delivered) == []


def test_a_memo_is_never_longer_than_supply_takes() -> None:
    assert memo([]) is None
    assert len(memo(["9 x " + "a" * 60] * 200) or "") == LONGEST_MEMO


def test_the_manifest_names_what_it_connects_to() -> None:
    manifest = plugin.manifest()
    assert manifest["objTypes"] == ["Good", "SellOffer"]
    assert {hook["id"] for hook in manifest["hooks"]} == {ATTRIBUTES, PRODUCED, OFFER}
    assert {hook["mode"] for hook in manifest["hooks"]} == {"ASYNC"}
