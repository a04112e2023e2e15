"""A hook with a quorum, over GraphQL: two of three plugins are enough, the third is let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import ObjectTypeDefinitionNode, parse

from store import Store
from tests.integration.subgraphs.running import RunningService, plugin, running
from tests.integration.subgraphs.test_generated import a_business, build
from tests.support.warehouses import CODE_FILE, extended
from tests.unit.flows.test_declaring import applied

VOTE = "commerce_updateWarehouse_validate_vote"
HOOKS = """subscription { commerceHooks(worker: "w") { ... on CommerceHookDelivery { id attempt payload {
    ... on CommerceUpdateWarehouseValidateVote { warehouseId } } } } }"""
REPLY = "mutation ($input: CommerceReplyInput!) { commerceReply(input: $input) { errors { code } } }"
RUN = """subscription ($id: ID!) { commerceRunUpdates(id: $id) {
    status awaiting rejections { pluginTag code } skipped { pluginTag code } } }"""


@pytest.fixture
async def commerce(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningService]:
    """Commerce with warehouses."""
    monkeypatch.setenv(CODE_FILE, str(tmp_path / "code.txt"))
    async with running(store, extended()) as service:
        yield service


def test_the_sdl_says_how_many_suffice() -> None:
    document = parse(extended().schema.as_str())
    types = {item.name.value: item for item in document.definitions if isinstance(item, ObjectTypeDefinitionNode)}
    said = applied(types["CommerceUpdateWarehouseValidateVote"], "hook") or {}
    assert (said["merge"], said["quorum"]) == ("QUORUM_PASSES", 2)


async def take(commerce: RunningService, tag: str) -> dict[str, Any]:
    """The plugin's delivery, as its subscription has it."""
    async for result in commerce.watch(HOOKS, {}, plugin(tag)):
        assert result.errors is None, result.errors
        if "id" in result.data["commerceHooks"]:
            return dict(result.data["commerceHooks"])
    raise AssertionError("the subscription ended")


async def reply(commerce: RunningService, tag: str, delivery: dict[str, Any], outcome: dict[str, Any]) -> list[str]:
    """What the plugin says; gives the codes of what is wrong with it."""
    given = {"deliveryId": delivery["id"], "attempt": delivery["attempt"], "outcome": outcome}
    data = await commerce.ask(REPLY, {"input": given}, plugin(tag))
    return [error["code"] for error in data["commerceReply"]["errors"]]


async def test_two_of_three_votes_are_enough(commerce: RunningService) -> None:
    business = await a_business(commerce)
    ref = f"commerce:Business:{business}"
    id = (await build(commerce, business))["warehouse"]["id"]
    for tag in ("one", "two", "three"):
        await commerce.connect(tag, [ref], ref, {VOTE: "ASYNC"})
    changed = await commerce.mutate(
        "updateWarehouse", "run { id }", warehouseId=id, rent={"amount": "900", "currency": "EUR"}
    )
    assert (changed["run"]["status"], changed["run"]["awaiting"]) == ("AWAITING", ["one", "three", "two"])
    async with asyncio.TaskGroup() as tasks:
        taken = {tag: tasks.create_task(take(commerce, tag)) for tag in ("one", "two", "three")}
    deliveries = {tag: task.result() for tag, task in taken.items()}
    assert {item["payload"]["warehouseId"] for item in deliveries.values()} == {id}
    seen: list[dict[str, Any]] = []
    async for result in commerce.watch(RUN, {"id": changed["run"]["id"]}):
        seen.append(result.data["commerceRunUpdates"])
        match seen[-1]["awaiting"]:
            case ["one", "three", "two"]:
                no = {"reject": {"code": "TOO_MUCH", "message": "900 is too much"}}
                assert await reply(commerce, "one", deliveries["one"], no) == []
            case ["three", "two"]:
                assert seen[-1]["rejections"] == [{"pluginTag": "one", "code": "TOO_MUCH"}]
                assert await reply(commerce, "two", deliveries["two"], {"complete": {}}) == []
            case ["three"]:
                assert await reply(commerce, "three", deliveries["three"], {"complete": {}}) == []
        if seen[-1]["status"] == "COMPLETED":
            break
    assert seen[-1]["rejections"] == []
    assert seen[-1]["skipped"] == [{"pluginTag": "one", "code": "TOO_MUCH"}]
    found = await commerce.ask("query ($id: ID!) { warehouse(id: $id) { rent { amount } } }", {"id": id})
    assert found == {"warehouse": {"rent": {"amount": "900"}}}


async def test_who_is_still_at_it_when_two_have_agreed_is_told_that_it_is_late(commerce: RunningService) -> None:
    business = await a_business(commerce)
    ref = f"commerce:Business:{business}"
    id = (await build(commerce, business))["warehouse"]["id"]
    for tag in ("one", "two", "three"):
        await commerce.connect(tag, [ref], ref, {VOTE: "ASYNC"})
    rent = {"amount": "900", "currency": "EUR"}
    run = (await commerce.mutate("updateWarehouse", "run { id }", warehouseId=id, rent=rent))["run"]["id"]
    taken: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def keep() -> None:
        async for result in commerce.watch(HOOKS, {}, plugin("three")):
            if "id" in result.data["commerceHooks"]:
                taken.set_result(result.data["commerceHooks"])

    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(keep())
        third = await taken
        for tag in ("one", "two"):
            assert await reply(commerce, tag, await take(commerce, tag), {"complete": {}}) == []
        async for result in commerce.watch(RUN, {"id": run}):
            if result.data["commerceRunUpdates"]["status"] == "COMPLETED":
                break
        async with asyncio.timeout(10):
            while await reply(commerce, "three", third, {"extend": {"seconds": 5}}) == []:
                pass  # The run is told of before those who are open are let go.
        no = {"reject": {"code": "NO", "message": "too late"}}
        assert await reply(commerce, "three", third, no) == ["STALE_ATTEMPT"]
        keeping.cancel()
