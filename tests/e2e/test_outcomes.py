"""Scenarios 12, 15 and 16: several plugins on one hook, those that are late, and those that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from plugin_sdk import Plugin
from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import Shop, nodes, open_shop
from tests.e2e.warehouses import running_warehouses
from tests.support.gql import Caller
from tests.support.plugins.recorder import make_recorder, recorded
from tests.support.stack import Registered, Stack, register

pytestmark = IN_STACK

CHANGED = "commerce_adjustStock_commit_stockChanged"
BEFORE = "commerce_adjustStock_validate_beforeStockChange"
RECORDER = "tests.support.plugins.recorder"
SKIPPED = "query ($id: ID!) { run(id: $id) { status skipped { pluginTag code } rejections { pluginTag code } } }"


@dataclass
class Izara:
    """A running Izara with short retries, and its admin."""

    stack: Stack
    people: People
    admin: Caller

    async def recorder(self, tag: str, mode: Any = "async") -> Registered:
        """A recorder of stock changes, registered."""
        return await register(self.stack, self.admin, make_recorder(tag, [CHANGED], mode), RECORDER, tag, mode)

    async def mute(self, tag: str, obj_type: str, hook: str, on_failure: Any, mode: Any = "sync") -> None:
        """Register a plugin that no process runs, so that it never answers."""
        plugin = Plugin(tag, obj_types=[obj_type])
        plugin.hook(hook, mode=mode, on_failure=on_failure)(never)
        await self.admin.mutate("registerPlugin", "clientId", manifest=plugin.manifest())

    async def run(self, run: dict[str, Any]) -> dict[str, Any]:
        """What became of a run."""
        found: dict[str, Any] = (await self.admin.ask(SKIPPED, id=run["id"]))["run"]
        return found


async def never(payload: Any, ctx: Any) -> None:
    """Not called: no process runs it."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def izara(tmp_path_factory: pytest.TempPathFactory, http: aiohttp.ClientSession) -> AsyncIterator[Izara]:
    """Izara for this module."""
    files = tmp_path_factory.mktemp("outcomes")
    async with running_warehouses(files / "data", files / "code.txt") as stack:
        people = People(http, stack.base)
        yield Izara(stack, people, await people.user("admin"))


@pytest_asyncio.fixture(loop_scope="session")
async def shop(izara: Izara) -> Shop:
    """A shop of a new user in it."""
    return await open_shop(await izara.people.newcomer(), izara.admin)


async def test_sync_ones_are_done_before_the_answer_and_async_ones_awaited_by_name(
    izara: Izara, shop: Shop, tmp_path: Path
) -> None:
    # Given one good with two sync and two async plugins on one hook, the async ones not at work yet.
    names = {"syncOne": "sync", "syncTwo": "sync", "asyncOne": "async", "asyncTwo": "async"}
    plugins = {tag: await izara.recorder(tag, mode) for tag, mode in names.items()}
    good = await shop.good("tea", stock=10)
    ref = f"commerce:Good:{good}"
    for tag in plugins:
        await shop.connect(ref, tag)
    files = {tag: tmp_path / f"{tag}.jsonl" for tag in plugins}
    async with (
        plugins["syncOne"].at_work(RECORDER_FILE=str(files["syncOne"])),
        plugins["syncTwo"].at_work(RECORDER_FILE=str(files["syncTwo"])),
        shop.owner.runs_of("commerce", ref) as updates,
    ):
        # When the stock changes,
        changed = await shop.adjust(good, -3)
        # then the sync ones are done when the mutation returns, and the run awaits the others by name.
        assert [len(recorded(files[tag])) for tag in ("syncOne", "syncTwo")] == [1, 1]
        assert (changed["run"]["status"], changed["run"]["awaiting"]) == ("AWAITING", ["asyncOne", "asyncTwo"])
        # When the async ones come to work, the second first,
        async with plugins["asyncTwo"].at_work(RECORDER_FILE=str(files["asyncTwo"])):
            query = "query ($id: ID!) { commerceRun(id: $id) { status awaiting } }"
            async with asyncio.timeout(25):
                while (await shop.owner.ask(query, id=changed["run"]["id"]))["commerceRun"]["awaiting"] != ["asyncOne"]:
                    pass
            # the run still awaits the first;
            found = (await shop.owner.ask(query, id=changed["run"]["id"]))["commerceRun"]
            assert found == {"status": "AWAITING", "awaiting": ["asyncOne"]}
            async with plugins["asyncOne"].at_work(RECORDER_FILE=str(files["asyncOne"])):
                # it is completed when that has answered, too,
                statuses: list[str] = []
                while statuses[-1:] != ["COMPLETED"]:
                    (seen,) = (await updates.next()).values()
                    if seen["id"] == changed["run"]["id"]:
                        statuses.append(seen["status"])
                # and another change goes all the way at once, so nothing of the first comes again.
                again = await shop.adjust(good, -1)
                assert (await shop.owner.finished(again["run"]))["status"] == "COMPLETED"
                await shop.at_rest(ref)
    assert statuses.count("COMPLETED") == 1
    for file in files.values():
        assert [line["payload"]["after"] for line in recorded(file)] == [7, 6]
        assert len({line["deliveryId"] for line in recorded(file)}) == 2


