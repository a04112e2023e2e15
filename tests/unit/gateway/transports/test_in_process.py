"""Apps of this process behind the transport, well-behaved and not."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from gateway.executor.transport import SubgraphRequest, TransportError
from gateway.executor.transports import InProcessTransport

QUERY = SubgraphRequest("products", "{ a }", None, {}, "query", {"authorization": "Bearer x"})
SUBSCRIPTION = SubgraphRequest("products", "subscription { a }", None, {}, "subscription", {})


async def failing(scope: Any, receive: Any, send: Any) -> None:
    raise LookupError("a bug")


async def silent(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


async def deserting(scope: Any, receive: Any, send: Any) -> None:
    """Accepts, and ends."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4403, "reason": "not you"})


async def mute(scope: Any, receive: Any, send: Any) -> None:
    """Accepts the socket and never the sign-in."""
    await deserting(scope, receive, send)
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def test_an_app_that_raises_is_an_error_that_keeps_the_bug_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(TransportError, match="'products'") as caught:
        await InProcessTransport(failing, 1).execute(QUERY)
    assert caught.value.code == "SUBGRAPH_FAILED"
    assert "a bug" not in caught.value.message
    assert "a bug" in caplog.text


async def test_an_app_that_does_not_answer_times_out() -> None:
    with pytest.raises(TransportError) as caught:
        await InProcessTransport(silent, 0.01).execute(QUERY)
    assert caught.value.code == "SUBGRAPH_TIMEOUT"


@pytest.mark.parametrize(
    ("app", "code"),
    [
        (failing, "SUBGRAPH_CONNECTION_LOST"),
        (silent, "SUBGRAPH_TIMEOUT"),
        (deserting, "SUBGRAPH_CONNECTION_LOST"),
        (mute, "SUBGRAPH_TIMEOUT"),
    ],
)
async def test_a_subscription_to_an_app_that_misbehaves_is_a_coded_error(
    app: Any, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.executor.transports.in_process_socket._GRACE", 0.01)
    with pytest.raises(TransportError, match="'products'") as caught:
        async for _ in InProcessTransport(app, 0.05).subscribe(SUBSCRIPTION):
            pytest.fail("nothing was to come")
    assert caught.value.code == code


async def test_a_refused_socket_tells_the_reason() -> None:
    with pytest.raises(TransportError, match="not you") as caught:
        async for _ in InProcessTransport(refusing, 1).subscribe(SUBSCRIPTION):
            pytest.fail("nothing was to come")
    assert caught.value.code == "SUBGRAPH_REFUSED_CONNECTION"


async def test_an_app_that_will_not_stop_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.executor.transports.in_process_socket._GRACE", 0.01)
    cancelled = asyncio.Event()

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        await deserting(scope, receive, send)
        await send({"type": "websocket.send", "text": '{"type": "connection_ack"}'})
        try:
            while True:
                await send({"type": "websocket.send", "text": '{"type":"next","id":"1","payload":{"data":1}}'})
                await asyncio.sleep(0)
        finally:
            cancelled.set()

    events = InProcessTransport(endless, 1).subscribe(SUBSCRIPTION)
    assert (await anext(events)).data == 1
    await events.aclose()
    assert cancelled.is_set()
