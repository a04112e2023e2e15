"""Scenario 20: what an objType that a service declares gets, and who may add to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import Shop
from tests.e2e.warehouses import MODULE, running_warehouses
from tests.support.gql import Caller
from tests.support.plugins.keeper import plugin
from tests.support.plugins.recorder import recorded
from tests.support.stack import Registered, Stack, program, register

pytestmark = IN_STACK


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of this module write."""
    return tmp_path_factory.mktemp("warehouses")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def warehouses(files: Path, http: aiohttp.ClientSession) -> AsyncIterator[tuple[Stack, People]]:
    """Izara, whose Commerce has one objType more."""
    async with running_warehouses(files / "data", files / "late" / "code.txt") as stack:
        yield stack, People(http, stack.base)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def keeper(warehouses: tuple[Stack, People], files: Path) -> AsyncIterator[Registered]:
    """A plugin at work that knows the hooks of the new objType."""
    stack, people = warehouses
    registered = await register(stack, await people.user("admin"), plugin, "tests.support.plugins.keeper")
    async with registered.at_work(RECORDER_FILE=str(files / "told.jsonl")):
        yield registered


@pytest_asyncio.fixture(loop_scope="session")
async def business(warehouses: tuple[Stack, People], keeper: Registered, files: Path) -> Shop:
    """A business that the plugin is connected to."""
    _, people = warehouses
    (files / "late").mkdir(exist_ok=True)
    owner = await people.newcomer()
    made = (await owner.mutate("createBusiness", "business { id }", name="A business"))["business"]["id"]
    shop = Shop(owner, await people.user("admin"), made, "")
    target = {"ownerRef": shop.business_ref}
    await owner.mutate("authorizePlugin", "authorization { id }", target=target, pluginTag=plugin.tag)
    await shop.connect(shop.business_ref, plugin.tag)
    return shop


def told(files: Path) -> list[tuple[str, Any]]:
    """What the plugin was told, by the last part of the hook's id."""
    return [(line["hook"].rpartition("_")[2], line["payload"]) for line in recorded(files / "told.jsonl")]


async def done(owner: Caller, payload: dict[str, Any]) -> None:
    """Wait until the run of a mutation is completed."""
    assert payload["errors"] == [], payload
    assert (await owner.finished(payload["run"]))["status"] == "COMPLETED"


async def test_a_new_obj_type_has_flows_with_hooks(business: Shop, files: Path) -> None:
    owner = business.owner
    # Given an objType that Commerce declares, and a plugin connected to the business that owns its objects.
    # When one is made, renamed, changed and deleted,
    made = await owner.mutate("createWarehouse", "warehouse { id name }", businessId=business.business, name="North")
    id = made["warehouse"]["id"]
    await done(owner, made)
    renamed = await owner.mutate("updateWarehouse", "warehouse { name }", warehouseId=id, name="South")
    assert renamed["warehouse"] == {"name": "South"}
    await done(owner, renamed)
    await done(owner, await owner.mutate("updateWarehouse", "warehouse { id }", warehouseId=id, remark="dry"))
    await done(owner, await owner.mutate("deleteWarehouse", "warehouseId", warehouseId=id))
    assert (await owner.ask("query ($id: ID!) { warehouse(id: $id) { id } }", id=id))["warehouse"] is None
    # then the plugin was told of each, and of the new name by the hook that a flow of Commerce added;
    of_it = [(tag, payload) for tag, payload in told(files) if payload["warehouseId"] == id]
    north, south = {"name": "North"}, {"name": "South"}
    assert of_it == [
        ("created", {"warehouseId": id, "after": north}),
        ("updated", {"warehouseId": id, "before": north, "after": south}),
        ("renamed", {"warehouseId": id, "name": "South"}),
        ("updated", {"warehouseId": id, "before": south, "after": south}),
        ("deleted", {"warehouseId": id, "before": south}),
    ]
    # and the service's own code ran at its places: at one it refuses, at others it took note.
    castle = await owner.attempt("createWarehouse", "warehouse { id }", businessId=business.business, name="Castle")
    assert [error["code"] for error in castle["errors"]] == ["NO_CASTLE"]
    noted = dict(line.split(" ", 1) for line in (files / "late" / "code.txt").read_text().splitlines())
    assert [noted[payload["run"]["id"]] for payload in (made, renamed)] == ["North", "South"]


