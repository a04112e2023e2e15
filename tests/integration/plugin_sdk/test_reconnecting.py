"""Connections, tokens and leases that are lost, and what must not be lost with them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from plugin_sdk import CredentialsRefused, HookContext, Plugin
from plugin_sdk.worker import work
from tests.integration.plugin_sdk.running import QUICK, running, settings_for
from tests.support.scripted import ScriptedPlatform

STOCK = "commerce_adjustStock_commit_stockChanged"


@contextmanager
def waiting_for(text: str, caplog: pytest.LogCaptureFixture) -> Iterator[asyncio.Event]:
    """An event that is set when the SDK logs something with this text."""
    said = asyncio.Event()

    def listen(record: logging.LogRecord) -> bool:
        if text in record.getMessage():
            said.set()
        return True

    caplog.handler.addFilter(listen)
    with caplog.at_level(logging.INFO, "plugin_sdk"):
        yield said
    caplog.handler.removeFilter(listen)


class Gate:
    """A plugin whose handler tells of each run and returns when it is let."""

    def __init__(self) -> None:
        self.plugin = Plugin("market")
        self.started: asyncio.Queue[HookContext] = asyncio.Queue()
        self.may_return = asyncio.Event()
        self.plugin.hook(STOCK, select="after")(self.handle)

    async def handle(self, payload: Any, ctx: HookContext) -> Any:
        self.started.put_nowait(ctx)
        await self.may_return.wait()
        return payload.after


async def test_what_is_in_hand_survives_a_dropped_connection(platform: ScriptedPlatform) -> None:
    gate = Gate()
    async with running(gate.plugin, platform):
        first = await platform.subscribed()
        await first.deliver("d1", {"after": 1})
        await gate.started.get()
        first.drop()
        second = await platform.subscribed()
        assert second.variables["worker"] == first.variables["worker"]
        gate.may_return.set()
        assert (await platform.reply()).outcome == {"complete": {"result": 1}}
        await second.deliver("d2", {"after": 2})
        assert (await platform.reply()).delivery_id == "d2"


async def test_a_newer_attempt_joins_the_running_handler(platform: ScriptedPlatform) -> None:
    gate = Gate()
    async with running(gate.plugin, platform):
        subscription = await platform.subscribed()
        for attempt in (1, 2):
            await subscription.deliver("d1", {"after": 1}, attempt=attempt, lease=1)
        await gate.started.get()
        while (extension := await platform.extension()).attempt < 2:
            pass
        assert extension.delivery_id == "d1"
        gate.may_return.set()
        assert (await platform.reply()).attempt == 2
        assert gate.started.empty()


async def test_a_delivery_that_comes_again_after_its_answer_is_answered_again(
    platform: ScriptedPlatform,
) -> None:
    gate = Gate()
    gate.may_return.set()
    async with running(gate.plugin, platform):
        subscription = await platform.subscribed()
        await subscription.deliver("d1", {"after": 1})
        first = await platform.reply()
        await subscription.deliver("d2", {"after": 2})
        await platform.reply()
        await subscription.deliver("d1", {"after": 1}, attempt=2)
        again = await platform.reply()
        assert (again.delivery_id, again.attempt, again.outcome) == ("d1", 2, first.outcome)
        assert gate.started.qsize() == 2
        await subscription.deliver("d1", {"after": 1}, attempt=3, replay=True)
        await platform.reply()
        assert gate.started.qsize() == 3


async def test_a_failed_delivery_is_handled_again(platform: ScriptedPlatform) -> None:
    plugin, attempts = Plugin("market"), []

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> None:
        attempts.append(ctx.attempt)
        if len(attempts) == 1:
            raise ValueError("first")

    async with running(plugin, platform):
        subscription = await platform.subscribed()
        for attempt, kind in ((1, "fail"), (2, "complete")):
            await subscription.deliver("d1", {}, attempt=attempt)
            assert (await platform.reply()).kind == kind
    assert attempts == [1, 2]


@pytest.mark.parametrize("faults", [[503], ["drop"], [401], [500, "drop", 502]])
async def test_an_outcome_is_sent_until_it_is_taken(platform: ScriptedPlatform, faults: list[int | str]) -> None:
    gate = Gate()
    gate.may_return.set()
    async with running(gate.plugin, platform):
        subscription = await platform.subscribed()
        platform.http_faults.extend(faults)
        await subscription.deliver("d1", {"after": 1})
        assert (await platform.reply()).outcome == {"complete": {"result": 1}}
        assert gate.started.qsize() == 1


async def test_an_outcome_is_sent_for_the_newest_attempt(
    platform: ScriptedPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    """The platform cannot be reached, so the lease runs out and the delivery comes again meanwhile."""
    gate = Gate()
    gate.may_return.set()
    async with running(gate.plugin, platform):
        subscription = await platform.subscribed()
        platform.http_faults.extend([503] * 100_000)
        await subscription.deliver("d1", {"after": 1})
        await platform.faulted.wait()
        with waiting_for("attempt 2 joins", caplog) as joined:
            await subscription.deliver("d1", {"after": 1}, attempt=2)
            await asyncio.wait_for(joined.wait(), 5)
        platform.http_faults.clear()
        reply = await platform.reply()
    assert (reply.attempt, reply.kind, gate.started.qsize()) == (2, "complete", 1)


async def test_a_stale_outcome_is_final_and_logged(
    platform: ScriptedPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    gate.may_return.set()
    platform.reply_errors.append([{"code": "STALE_ATTEMPT", "message": "attempt 1 is not leased"}])
    async with running(gate.plugin, platform) as worker:
        subscription = await platform.subscribed()
        await subscription.deliver("d1", {"after": 1})
        await platform.reply()
        await worker.ended()
    assert platform.replies.empty()
    assert "attempt 1 is not leased" in caplog.text


async def test_an_outcome_that_is_refused_becomes_a_failure(platform: ScriptedPlatform) -> None:
    gate = Gate()
    gate.may_return.set()
    platform.reply_errors.append([{"code": "BAD_RESULT", "message": "no number expected"}])
    async with running(gate.plugin, platform):
        await (await platform.subscribed()).deliver("d1", {"after": 1})
        assert (await platform.reply()).kind == "complete"
        failure = (await platform.reply()).outcome["fail"]["message"]
    assert "no number expected" in failure


@pytest.mark.parametrize("fault", ["LIMIT_EXCEEDED", "PAYLOAD_TOO_LARGE", "BAD_REQUEST", 413])
async def test_an_outcome_whose_request_is_never_taken_becomes_a_failure_and_is_told_once(
    platform: ScriptedPlatform, caplog: pytest.LogCaptureFixture, fault: int | str
) -> None:
    gate = Gate()
    gate.may_return.set()
    platform.http_faults.append(fault)
    platform.reply_errors.append([{"code": "STALE_ATTEMPT", "message": "finished: TIMED_OUT"}])
    async with running(gate.plugin, platform) as worker:
        await (await platform.subscribed()).deliver("d1", {"after": 1})
        failure = (await platform.reply()).outcome["fail"]["message"]
        await worker.ended()
    assert str(fault) in failure
    (told,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (told.levelno, "d1" in told.getMessage(), str(fault) in told.getMessage()) == (logging.ERROR, True, True)


async def test_an_answer_that_comes_again_and_again_stops_once_the_delivery_is_over(
    platform: ScriptedPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    gate.may_return.set()
    async with running(gate.plugin, platform, replace(QUICK, patience=0.1)):
        subscription = await platform.subscribed()
        platform.http_faults.extend(["INTERNAL"] * 100_000)
        with waiting_for("outcome given up", caplog) as given_up:
            await subscription.deliver("d1", {"after": 1}, lease=0.1)
            await asyncio.wait_for(given_up.wait(), 10)
        platform.http_faults.clear()
        await subscription.deliver("d2", {"after": 2})
        assert (await platform.reply()).delivery_id == "d2"
    levels = [record.levelno for record in caplog.records if "d1" in record.getMessage()]
    assert levels == [logging.WARNING, logging.ERROR]


async def test_silence_is_noticed_and_healed(platform: ScriptedPlatform) -> None:
    gate = Gate()
    gate.may_return.set()
    async with running(gate.plugin, platform, replace(QUICK, silent_after=0.2)):
        await platform.subscribed()  # and says nothing
        reply, attempt = asyncio.create_task(platform.reply()), 0
        while not reply.done():  # a slow machine may take the next one for silent too
            attempt += 1
            await (await platform.subscribed()).deliver("d1", {"after": 1}, attempt=attempt)
            await asyncio.wait({reply}, timeout=0.2)
        assert reply.result().delivery_id == "d1"


async def test_another_token_is_signed_in_with_before_the_last_ends_and_what_is_in_hand_is_kept(
    platform: ScriptedPlatform,
) -> None:
    gate = Gate()
    platform.token_life = 1
    async with running(gate.plugin, platform):
        first = await platform.subscribed()
        platform.token_life = 3600
        await first.deliver("d1", {"after": 1})
        while "keep" not in (extension := await platform.extension()).outcome["extend"]:
            pass
        await asyncio.wait_for(first.left.wait(), 5)
        second = await platform.subscribed()
        assert (first.authorization, second.authorization) == ("Bearer token-1", "Bearer token-2")
        assert (extension.delivery_id, extension.attempt) == ("d1", 1)
        gate.may_return.set()
        reply = await platform.reply()
    assert (reply.delivery_id, reply.attempt, reply.kind, gate.started.qsize()) == ("d1", 1, "complete", 1)


async def test_a_subscription_is_not_left_while_there_is_no_other_token(platform: ScriptedPlatform) -> None:
    gate = Gate()
    gate.may_return.set()
    platform.token_life = 1
    async with running(gate.plugin, platform):
        first = await platform.subscribed()
        platform.token_faults.extend([(503, {})] * 100_000)
        await asyncio.wait_for(platform.faulted.wait(), 5)
        platform.token_faults.clear()
        assert not first.left.is_set()
        await first.deliver("d1", {"after": 1})
        assert (await platform.reply()).kind == "complete"


@pytest.mark.parametrize("code", [4403, 4401])
async def test_a_token_that_expired_is_renewed(platform: ScriptedPlatform, code: int) -> None:
    gate = Gate()
    gate.may_return.set()
    async with running(gate.plugin, platform):
        first = await platform.subscribed()
        platform.revoke_tokens()
        await first.close(code, "token expired")
        second = await platform.subscribed()
        assert (first.authorization, second.authorization) == ("Bearer token-1", "Bearer token-2")
        await second.deliver("d1", {"after": 1})
        assert (await platform.reply()).kind == "complete"


async def test_a_token_refused_over_http_is_renewed(platform: ScriptedPlatform) -> None:
    gate = Gate()
    gate.may_return.set()
    async with running(gate.plugin, platform):
        subscription = await platform.subscribed()
        platform.revoke_tokens()
        await subscription.deliver("d1", {"after": 1})
        assert (await platform.reply()).kind == "complete"
    assert platform.tokens == ["token-1", "token-2"]


async def test_a_token_is_renewed_before_it_runs_out(platform: ScriptedPlatform) -> None:
    gate = Gate()
    gate.may_return.set()
    platform.token_life = 0
    async with running(gate.plugin, platform):
        await (await platform.subscribed()).deliver("d1", {"after": 1})
        await platform.reply()
    assert len(platform.tokens) == 3  # at the start, for the subscription, for the reply


async def test_wrong_credentials_end_the_worker_at_the_start(platform: ScriptedPlatform) -> None:
    settings = settings_for(platform, secret="guessed")
    with pytest.raises(CredentialsRefused, match=r"invalid_client.*IZARA_CLIENT_SECRET"):
        await work(Gate().plugin, settings, asyncio.Event(), tuning=QUICK)


async def test_credentials_refused_later_are_tried_again(platform: ScriptedPlatform) -> None:
    """A secret may be rotated, or a plugin disabled and enabled, under a running worker."""
    gate = Gate()
    async with running(gate.plugin, platform):
        first = await platform.subscribed()
        platform.revoke_tokens()
        platform.token_faults.extend([(401, {"error": "invalid_client"})] * 3)
        await first.close(4403, "revoked")
        assert (await platform.subscribed()).authorization == "Bearer token-2"
    assert not platform.token_faults


async def test_a_platform_that_is_not_up_yet_is_waited_for(platform: ScriptedPlatform) -> None:
    platform.token_faults.extend([(503, {}), (500, {"error": "server_error"})])
    async with running(Gate().plugin, platform):
        await platform.subscribed()


async def test_the_server_ending_the_subscription_is_not_the_end(platform: ScriptedPlatform) -> None:
    async with running(Gate().plugin, platform):
        await (await platform.subscribed()).end()
        await platform.subscribed()


async def test_nonsense_from_the_server_is_not_the_end(platform: ScriptedPlatform) -> None:
    async with running(Gate().plugin, platform):
        await (await platform.subscribed()).send({"type": "surprise"})
        await (await platform.subscribed()).send({"type": "next", "id": "1", "payload": 3})
        await platform.subscribed()


async def test_a_delivery_that_cannot_be_read_is_left_to_its_lease(
    platform: ScriptedPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    gate.may_return.set()
    async with running(gate.plugin, platform):
        subscription = await platform.subscribed()
        error = {"message": "it broke", "extensions": {"code": "INTERNAL"}}
        await subscription.send({"type": "next", "id": "1", "payload": {"data": None, "errors": [error]}})
        await subscription.deliver("d1", {"after": 1})
        assert (await platform.reply()).delivery_id == "d1"
    assert "INTERNAL: it broke" in caplog.text


async def test_a_refused_selection_names_its_hook(platform: ScriptedPlatform, caplog: pytest.LogCaptureFixture) -> None:
    plugin = Plugin("market")

    @plugin.hook("commerce_setPrice_commit_priceChanged", select="after { amount }")
    async def price(payload: Any, ctx: HookContext) -> None: ...

    @plugin.hook(STOCK, select="after colour")
    async def stock(payload: Any, ctx: HookContext) -> None: ...

    with waiting_for("colour", caplog) as told:
        async with running(plugin, platform):
            await asyncio.wait_for(told.wait(), 5)
    assert f"hook {STOCK}: " in caplog.text
