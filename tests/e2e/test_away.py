"""Scenario 13: what happens while a plugin is away reaches it when it is back; and when it is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from tests.e2e import IN_STACK
from tests.e2e.shop import Shop
from tests.support.gql import Caller
from tests.support.plugins.recorder import make_recorder, recorded
from tests.support.stack import Stack, register

pytestmark = IN_STACK

HOOK = "commerce_adjustStock_commit_stockChanged"


async def test_ten_changes_while_the_plugin_is_away(shop: Shop, stack: Stack, admin: Caller, tmp_path: Path) -> None:
    # Given a plugin that is connected to two goods and was at work,
    plugin = make_recorder("recorder", [HOOK])
    registered = await register(stack, admin, plugin, "tests.support.plugins.recorder")
    file = tmp_path / "recorded.jsonl"
    goods = [await shop.good("tea", stock=50), await shop.good("pot", stock=50)]
    await shop.authorize(plugin.tag)
    for good in goods:
        await shop.connect(f"commerce:Good:{good}", plugin.tag)
    async with registered.at_work(RECORDER_FILE=str(file)) as process:
        first = await shop.adjust(goods[0], -1)
        assert (await shop.owner.finished(first["run"]))["status"] == "COMPLETED"
        # and is stopped.
        assert await process.stop(signal.SIGTERM) == 0
    assert len(recorded(file)) == 1
    file.unlink()

    # When ten changes are made,
    began = time.monotonic()
    payloads = [await shop.adjust(goods[number % 2], -1) for number in range(10)]
    # the mutations return at once: the changes are made, and the runs await the plugin.
    assert time.monotonic() - began < 10
    assert [payload["run"]["status"] for payload in payloads] == ["AWAITING"] * 10
    assert {tag for payload in payloads for tag in payload["run"]["awaiting"]} == {plugin.tag}
    assert [await shop.stock(good) for good in goods] == [44, 45]

    # When it starts,
    async with registered.at_work(RECORDER_FILE=str(file)):
        for payload in payloads:
            assert (await shop.owner.finished(payload["run"]))["status"] == "COMPLETED"
        await shop.at_rest(*(f"commerce:Good:{good}" for good in goods))
    # then it gets all ten, each once,
    lines = recorded(file)
    assert len(lines) == 10
    assert len({line["deliveryId"] for line in lines}) == 10
    # in order per good.
    for good, start in zip(goods, (49, 50), strict=True):
        of_good = [line for line in lines if line["payload"]["goodId"] == good]
        assert [line["payload"]["after"] for line in of_good] == [start - number for number in range(1, 6)]
        assert [line["seq"] for line in of_good] == sorted({line["seq"] for line in of_good})


async def test_a_killed_first_party_plugin_is_started_again_and_nothing_is_lost(shop: Shop, stack: Stack) -> None:
    tea = await shop.ware("tea", stock=30)
    killed = stack.plugin_pid("market")
    # When the process of the plugin is killed while changes go on,
    changes = [asyncio.create_task(shop.adjust(tea.good, -1)) for _ in range(4)]
    os.kill(killed, signal.SIGKILL)
    payloads: list[dict[str, Any]] = [await change for change in changes]
    payloads += [await shop.adjust(tea.good, -1) for _ in range(4)]
    # then it is started again, and all of them arrive.
    for payload in payloads:
        assert payload["errors"] == []
        assert (await shop.owner.finished(payload["run"], seconds=60))["status"] == "COMPLETED"
    await shop.at_rest(tea.good_ref, tea.offer_ref)
    assert await shop.numbers(tea) == (22, 0, 22)
    assert stack.plugin_pid("market") != killed


async def test_orders_while_both_first_party_plugins_are_killed(shop: Shop, stack: Stack) -> None:
    tea = await shop.ware("tea", stock=30)
    # When both plugins are killed while four orders are under way,
    placing = [asyncio.create_task(shop.place((tea, 2), email=f"buyer{number}@example.org")) for number in range(4)]
    first = await placing[0]
    for tag in ("market", "commerce"):
        os.kill(stack.plugin_pid(tag), signal.SIGKILL)
    orders = [first, *[await order for order in placing[1:]]]
    for order in orders:
        assert (await shop.owner.finished(order.run, seconds=60))["status"] == "COMPLETED"
    await shop.at_rest(tea.good_ref, tea.offer_ref)
    # then each is sold, and sold once.
    sales = await shop.sales()
    assert sorted(sale["externalRef"] for sale in sales) == sorted(order.id for order in orders)
    assert {sale["status"] for sale in sales} == {"COMPLETED"}
    assert await shop.stock(tea.good) == 22
    assert await shop.numbers(tea) == (22, 0, 22)
