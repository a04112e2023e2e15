"""Stopping: nothing new is taken, what is in hand is finished or given back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from plugin_sdk import HookContext, Plugin
from tests.integration.plugin_sdk.running import QUICK, running
from tests.integration.plugin_sdk.test_reconnecting import Gate
from tests.support.scripted import ScriptedPlatform

STOCK = "commerce_adjustStock_commit_stockChanged"


async def test_what_is_in_hand_is_finished(platform: ScriptedPlatform) -> None:
    gate = Gate()
    async with running(gate.plugin, platform) as worker:
        subscription = await platform.subscribed()
        await subscription.deliver("d1", {"after": 1})
        await gate.started.get()
        worker.stop.set()
        # The platform is told that it is kept, or it would be given to another worker now.
        assert (await platform.extension()).outcome["extend"]["keep"] is True
        await asyncio.wait_for(subscription.left.wait(), 5)
        assert not worker.task.done()
        gate.may_return.set()
        await worker.ended()
        assert (await platform.reply()).kind == "complete"


async def test_what_arrives_too_late_is_given_back(platform: ScriptedPlatform) -> None:
    gate = Gate()
    async with running(gate.plugin, platform) as worker:
        subscription = await platform.subscribed()
        subscription.pongs = False
        worker.stop.set()
        await asyncio.wait_for(subscription.left.wait(), 5)
        await subscription.deliver("late", {"after": 1})
        assert (await platform.reply()).outcome == {"retry": {"afterSeconds": 0}}
        await subscription.end()
        await worker.ended()
    assert gate.started.empty()


async def test_what_does_not_finish_in_time_is_given_back(platform: ScriptedPlatform) -> None:
    gate = Gate()
    async with running(gate.plugin, platform, replace(QUICK, grace=0.05)) as worker:
        await (await platform.subscribed()).deliver("d1", {"after": 1})
        await gate.started.get()
        await worker.ended()
        reply = await platform.reply()
    assert (reply.delivery_id, reply.outcome) == ("d1", {"retry": {"afterSeconds": 0}})


async def test_a_second_signal_cuts_the_grace_short(platform: ScriptedPlatform) -> None:
    gate = Gate()
    async with running(gate.plugin, platform, replace(QUICK, grace=60)) as worker:
        await (await platform.subscribed()).deliver("d1", {"after": 1})
        await gate.started.get()
        worker.stop.set()
        worker.hurry.set()
        await worker.ended()
        assert (await platform.reply()).kind == "retry"


async def test_an_outcome_that_was_not_taken_is_sent_once_more(platform: ScriptedPlatform) -> None:
    """The handler is done; giving the delivery back would only make another worker do it again."""
    plugin, done = Plugin("market"), asyncio.Event()

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> str:
        done.set()
        return "done"

    slow = replace(QUICK, grace=0.05, backoff_base=30, backoff_cap=60)
    async with running(plugin, platform, slow) as worker:
        subscription = await platform.subscribed()
        platform.http_faults.append(503)
        await subscription.deliver("d1", {})
        await done.wait()
        await platform.faulted.wait()
        await worker.ended()
        assert (await platform.reply()).outcome == {"complete": {"result": "done"}}


@pytest.mark.parametrize("subscribed", [False, True])
async def test_stopping_does_not_wait_for_a_platform_that_hangs(platform: ScriptedPlatform, subscribed: bool) -> None:
    platform.mute = not subscribed
    async with running(Gate().plugin, platform) as worker:
        if subscribed:
            subscription = await platform.subscribed()
            platform.mute = True
            platform.revoke_tokens()
            await subscription.close(4403, "expired")
        await asyncio.wait_for(platform.faulted.wait(), 5)
        await worker.ended()


async def test_stopping_while_the_platform_is_away(platform: ScriptedPlatform) -> None:
    platform.token_faults.extend([(503, {})] * 100_000)
    async with running(Gate().plugin, platform) as worker:
        await platform.faulted.wait()
        await worker.ended()
