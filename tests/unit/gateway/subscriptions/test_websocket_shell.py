"""The shell around the WebSocket protocol, against a server and operations made for the test."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.subscriptions import Client, WebSocketServer, WebSocketSettings

SETTINGS = WebSocketSettings(
    sign_in_timeout=5,
    keep_alive=60,
    max_operations=10,
    max_message=1000,
    max_values=50_000,
    forward_headers=frozenset(),
)


class Observer:
    """Counts what is open."""

    def __init__(self) -> None:
        self.open: dict[str, int] = {}

    def stream_opened(self, protocol: str) -> None:
        self.open[protocol] = self.open.get(protocol, 0) + 1

    def stream_closed(self, protocol: str) -> None:
        self.open[protocol] -= 1


class Endless:
    """An operation that never waits for anything; says when it has been held back, and when it is closed."""

    def __init__(self) -> None:
        self.produced = 0
        self.closed = asyncio.Event()

    async def run(self, payload: Mapping[str, Any], client: Client) -> AsyncGenerator[dict[str, Any], None]:
        try:
            while True:
                self.produced += 1
                yield {"data": self.produced}
        finally:
            self.closed.set()


class Broken:
    """An operation with a bug."""

    async def run(self, payload: Mapping[str, Any], client: Client) -> AsyncGenerator[dict[str, Any], None]:
        raise LookupError("a bug")
        yield {}


class Connection:
    """The server's side of a WebSocket, whose client may stop reading."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[Any] = asyncio.Queue()
        self.reading = asyncio.Event()
        self.reading.set()
        self.stuck = asyncio.Event()

    async def send(self, message: Any) -> None:
        if not self.reading.is_set():
            self.stuck.set()
            await self.reading.wait()
        self.outgoing.put_nowait(message)

    def says(self, text: str) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})


@asynccontextmanager
async def connected(operations: Any, observer: Observer) -> Any:
    connection = Connection()
    server = WebSocketServer(operations, SETTINGS, observer, asyncio.Event())
    scope: dict[str, Any] = {"type": "websocket", "subprotocols": ["graphql-transport-ws"], "headers": []}
    connection.incoming.put_nowait({"type": "websocket.connect"})
    serving = asyncio.create_task(server(scope, connection.incoming.get, connection.send))
    connection.says('{"type": "connection_init"}')
    assert (await connection.outgoing.get())["type"] == "websocket.accept"
    assert "connection_ack" in (await connection.outgoing.get())["text"]
    yield connection
    connection.incoming.put_nowait({"type": "websocket.disconnect"})
    await serving


async def test_a_client_that_does_not_read_holds_its_operation_back_and_may_still_leave() -> None:
    operation, observer = Endless(), Observer()
    async with connected(operation, observer) as connection:
        connection.reading.clear()
        connection.says('{"type": "subscribe", "id": "1", "payload": {}}')
        await connection.stuck.wait()
        before = -1
        while before != operation.produced:
            before = operation.produced
            await asyncio.sleep(0)
        assert operation.produced < 100
        assert observer.open == {"websocket": 1, "websocket operation": 1}
    assert operation.closed.is_set()
    assert observer.open == {"websocket": 0, "websocket operation": 0}


async def test_a_bug_in_an_operation_is_masked_and_costs_nobody_else_anything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        async with connected(Broken(), Observer()) as connection:
            for _ in range(2):
                connection.says('{"type": "subscribe", "id": "1", "payload": {}}')
                text = (await connection.outgoing.get())["text"]
                assert '"code":"INTERNAL"' in text
                assert "a bug" not in text
    assert "a bug" in caplog.text


async def test_a_message_beyond_the_limit_ends_the_connection() -> None:
    async with connected(Endless(), Observer()) as connection:
        connection.says("x" * 1001)
        assert (await connection.outgoing.get())["code"] == 1009
