"""Testing handlers without a server, and through it what a context gives them."""

from __future__ import annotations

from typing import Any

import pytest

from plugin_sdk import Cause, GraphQLFailed, HookContext, MissingLink, Plugin, Reject, SeveralConnections
from plugin_sdk.testing import Call, Complete, Failed, Harness, Rejected, connection

STOCK = "commerce_adjustStock_commit_stockChanged"
BEFORE = "commerce_adjustStock_validate_beforeStockChange"
UPDATE = "mutation ($stock: Int) { updateSellOffer(stock: $stock) { errors { code } } }"
GOOD = connection(
    "commerce:Good:g1",
    links={"sellOffer": "market:SellOffer:o:1", "page": "https://example.test/g1"},
    config={"minimum": 3},
)


def plugin_of(handler: Any, hook_id: str = STOCK, select: str = "after good { id }") -> Plugin:
    plugin = Plugin("market")
    plugin.hook(hook_id, select=select)(handler)
    return plugin


async def test_a_handler_gets_its_payload_and_makes_calls() -> None:
    async def handler(payload: Any, ctx: HookContext) -> None:
        await ctx.graphql(UPDATE, {"stock": payload.after})
        await ctx.graphql("{ good { id } }")

    delivered = await Harness(plugin_of(handler)).deliver(
        STOCK,
        payload={"after": 7, "good": {"id": "g1"}},
        graphql={"updateSellOffer": {"errors": []}, "good": lambda call: {"id": call.field}},
    )
    assert delivered.outcome == Complete()
    update, query = delivered.calls
    assert (update.field, update.variables, update.idempotency_key) == (
        "updateSellOffer",
        {"stock": 7},
        "delivery-1/updateSellOffer/1",
    )
    assert query.idempotency_key is None


async def test_the_payload_has_what_was_selected_and_no_more() -> None:
    async def handler(payload: Any, ctx: HookContext) -> Any:
        return [list(payload), list(payload.good), payload.before]

    delivered = await Harness(plugin_of(handler)).deliver(
        STOCK, payload={"after": 7, "before": 9, "good": {"id": "g1", "sku": "A"}}
    )
    assert delivered.outcome == Failed("AttributeError: payload has no 'before'; selected: after, good")
    assert isinstance(delivered.error, AttributeError)


async def test_forbidden_fields() -> None:
    async def handler(payload: Any, ctx: HookContext) -> Any:
        return [payload.good, ctx.payload_errors[0].code]

    delivered = await Harness(plugin_of(handler)).deliver(STOCK, payload={"after": 7}, forbidden=["good"])
    assert delivered.outcome == Complete([None, "FORBIDDEN"])


async def test_a_call_without_an_answer_fails_and_says_so() -> None:
    async def handler(payload: Any, ctx: HookContext) -> None:
        await ctx.graphql(UPDATE)

    delivered = await Harness(plugin_of(handler)).deliver(STOCK)
    assert isinstance(delivered.error, GraphQLFailed)
    assert "no answer for updateSellOffer" in str(delivered.error)


async def test_a_stub_may_be_one_function_and_may_raise() -> None:
    async def handler(payload: Any, ctx: HookContext) -> Any:
        return (await ctx.graphql("{ good { id } }")).good.id

    async def stub(call: Call) -> Any:
        return {call.field: {"id": "g1"}}

    harness = Harness(plugin_of(handler))
    assert (await harness.deliver(STOCK, graphql=stub)).outcome == Complete("g1")
    refused = await harness.deliver(STOCK, graphql={"good": LookupError("gone")})
    assert refused.outcome == Failed("LookupError: gone")


async def test_a_veto_before_the_write() -> None:
    async def handler(payload: Any, ctx: HookContext) -> None:
        raise Reject("FLOOR", "too low")

    delivered = await Harness(plugin_of(handler, BEFORE)).deliver(BEFORE)
    assert delivered.outcome == Rejected("FLOOR", "too low")


@pytest.mark.parametrize("raised", [True, False])
async def test_a_veto_after_the_write_is_a_mistake(raised: bool) -> None:
    async def handler(payload: Any, ctx: HookContext) -> Any:
        if raised:
            raise Reject("FLOOR", "too low")
        return Reject("FLOOR", "too low")

    delivered = await Harness(plugin_of(handler)).deliver(STOCK)
    assert isinstance(delivered.outcome, Failed)
    assert "only validate hooks" in delivered.outcome.message


@pytest.mark.parametrize("lost", [False, True])
async def test_a_long_handler_may_stop_once_its_lease_is_lost(lost: bool) -> None:
    told: list[bool] = []

    async def handler(payload: Any, ctx: HookContext) -> None:
        told.extend([await ctx.heartbeat(), await ctx.extend(60)])

    await Harness(plugin_of(handler)).deliver(STOCK, lost=lost)
    assert told == [not lost] * 2


async def test_the_context_of_a_delivery() -> None:
    seen: list[HookContext] = []

    async def handler(payload: Any, ctx: HookContext) -> None:
        seen.append(ctx)
        await ctx.heartbeat()
        await ctx.extend(60)

    cause = Cause("r1", "d0", "commerce")
    delivered = await Harness(plugin_of(handler)).deliver(
        STOCK, connections=[GOOD], delivery_id="d1", attempt=3, replay=True, cause=cause
    )
    (ctx,) = seen
    assert (ctx.delivery_id, ctx.hook_id, ctx.attempt, ctx.mode) == ("d1", STOCK, 3, "async")
    assert (ctx.replay, ctx.cause) == (True, cause)
    assert ctx.config["minimum"] == 3
    assert delivered.extensions == [None, 60]
    (only,) = ctx.connections
    assert (only.id, only.object_id) == ("commerce:Good:g1#market", "g1")
    assert ctx.connection("commerce:Good:g1") is ctx.connection("commerce:Good:g1#market") is only
    with pytest.raises(KeyError, match="no connection 'x'"):
        ctx.connection("x")


async def test_links_are_ids_of_objects_or_addresses() -> None:
    seen: list[HookContext] = []

    async def handler(payload: Any, ctx: HookContext) -> None:
        seen.append(ctx)

    await Harness(plugin_of(handler)).deliver(STOCK, connections=[GOOD])
    links = seen[0].links
    assert (links["sellOffer"], links["sellOffer"].object_ref) == ("o:1", "market:SellOffer:o:1")
    assert links["page"] == links["page"].url == "https://example.test/g1"
    assert set(links) == {"sellOffer", "page"} and "item" not in links
    with pytest.raises(
        MissingLink, match=r"^connection commerce:Good:g1#market has no link 'item'; its links: page, sellOffer$"
    ):
        _ = links["item"]


@pytest.mark.parametrize("count", [0, 2])
async def test_links_need_exactly_one_connection(count: int) -> None:
    async def handler(payload: Any, ctx: HookContext) -> Any:
        return ctx.links

    delivered = await Harness(plugin_of(handler)).deliver(STOCK, connections=[GOOD] * count)
    assert isinstance(delivered.error, SeveralConnections)
    assert f"concerns {count} connections" in str(delivered.error)
