"""Deliveries, handlers and outcomes over real sockets."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLError

from plugin_sdk import Amend, HookContext, Plugin, Reject, Retry
from tests.integration.plugin_sdk.running import running
from tests.support.scripted import ScriptedPlatform
from tests.support.scripted.subscription import forbidden

STOCK = "commerce_adjustStock_commit_stockChanged"
BEFORE = "commerce_adjustStock_validate_beforeStockChange"
PRICE = "commerce_setPrice_commit_priceChanged"
UPDATE = "mutation U($input: UpdateSellOfferInput!) { updateSellOffer(input: $input) { errors { code message } } }"
LINKED = {
    "id": "commerce:Good:g1#market",
    "objectRef": "commerce:Good:g1",
    "pluginTag": "market",
    "config": {"minimum": 3},
    "links": [{"name": "sellOffer", "objectRef": "market:SellOffer:o1", "url": None}],
}


async def test_a_delivery_is_completed_after_its_handler_returned(platform: ScriptedPlatform) -> None:
    plugin, may_return, seen = Plugin("market"), asyncio.Event(), asyncio.Queue[Any]()

    @plugin.hook(STOCK, select="after good { id sku }")
    async def changed(payload: Any, ctx: HookContext) -> None:
        seen.put_nowait((payload.after, payload.good.sku, ctx.links["sellOffer"], ctx.config["minimum"]))
        await may_return.wait()

    async with running(plugin, platform):
        subscription = await platform.subscribed()
        assert subscription.variables["hooks"] == [STOCK]
        assert subscription.variables["maxInFlight"] == 16
        await subscription.deliver("d1", {"after": 7, "good": {"id": "g1", "sku": "A"}}, connections=[LINKED])
        assert await seen.get() == (7, "A", "o1", 3)
        await subscription.beat()
        assert platform.replies.empty()
        may_return.set()
        reply = await platform.reply()
    assert (reply.delivery_id, reply.attempt) == ("d1", 1)
    assert reply.outcome == {"complete": {"result": None}}


async def test_hooks_of_one_service_share_a_subscription(platform: ScriptedPlatform) -> None:
    """`after` is a number in one payload and an object in the other."""
    plugin, seen = Plugin("market"), asyncio.Queue[Any]()

    @plugin.hook(STOCK, select="after")
    async def stock_changed(payload: Any, ctx: HookContext) -> None:
        seen.put_nowait(payload.after)

    @plugin.hook(PRICE, select="after { amount currency }")
    async def price_changed(payload: Any, ctx: HookContext) -> None:
        seen.put_nowait(payload.after.amount)

    async with running(plugin, platform):
        subscription = await platform.subscribed()
        await subscription.deliver("d1", {"after": 7})
        assert await seen.get() == 7
        await subscription.deliver("d2", {"after": {"amount": "1.50", "currency": "EUR"}}, hook_id=PRICE)
        assert await seen.get() == "1.50"


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        (Reject("FLOOR", "too low"), {"reject": {"code": "FLOOR", "message": "too low"}}),
        (Retry("later", after=timedelta(seconds=2)), {"retry": {"afterSeconds": 2}}),
        (ValueError("no"), {"fail": {"message": "ValueError: no"}}),
    ],
)
async def test_what_a_handler_raises_is_its_outcome(
    platform: ScriptedPlatform, raised: Exception, outcome: dict[str, Any]
) -> None:
    plugin = Plugin("floor")

    @plugin.hook(BEFORE, mode="sync", select="after")
    async def before(payload: Any, ctx: HookContext) -> None:
        raise raised

    async with running(plugin, platform):
        subscription = await platform.subscribed()
        await subscription.deliver("d1", {"after": 1}, hook_id=BEFORE, mode="SYNC")
        assert (await platform.reply()).outcome == outcome


async def test_an_amendment_is_the_result(platform: ScriptedPlatform) -> None:
    plugin = Plugin("discount")

    @plugin.hook(BEFORE, mode="sync", select="after")
    async def before(payload: Any, ctx: HookContext) -> Amend:
        return Amend(delta=payload.after - 1)

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {"after": 5}, hook_id=BEFORE, mode="SYNC")
        assert (await platform.reply()).outcome == {"complete": {"result": {"delta": 4}}}


async def test_a_handler_that_hangs_is_ended_at_its_timeout(platform: ScriptedPlatform) -> None:
    plugin = Plugin("market")

    @plugin.hook(STOCK, timeout=timedelta(milliseconds=20))
    async def changed(payload: Any, ctx: HookContext) -> None:
        await asyncio.Event().wait()

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {})
        message = (await platform.reply()).outcome["fail"]["message"]
        assert "longer than 0.02 s" in message


async def test_forbidden_fields_are_null_and_listed(platform: ScriptedPlatform) -> None:
    plugin, seen = Plugin("market"), asyncio.Queue[Any]()

    @plugin.hook(STOCK, select="after good { id }")
    async def changed(payload: Any, ctx: HookContext) -> None:
        seen.put_nowait((payload.good, [(error.code, error.path) for error in ctx.payload_errors]))

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {"after": 7, "good": forbidden()})
        assert await seen.get() == (None, [("FORBIDDEN", ("good",))])
        assert (await platform.reply()).kind == "complete"


async def test_half_a_payload_is_retried_and_not_handled(platform: ScriptedPlatform) -> None:
    plugin, handled = Plugin("market"), []

    @plugin.hook(STOCK, select="after good { id }")
    async def changed(payload: Any, ctx: HookContext) -> None:
        handled.append(payload)

    broken = GraphQLError("away", extensions={"code": "UNAVAILABLE"})
    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {"after": 7, "good": broken})
        assert (await platform.reply()).outcome == {"retry": {"afterSeconds": 2}}
    assert handled == []


async def test_calls_carry_token_cause_and_a_key_that_repeats(platform: ScriptedPlatform) -> None:
    plugin = Plugin("market")
    platform.answers["updateSellOffer"] = {"errors": []}

    @plugin.hook(STOCK, select="after")
    async def changed(payload: Any, ctx: HookContext) -> None:
        for stock in (payload.after, 0):
            await ctx.graphql(UPDATE, {"input": {"offerId": "o1", "stock": stock}})
        await ctx.graphql(UPDATE, {"input": {"offerId": "o1"}}, label="last")
        if ctx.attempt == 1:
            raise ValueError("after its calls")

    async with running(plugin, platform):
        subscription = await platform.subscribed()
        for attempt in (1, 2):
            await subscription.deliver("d1", {"after": 7}, attempt=attempt)
            await platform.reply()
    keys = [call.headers["Idempotency-Key"] for call in platform.calls]
    once = ["d1/updateSellOffer/1", "d1/updateSellOffer/2", "d1/updateSellOffer/last"]
    assert keys == once * 2
    assert {call.headers["Izara-Delivery"] for call in platform.calls} == {"d1"}
    assert {call.headers["Authorization"] for call in platform.calls} == {"Bearer token-1"}


@pytest.mark.parametrize("fault", [503, "drop"])
async def test_a_call_is_tried_again_under_its_key(platform: ScriptedPlatform, fault: int | str) -> None:
    plugin = Plugin("market")
    unavailable = GraphQLError("soon", extensions={"code": "UNAVAILABLE"})
    answers = iter([unavailable, {"errors": [{"code": "NO", "message": "no"}]}])
    platform.answers["updateSellOffer"] = lambda call: next(answers)
    platform.http_faults.append(fault)

    @plugin.hook(STOCK, mode="async")
    async def changed(payload: Any, ctx: HookContext) -> Any:
        answer = await ctx.graphql(UPDATE, {"input": {"offerId": "o1"}})
        return [error.code for error in answer.updateSellOffer.errors]

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {})
        assert (await platform.reply()).outcome == {"complete": {"result": ["NO"]}}
    assert [call.headers["Idempotency-Key"] for call in platform.calls] == ["d1/updateSellOffer/1"] * 2


async def test_an_answer_with_errors_raises_them(platform: ScriptedPlatform) -> None:
    plugin = Plugin("market")
    platform.answers["good"] = GraphQLError("hidden", extensions={"code": "FORBIDDEN"})

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> None:
        await ctx.graphql("{ good(id: 1) { id } }")

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {})
        assert (await platform.reply()).outcome == {"fail": {"message": "GraphQLFailed: FORBIDDEN at good: hidden"}}
    assert "Idempotency-Key" not in platform.calls[0].headers


async def test_a_long_handler_keeps_its_lease(platform: ScriptedPlatform) -> None:
    plugin, may_return = Plugin("market"), asyncio.Event()

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> None:
        await may_return.wait()

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {}, lease=0.2)
        assert (await platform.extension()).outcome == {"extend": {"seconds": 1}}
        assert (await platform.extension()).attempt == 1
        may_return.set()
        assert (await platform.reply()).kind == "complete"


async def test_a_handler_may_ask_for_time(platform: ScriptedPlatform) -> None:
    plugin = Plugin("market")

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> None:
        await ctx.extend(timedelta(seconds=90))
        await ctx.heartbeat()

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {}, lease=30)
        assert (await platform.extension()).outcome == {"extend": {"seconds": 90}}
        assert 29 < (await platform.extension()).outcome["extend"]["seconds"] <= 30
        assert (await platform.reply()).kind == "complete"


async def test_a_handler_is_told_that_its_lease_is_lost(platform: ScriptedPlatform) -> None:
    plugin, told = Plugin("market"), list[bool]()

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> None:
        told.extend([await ctx.heartbeat(), await ctx.heartbeat()])

    platform.reply_errors.extend([[], [{"code": "STALE_ATTEMPT", "message": "delivery d1 is finished: CANCELLED"}]])
    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {}, lease=30)
        assert (await platform.reply()).kind == "complete"
    assert told == [True, False]


async def test_the_handler_of_a_cancelled_delivery_is_cancelled_at_the_next_heartbeat(
    platform: ScriptedPlatform,
) -> None:
    plugin, cancelled = Plugin("market"), asyncio.Event()

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> None:
        if ctx.delivery_id == "d1":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

    over = [{"code": "STALE_ATTEMPT", "message": "finished"}, {"code": "DELIVERY_CANCELLED", "message": "cancelled"}]
    platform.reply_errors.extend([[], over])
    async with running(plugin, platform):
        subscription = await platform.subscribed()
        await subscription.deliver("d1", {}, lease=0.2)
        for _ in range(2):
            assert (await platform.extension()).delivery_id == "d1"
        async with asyncio.timeout(10):
            await cancelled.wait()
        await subscription.deliver("d2", {}, lease=30)
        reply = await platform.reply()
        assert (reply.delivery_id, reply.kind) == ("d2", "complete"), "of the cancelled one nothing is said"


async def test_a_handler_goes_on_when_its_lease_is_lost_to_another_worker(platform: ScriptedPlatform) -> None:
    """Its outcome may still count: COMPLETE and REJECT do from an older attempt."""
    plugin, may_return = Plugin("market"), asyncio.Event()

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> None:
        await may_return.wait()

    platform.reply_errors.append([{"code": "STALE_ATTEMPT", "message": "attempt 1 is no longer leased"}])
    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {}, lease=0.2)
        for _ in range(2):
            await platform.extension()
        may_return.set()
        assert (await platform.reply()).kind == "complete"


async def test_a_payload_that_may_not_be_seen_at_all_is_not_handled(platform: ScriptedPlatform) -> None:
    plugin, handled = Plugin("market"), []

    @plugin.hook(STOCK, select="after")
    async def changed(payload: Any, ctx: HookContext) -> None:
        handled.append(payload)

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", forbidden("not a word"))
        message = (await platform.reply()).outcome["fail"]["message"]
    assert "payload is null" in message and "not a word" in message
    assert handled == []


async def test_a_hook_without_a_handler_fails_by_name(platform: ScriptedPlatform) -> None:
    plugin = Plugin("market")

    @plugin.hook(STOCK, select="after")
    async def changed(payload: Any, ctx: HookContext) -> None: ...

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {}, hook_id=PRICE)
        message = (await platform.reply()).outcome["fail"]["message"]
    assert message == f"plugin market has no handler for {PRICE}"


async def test_a_handler_that_cancels_itself_fails_its_attempt(platform: ScriptedPlatform) -> None:
    plugin = Plugin("market")

    @plugin.hook(STOCK)
    async def changed(payload: Any, ctx: HookContext) -> None:
        raise asyncio.CancelledError

    async with running(plugin, platform):
        await (await platform.subscribed()).deliver("d1", {})
        assert (await platform.reply()).outcome["fail"]["message"] == "the handler was cancelled from within"


async def test_many_deliveries_are_handled_side_by_side(platform: ScriptedPlatform) -> None:
    plugin, arrived = Plugin("market"), asyncio.Barrier(16)

    @plugin.hook(STOCK, select="after")
    async def changed(payload: Any, ctx: HookContext) -> Any:
        await arrived.wait()
        return payload.after

    async with running(plugin, platform):
        subscription = await platform.subscribed()
        for number in range(16):
            await subscription.deliver(f"d{number}", {"after": number})
        replies = [await platform.reply() for _ in range(16)]
    assert {reply.delivery_id: reply.outcome["complete"]["result"] for reply in replies} == {
        f"d{number}": number for number in range(16)
    }