async def test_a_sync_plugin_that_does_not_answer(izara: Izara, shop: Shop) -> None:
    await izara.mute("muteFail", "Good", BEFORE, "fail")
    await izara.mute("muteContinue", "Good", BEFORE, "continue")
    strict, lenient = await shop.good("strict", stock=10), await shop.good("lenient", stock=10)
    stricter, milder = await shop.good("stricter", stock=10), await shop.good("milder", stock=10)
    await shop.connect(f"commerce:Good:{strict}", "muteFail")
    await shop.connect(f"commerce:Good:{lenient}", "muteContinue")
    # and two whose owner decides otherwise than the manifests do,
    await shop.connect(f"commerce:Good:{stricter}", "muteContinue", on_failure="FAIL")
    await shop.connect(f"commerce:Good:{milder}", "muteFail", on_failure="CONTINUE")
    # When all change,
    goods = (strict, lenient, stricter, milder)
    failed, went_on, failed_too, went_on_too = await asyncio.gather(*(shop.adjust(good, -1) for good in goods))
    # then FAIL has rejected the one,
    assert failed["run"]["status"] == "REJECTED"
    assert [error["code"] for error in failed["errors"]] == ["PLUGIN_TIMEOUT"]
    said = {"pluginTag": "muteFail", "code": "PLUGIN_TIMEOUT"}
    assert (await izara.run(failed["run"]))["rejections"] == [said]
    # and CONTINUE has let the other go on, which its run says.
    assert (went_on["errors"], went_on["run"]["status"]) == ([], "COMPLETED")
    said = {"pluginTag": "muteContinue", "code": "PLUGIN_TIMEOUT"}
    assert await izara.run(went_on["run"]) == {"status": "COMPLETED", "skipped": [said], "rejections": []}
    # What the connections say stands in place of what the manifests do.
    assert [error["code"] for error in failed_too["errors"]] == ["PLUGIN_TIMEOUT"]
    assert failed_too["errors"][0]["message"].endswith("in time (onFailure: FAIL)")
    said = {"pluginTag": "muteFail", "code": "PLUGIN_TIMEOUT"}
    assert await izara.run(went_on_too["run"]) == {"status": "COMPLETED", "skipped": [said], "rejections": []}
    assert [await shop.stock(good) for good in goods] == [10, 9, 10, 9]


