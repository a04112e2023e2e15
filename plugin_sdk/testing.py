"""Test handlers without a server.

from plugin_sdk.testing import Harness, connection

async def test_stock_reaches_the_offer():
    harness = Harness(plugin)
    delivered = await harness.deliver(
        "commerce_adjustStock_commit_stockChanged",
        payload={"after": 7, "good": {"id": "g1"}},
        connections=[connection("commerce:Good:g1", links={"sellOffer": "market:SellOffer:o1"})],
        graphql={"updateSellOffer": {"errors": []}},
    )
    assert delivered.outcome == Complete()
    assert delivered.calls[0].variables["stock"] == 7
"""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plugin_sdk._calls import read_call
from plugin_sdk._context import HookContext
from plugin_sdk._outcomes import Complete, Failed, Outcome, Rejected, RetryLater
from plugin_sdk._plugin import Plugin
from plugin_sdk._record import Record
from plugin_sdk._settle import settle
from plugin_sdk.errors import ErrorDetail, GraphQLFailed
from plugin_sdk.protocol.delivery import Cause, ConnectionRef, Delivery, LinkRef
from plugin_sdk.protocol.selection import prune

__all__ = [
    "Call",
    "Complete",
    "Delivered",
    "Failed",
    "Harness",
    "Rejected",
    "RetryLater",
    "connection",
]

Answer = Any
"""A JSON value, an exception to raise, or a function of the call that gives either (or awaits it)."""
Stub = Mapping[str, Answer] | Callable[["Call"], Any]
"""Answers by the outermost field of the operation, or one function that gives the whole `data`."""


@dataclass(frozen=True)
class Call:
    """A call that a handler made.

    Attributes:
        field: the operation's first outermost field.
        idempotency_key: the key a mutation carries; None for a query.
    """

    document: str
    variables: Mapping[str, Any]
    field: str
    idempotency_key: str | None


@dataclass
class Delivered:
    """What came of a delivery.

    Attributes:
        outcome: `Complete`, `Rejected`, `Failed` or `RetryLater`.
        calls: what the handler called, in order.
        extensions: seconds the handler asked to extend the lease by; None for a heartbeat.
        error: the exception behind a `Failed`.
    """

    outcome: Outcome
    calls: list[Call] = field(default_factory=list)
    extensions: list[float | None] = field(default_factory=list)
    error: Exception | None = None


def connection(
    object_ref: str,
    *,
    links: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
) -> ConnectionRef:
    """A connection for a test. A link is an object ref, or an address if it contains `://`."""
    return ConnectionRef(
        id=object_ref,
        object_ref=object_ref,
        plugin_tag="",
        config=dict(config or {}),
        links=tuple(
            LinkRef(name, None if "://" in target else target, target if "://" in target else None)
            for name, target in (links or {}).items()
        ),
    )


class Harness:
    """An in-memory platform for one plugin. It keeps the rules that a handler can see: the payload has what
    the hook selects and no more, JSON goes in and out, and a mutation's key is the one the SDK would send.

    Args:
        plugin: whose handlers are run.
    """

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        self._ids = itertools.count(1)

    async def deliver(
        self,
        hook_id: str,
        *,
        payload: Mapping[str, Any] | None = None,
        connections: Sequence[ConnectionRef] = (),
        graphql: Stub | None = None,
        forbidden: Sequence[str] = (),
        delivery_id: str | None = None,
        attempt: int = 1,
        replay: bool = False,
        cause: Cause | None = None,
        lost: bool = False,
    ) -> Delivered:
        """Run the handler of a hook once.

        Args:
            hook_id: one of the plugin's hooks.
            payload: the payload's fields by response name, objects nested; what is not selected is left out.
            connections: what the delivery concerns, see `connection`.
            graphql: answers to the handler's calls; a call without one fails the attempt.
            forbidden: names of payload fields that the plugin may not see: null, and in `payload_errors`.
            delivery_id: to deliver the same again; a fresh id by default.
            attempt, replay, cause: of the delivery.
            lost: whether its lease is lost meanwhile, as `ctx.heartbeat` and `ctx.extend` tell.

        Raises:
            KeyError: the plugin has no such hook.
        """
        definition = self.plugin.definition(hook_id)
        fields = prune(definition.selection, json.loads(json.dumps(dict(payload or {}))))
        fields.update(dict.fromkeys(forbidden))
        delivery = Delivery(
            id=delivery_id or f"delivery-{next(self._ids)}",
            hook_id=hook_id,
            mode=definition.mode.upper(),
            attempt=attempt,
            seq=attempt,
            deadline=None,
            replay=replay,
            cause=cause,
            connections=tuple(self._named(ref) for ref in connections),
            payload=fields,
            forbidden=tuple(ErrorDetail("forbidden", "FORBIDDEN", (name,)) for name in forbidden),
        )
        platform = _StubPlatform(graphql or {}, lost)
        settled = await settle(definition, Record(fields, "payload"), HookContext(delivery, platform))
        return Delivered(settled.outcome, platform.calls, platform.extensions, settled.error)

    def _named(self, ref: ConnectionRef) -> ConnectionRef:
        if ref.plugin_tag:
            return ref
        tag = self.plugin.tag
        return ConnectionRef(f"{ref.object_ref}#{tag}", ref.object_ref, tag, ref.config, ref.links)


class _StubPlatform:
    def __init__(self, stub: Stub, lost: bool) -> None:
        self.calls: list[Call] = []
        self.extensions: list[float | None] = []
        self._stub = stub
        self._lost = lost

    async def call(
        self, document: str, variables: Mapping[str, Any], *, delivery_id: str, idempotency_key: str | None
    ) -> Mapping[str, Any]:
        call = Call(document, variables, read_call(document).field, idempotency_key)
        self.calls.append(call)
        if not isinstance(self._stub, Mapping):
            data: Mapping[str, Any] = await _value(self._stub, call)
            return data
        if call.field not in self._stub:
            raise GraphQLFailed([ErrorDetail(f"the test has no answer for {call.field}", "NO_STUB")])
        return {call.field: await _value(self._stub[call.field], call)}

    async def extend(self, delivery_id: str, seconds: float | None) -> bool:
        self.extensions.append(seconds)
        return not self._lost


async def _value(answer: Answer | Callable[[Call], Awaitable[Answer]], call: Call) -> Any:
    value = answer(call) if callable(answer) and not isinstance(answer, type) else answer
    if inspect.isawaitable(value):
        value = await value
    if isinstance(value, Exception):
        raise value
    return value
