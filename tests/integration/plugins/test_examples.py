"""Scenarios 10, 11 and 12 on the real Commerce, with the plugins that the end-to-end tests run as processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from plugin_sdk import HookContext, Plugin
from plugins.commerce import plugin as commerce_plugin
from plugins.market import plugin as market_plugin
from registrar.manifest import Manifest, manifest_problems
from store import Store
from tests.integration.plugins.trade import Trade, at_work, euros, finished, stored_plugin, trading
from tests.support.plugins import discount, recorder, stock_floor

FIRST, SECOND = discount.make_discount("percentOff"), discount.make_discount("amountOff", ["percentOff"])
LEFT, RIGHT = recorder.make_recorder("left"), recorder.make_recorder("right")
EXAMPLES = (stock_floor.plugin, FIRST, SECOND, LEFT, RIGHT)


@pytest.fixture
async def trade(store: Store) -> AsyncIterator[Trade]:
    """Commerce and Market, the example plugins registered and not connected."""
    async with trading(store, EXAMPLES) as trade:
        for plugin in EXAMPLES:
            await store.collection("registrar_plugins").insert_one(stored_plugin(plugin))
        yield trade


async def connect(trade: Trade, plugin: Plugin, ref: str, **config: Any) -> None:
    await trade.connect(plugin.tag, ref, f"commerce:Business:{trade.business_id}", config=config)


async def adjust(trade: Trade, good_id: str, delta: int) -> Any:
    return await trade.commerce.mutate("adjustStock", "good { stock }", goodId=good_id, delta=delta)


async def test_a_floor_under_the_stock_vetoes(trade: Trade) -> None:
    good, _ = await trade.good_with_offer("mug", connected=False)
    await connect(trade, stock_floor.plugin, f"commerce:Good:{good}", minimum=3)
    async with at_work(trade, stock_floor.plugin):
        refused = await adjust(trade, good, -8)
        assert (refused["run"]["status"], refused["good"]["stock"]) == ("REJECTED", 10)
        assert [(error["code"], error["message"]) for error in refused["errors"]] == [
            ("STOCK_FLOOR", "2 would be left, and at least 3 have to be.")
        ]
        both = await asyncio.gather(adjust(trade, good, -4), adjust(trade, good, -4))
    assert sorted(payload["run"]["status"] for payload in both) == ["COMPLETED", "REJECTED"]
    assert await trade.stock(good) == 6


async def test_discounts_apply_in_their_declared_order(trade: Trade) -> None:
    """10 % and then 1 off; the other way round it would be 8.10."""
    good, _ = await trade.good_with_offer("mug", connected=False)
    business = f"commerce:Business:{trade.business_id}"
    await connect(trade, SECOND, business, off="1.00")
    await connect(trade, FIRST, business, percent=10)
    customer = await trade.commerce.mutate(
        "createCustomer", "customer { id }", businessId=trade.business_id, name="C", email="c@example.org"
    )
    async with at_work(trade, FIRST, SECOND):
        sold = await trade.commerce.mutate(
            "createSale",
            "sale { total { amount } }",
            businessId=trade.business_id,
            customerId=customer["customer"]["id"],
            lines=[{"goodId": good, "quantity": 1, "unitPrice": euros("10.00")}],
        )
    assert sold["errors"] == []
    assert sold["sale"]["total"]["amount"] in ("8", "8.00")


async def test_a_run_awaits_every_plugin_by_name(trade: Trade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "recorded.jsonl"
    monkeypatch.setenv("RECORDER_FILE", str(path))
    good, _ = await trade.good_with_offer("mug", connected=False)
    ref = f"commerce:Good:{good}"
    await connect(trade, stock_floor.plugin, ref, minimum=0)
    await connect(trade, LEFT, ref)
    await connect(trade, RIGHT, ref)
    async with at_work(trade, stock_floor.plugin):
        payload = await adjust(trade, good, -1)
        assert (payload["run"]["status"], payload["run"]["awaiting"]) == ("AWAITING", ["left", "right"])
        async with at_work(trade, LEFT, RIGHT):
            assert await finished(trade.commerce, payload["run"]["id"]) == "COMPLETED"
    lines = recorder.recorded(path)
    assert sorted(line["plugin"] for line in lines) == ["left", "right"]
    assert {line["payload"]["after"] for line in lines} == {9}


async def test_workers_that_crash_lose_and_double_nothing(
    trade: Trade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker is gone without a word after a while; the next goes on where it was."""
    path = tmp_path / "recorded.jsonl"
    monkeypatch.setenv("RECORDER_FILE", str(path))
    good, _ = await trade.good_with_offer("mug", connected=False)
    await connect(trade, LEFT, f"commerce:Good:{good}")
    payloads = [await adjust(trade, good, -1) for _ in range(6)]
    for count in range(1, 4):
        async with at_work(trade, LEFT, crash=True):
            async with asyncio.timeout(40):
                await finished(trade.commerce, payloads[count]["run"]["id"])
    async with at_work(trade, LEFT):
        for payload in payloads:
            assert await finished(trade.commerce, payload["run"]["id"]) == "COMPLETED"
    lines = recorder.recorded(path)
    firsts = {line["deliveryId"]: line["payload"]["after"] for line in reversed(lines)}
    assert sorted(firsts.values()) == [4, 5, 6, 7, 8, 9]
    seen = [line["payload"]["after"] for line in lines]
    assert seen == sorted(seen, reverse=True)


async def test_what_a_draining_worker_finishes_counts(trade: Trade, store: Store) -> None:
    """It keeps its lease when its subscription ends, so that nothing comes again, here or to another worker."""
    plugin, started, may_return = Plugin("slow", obj_types=["Good"]), asyncio.Event(), asyncio.Event()
    attempts: list[int] = []

    @plugin.hook("commerce_adjustStock_commit_stockChanged", select="after")
    async def changed(payload: Any, ctx: HookContext) -> None:
        attempts.append(ctx.attempt)
        started.set()
        await may_return.wait()

    await store.collection("registrar_plugins").insert_one(stored_plugin(plugin))
    trade.may_sign_in[plugin.tag] = plugin
    good, _ = await trade.good_with_offer("mug", connected=False)
    await connect(trade, plugin, f"commerce:Good:{good}")
    async with asyncio.TaskGroup() as tasks, at_work(trade, plugin):
        payload = await adjust(trade, good, -1)
        await asyncio.wait_for(started.wait(), 10)
        tasks.create_task(released(may_return, store))
    assert await finished(trade.commerce, payload["run"]["id"]) == "COMPLETED"
    assert attempts == [1]


async def released(may_return: asyncio.Event, store: Store) -> None:
    """Let the handler return once the platform knows that its lease is kept."""
    deliveries = store.collection("flows_deliveries")
    async with asyncio.timeout(10):
        while await deliveries.find_one({"kept": True}) is None:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)
    may_return.set()


@pytest.mark.parametrize("plugin", [market_plugin, commerce_plugin, *EXAMPLES], ids=lambda plugin: plugin.tag)
def test_the_registrar_finds_nothing_wrong_with_the_manifests(plugin: Plugin) -> None:
    assert manifest_problems(Manifest.from_json(plugin.manifest())) == []