async def test_the_largest_payload_reaches_its_plugin_and_a_larger_one_is_refused(business: Shop, files: Path) -> None:
    """Two million letters of two bytes: just under 4 MiB in the store, and up to 12 MB on the plugin's socket."""
    owner = business.owner
    made = await owner.mutate("createWarehouse", "warehouse { id }", businessId=business.business, name="East")
    id = made["warehouse"]["id"]
    await done(owner, await owner.mutate("updateWarehouse", "warehouse { id }", warehouseId=id, remark="count:2000000"))
    found = [payload for tag, payload in told(files) if tag == "counted" and payload["warehouseId"] == id]
    assert found == [{"warehouseId": id, "count": 2_000_000, "kinds": ["ü"]}]
    refused = await owner.attempt("updateWarehouse", "warehouse { remark }", warehouseId=id, remark="count:3000000")
    assert refused["run"]["status"] == "REJECTED"
    (error,) = refused["errors"]
    assert error["code"] == "PAYLOAD_TOO_LARGE"
    assert "commerce_updateWarehouse_commit_counted" in error["message"] and "60000" in error["message"]
    kept = await owner.ask("query ($id: ID!) { warehouse(id: $id) { remark } }", id=id)
    assert kept["warehouse"] == {"remark": "count:2000000"}


async def test_a_plugin_vetoes_at_a_generated_hook(business: Shop, files: Path) -> None:
    owner = business.owner
    made = await owner.mutate("createWarehouse", "warehouse { id }", businessId=business.business, name="keep this")
    id = made["warehouse"]["id"]
    refused = await owner.attempt("deleteWarehouse", "warehouseId", warehouseId=id)
    assert (refused["run"]["status"], refused["warehouseId"]) == ("REJECTED", None)
    assert refused["errors"] == [{"code": "KEPT", "message": "keep this stays."}]
    assert (await owner.ask("query ($id: ID!) { warehouse(id: $id) { id } }", id=id))["warehouse"] == {"id": id}


async def test_code_that_fails_is_called_again_and_the_effect_stays_one(business: Shop, files: Path) -> None:
    """What it needs is away when the change is made; the run waits for it, and ends when it is back."""
    owner, late = business.owner, files / "late"
    late.rename(files / "away")
    changing = asyncio.create_task(
        owner.attempt("createWarehouse", "warehouse { id }", businessId=business.business, name="West")
    )
    query = """query ($ref: String!) { runs(filter: {objectRef: $ref}, first: 100) { edges { node {
        flow status } } } }"""
    async with asyncio.timeout(20):
        while True:
            found = (await owner.ask(query, ref=business.business_ref))["runs"]["edges"]
            if {"flow": "createWarehouse", "status": "RUNNING"} in [edge["node"] for edge in found]:
                break
    (files / "away").rename(late)
    made = await changing
    await done(owner, made)
    lines = [line for line in (late / "code.txt").read_text().splitlines() if line.startswith(made["run"]["id"])]
    assert lines == [f"{made['run']['id']} West"]
    created = [payload["after"]["name"] for tag, payload in told(files) if tag == "created"]
    assert created.count("West") == 1


async def test_the_catalog_lists_them(business: Shop) -> None:
    query = '{ hooks(service: "commerce") { id kind targets payload } }'
    found = {hook["id"]: hook for hook in (await business.owner.ask(query))["hooks"]}
    for action, (before, after) in {
        "create": ("beforeCreate", "created"),
        "update": ("beforeUpdate", "updated"),
        "delete": ("beforeDelete", "deleted"),
    }.items():
        for step, hook, kind in (("validate", before, "VALIDATE"), ("commit", after, "COMMIT")):
            id = f"commerce_{action}Warehouse_{step}_{hook}"
            name = "".join(part[0].upper() + part[1:] for part in id.split("_"))
            assert found[id] == {"id": id, "kind": kind, "targets": ["Business"], "payload": name}
    assert found["commerce_updateWarehouse_commit_renamed"]["targets"] == ["Business"]
    # What is written by hand has replaced what would have been generated, hooks included.
    assert "commerce_createBusiness_commit_created" not in found


async def test_a_flow_of_another_service_cannot_add_a_hook(tmp_path: Path) -> None:
    async with program("-m", MODULE, "0", str(tmp_path), "foreign") as running:
        assert await running.ends(60) == 1
    assert "flow supply_countItems adds a hook to 'commerce_createWarehouse_commit'" in running.output
    assert "only flows of 'commerce' can add to it" in running.output
