"""Companies, items, stages and transforms through Supply's schema, on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from store import Store
from subgraphs.supply.app import SERVICE
from tests.integration.subgraphs.running import BOB, RunningService, running
from tests.support.toy_plugin import toy_plugin

STAGE_CREATED = "supply_createStage_commit_stageCreated"
TRANSFORMED = "supply_createTransform_commit_transformed"
TRANSFORM = (
    "transform { id kind memo externalRef inputs { quantity item { name } } outputs { quantity item { name } } }"
)


class Yard:
    """A company with two items."""

    def __init__(self, supply: RunningService) -> None:
        self.supply = supply
        self.company = ""
        self.items: list[str] = []

    @property
    def refs(self) -> list[str]:
        return [f"supply:Item:{id}" for id in self.items]

    async def open(self) -> Yard:
        made = await self.supply.mutate("createCompany", "company { id }", name="Yard")
        self.company = made["company"]["id"]
        for name in ("Flour", "Bread"):
            made = await self.supply.mutate("createItem", "item { id }", companyId=self.company, name=name)
            self.items.append(made["item"]["id"])
        return self

    async def stage(self, value: str, **more: Any) -> Any:
        attributes = [{"name": "place", "value": value}]
        return await self.supply.mutate(
            "createStage", "stage { id previous { id } }", itemId=self.items[0], attributes=attributes, **more
        )

    async def transform(self, **changes: Any) -> Any:
        given: dict[str, Any] = {
            "companyId": self.company,
            "kind": "PRODUCE",
            "inputs": [{"itemId": self.items[0], "quantity": 2}],
            "outputs": [{"itemId": self.items[1], "quantity": 1}],
            "externalRef": "production-1",
            "memo": "left out: salt",
        }
        return await self.supply.mutate("createTransform", TRANSFORM, **{**given, **changes})

    async def chain(self) -> list[dict[str, Any]]:
        query = "query($id: ID!) { item(id: $id) { stages { edges { node { id previous { id } item { id } } } } } }"
        data = await self.supply.ask(query, {"id": self.items[0]})
        return [edge["node"] for edge in data["item"]["stages"]["edges"]]


@pytest.fixture
async def yard(store: Store) -> AsyncIterator[Yard]:
    async with running(store, SERVICE) as supply:
        yield await Yard(supply).open()


async def test_stages_make_a_chain(yard: Yard) -> None:
    first = await yard.stage("Graz")
    second = await yard.stage("Linz")
    assert first["stage"]["previous"] is None
    assert second["stage"]["previous"] == {"id": first["stage"]["id"]}
    assert [node["id"] for node in await yard.chain()] == [first["stage"]["id"], second["stage"]["id"]]


async def test_stages_made_at_once_each_have_another_before_them(yard: Yard) -> None:
    made = await asyncio.gather(*(yard.stage(f"place {number}") for number in range(6)))
    ids = {payload["stage"]["id"] for payload in made}
    before = [node["previous"] and node["previous"]["id"] for node in await yard.chain()]
    assert len(ids) == 6
    assert before.count(None) == 1
    assert {id for id in before if id} < ids
    assert len({*before}) == 6


async def test_a_stage_tells_the_items_plugins(yard: Yard) -> None:
    await yard.supply.connect("watch", yard.refs, f"supply:Company:{yard.company}", {STAGE_CREATED: "SYNC"})
    async with toy_plugin(yard.supply.engine, "watch") as watch:
        made = await yard.stage("Graz", idempotencyKey="k")
        assert await yard.stage("Graz", idempotencyKey="k") == made
    (delivery,) = watch.got
    assert delivery.payload["stage_id"] == made["stage"]["id"]
    assert delivery.payload["attributes"] == [{"name": "place", "value": "Graz"}]


async def test_a_transform_is_recorded_once_for_each_ref(yard: Yard) -> None:
    await yard.supply.connect("watch", yard.refs, f"supply:Company:{yard.company}", {TRANSFORMED: "SYNC"})
    async with toy_plugin(yard.supply.engine, "watch") as watch:
        made = await asyncio.gather(*(yard.transform() for _ in range(3)))
        other = await yard.transform(memo="another")
    assert [payload["errors"] for payload in made] == [[], [], []]
    assert made[0]["transform"] == made[1]["transform"] == made[2]["transform"]
    assert made[0]["transform"]["inputs"] == [{"quantity": 2, "item": {"name": "Flour"}}]
    assert made[0]["transform"]["memo"] == "left out: salt"
    assert [(error["code"], error["field"]) for error in other["errors"]] == [("EXTERNAL_REF_TAKEN", ["externalRef"])]
    (delivery,) = watch.got
    assert {connection.object_ref for connection in delivery.connections} == {*yard.refs}
    query = 'query($id: ID!) { transforms(companyId: $id, externalRef: "production-1") { edges { node { id } } } }'
    listed = await yard.supply.ask(query, {"id": yard.company})
    assert listed["transforms"]["edges"] == [{"node": {"id": made[0]["transform"]["id"]}}]


async def test_bad_transforms_are_refused(yard: Yard) -> None:
    for changes, code in (
        ({"inputs": [], "outputs": []}, "EMPTY"),
        ({"inputs": [{"itemId": "none", "quantity": 1}]}, "NOT_FOUND"),
        ({"inputs": [{"itemId": yard.items[0], "quantity": 0}]}, "NOT_POSITIVE"),
        ({"companyId": "none"}, "NOT_FOUND"),
    ):
        refused = await yard.transform(**changes)
        assert [error["code"] for error in refused["errors"]] == [code]
        assert refused["transform"] is None


async def test_what_is_not_yours_does_not_exist(yard: Yard) -> None:
    stage = (await yard.stage("Graz"))["stage"]["id"]
    transform = (await yard.transform())["transform"]["id"]
    query = """query($company: ID!, $item: ID!, $stage: ID!, $transform: ID!) {
        companies { edges { cursor } } company(id: $company) { id } items(companyId: $company) { edges { cursor } }
        item(id: $item) { id } stage(id: $stage) { id } transform(id: $transform) { id }
        transforms(companyId: $company) { edges { cursor } } }"""
    variables = {"company": yard.company, "item": yard.items[0], "stage": stage, "transform": transform}
    hidden = await yard.supply.ask(query, variables, BOB)
    assert hidden.pop("companies") == {"edges": []}
    assert set(hidden.values()) == {None}
    assert None not in (await yard.supply.ask(query, variables)).values()
    refused = await yard.stage("Graz", who=BOB)
    assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"]


async def test_entities_are_resolved_in_one_go(yard: Yard) -> None:
    representations = [{"__typename": "Item", "id": id} for id in yard.items]
    representations += [{"__typename": "Company", "id": yard.company}, {"__typename": "Stage", "id": "none"}]
    query = """query($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Item { name objectRef ownerRef company { name } } ... on Company { name objectRef } } }"""
    data = await yard.supply.ask(query, {"representations": representations})
    assert [entity and entity["name"] for entity in data["_entities"]] == ["Flour", "Bread", "Yard", None]
    assert data["_entities"][0]["objectRef"] == yard.refs[0]
    assert data["_entities"][0]["ownerRef"] == data["_entities"][2]["objectRef"] == f"supply:Company:{yard.company}"