async def test_an_async_barrier_past_its_deadline(izara: Izara, shop: Shop) -> None:
    """The hook `approval` waits a second and a half for async plugins."""
    approval = "commerce_deleteWarehouse_validate_approval"
    await izara.mute("approver", "Business", approval, "fail", "async")
    await izara.mute("adviser", "Business", approval, "continue", "async")
    made = await shop.owner.mutate("createWarehouse", "warehouse { id }", businessId=shop.business, name="North")
    id = made["warehouse"]["id"]
    alive = "query ($id: ID!) { warehouse(id: $id) { id } }"

    async def ended() -> dict[str, Any]:
        """What becomes of a deletion; it awaits the plugin at first."""
        asked = await shop.owner.attempt("deleteWarehouse", "warehouseId", warehouseId=id)
        assert asked["run"]["status"] == "AWAITING"
        assert (await shop.owner.ask(alive, id=id))["warehouse"] == {"id": id}
        await shop.owner.finished(asked["run"])
        return await izara.run(asked["run"])

    await shop.connect(shop.business_ref, "approver")
    assert await ended() == {
        "status": "REJECTED",
        "skipped": [],
        "rejections": [{"pluginTag": "approver", "code": "PLUGIN_TIMEOUT"}],
    }
    assert (await shop.owner.ask(alive, id=id))["warehouse"] == {"id": id}
    connection = f"{shop.business_ref}#approver"
    await shop.owner.mutate("disconnectPlugin", "connection { status }", connectionId=connection)
    await shop.connect(shop.business_ref, "adviser")
    assert await ended() == {
        "status": "COMPLETED",
        "skipped": [{"pluginTag": "adviser", "code": "PLUGIN_TIMEOUT"}],
        "rejections": [],
    }
    assert (await shop.owner.ask(alive, id=id))["warehouse"] is None


async def test_a_dead_letter_is_seen_and_driven_again(izara: Izara, shop: Shop, tmp_path: Path) -> None:
    """The retries of three days take three seconds here."""
    fragile = await izara.recorder("fragile")
    good = await shop.good("tea", stock=10)
    ref, file = f"commerce:Good:{good}", tmp_path / "fragile.jsonl"
    await shop.connect(ref, "fragile")
    query = """query ($ref: String!, $status: DeliveryStatus) { deliveries(filter: {
        objectRef: $ref, pluginTag: "fragile", status: $status}) { edges { node {
            id hookId status attempt lastError run { id status } } } } }"""
    # Given a handler that always fails.
    async with fragile.at_work(RECORDER_FILE=str(file), RECORDER_FAILS="yes"):
        changed = await shop.adjust(good, -1)
        later = await shop.adjust(good, -1)
        # Then its delivery is tried again and again, and is DEAD in the end; the admin sees it.
        async with asyncio.timeout(30):
            while not (dead := nodes((await izara.admin.ask(query, ref=ref, status="DEAD"))["deliveries"])):
                pass
    (letter,) = dead
    assert letter["run"] == {"id": changed["run"]["id"], "status": "AWAITING"}
    assert letter["attempt"] > 3
    assert "this recorder is broken" in letter["lastError"]
    # The one behind it waits, for it is about the same good.
    waiting = [item for item in nodes((await izara.admin.ask(query, ref=ref))["deliveries"]) if item != letter]
    assert [(item["run"]["id"], item["status"], item["attempt"]) for item in waiting] == [
        (later["run"]["id"], "PENDING", 0)
    ]
    # When the plugin is fixed and the delivery driven again,
    async with fragile.at_work(RECORDER_FILE=str(file)):
        assert recorded(file) == []
        driven = await izara.admin.mutate(
            "redriveDeliveries", "deliveries { id status }", select={"ids": [letter["id"]]}
        )
        assert [item["id"] for item in driven["deliveries"]] == [letter["id"]]
        # then its run goes on, and the one behind it, in their order.
        for payload in (changed, later):
            assert (await shop.owner.finished(payload["run"]))["status"] == "COMPLETED"
    assert [line["payload"]["after"] for line in recorded(file)] == [9, 8]
    assert nodes((await izara.admin.ask(query, ref=ref, status="DEAD"))["deliveries"]) == []
