"""Framing of responses in bodies that stay open, and the shell that writes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from gateway.subscriptions.frames import Multipart, ServerSentEvents
from gateway.subscriptions.http_stream import stream_results

Messages = list[dict[str, Any]]


def test_server_sent_events() -> None:
    frames = ServerSentEvents()
    assert frames.result({"data": {"a": "line\nbreak"}}) == b'event: next\ndata: {"data":{"a":"line\\nbreak"}}\n\n'
    assert frames.closing() == b"event: complete\ndata:\n\n"
    assert frames.heartbeat().startswith(b":")


def test_multipart_writes_a_boundary_behind_each_part() -> None:
    frames = Multipart()
    body = frames.opening() + frames.result({"data": 1}) + frames.heartbeat() + frames.closing()
    assert body == (
        b"\r\n--graphql"
        b'\r\nContent-Type: application/json\r\n\r\n{"payload":{"data":1}}\r\n--graphql'
        b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql"
        b"--\r\n"
    )


class Connection:
    """The server's side of an HTTP exchange."""

    def __init__(self) -> None:
        self.sent: Messages = []
        self.gone = asyncio.Event()
        self.progress = asyncio.Condition()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        async with self.progress:
            self.sent.append(message)
            self.progress.notify_all()

    async def has_sent(self, part: bytes) -> None:
        async with self.progress:
            await self.progress.wait_for(lambda: part in self.body)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def test_a_stream_that_ends_is_closed_properly() -> None:
    async def results() -> AsyncGenerator[dict[str, Any], None]:
        yield {"data": 1}
        yield {"data": 2}

    connection = Connection()
    await stream_results(
        results(), ServerSentEvents(), connection.receive, connection.send, heartbeat=60, draining=asyncio.Event()
    )
    assert connection.body == b':\n\nevent: next\ndata: {"data":1}\n\nevent: next\ndata: {"data":2}\n\n' + (
        b"event: complete\ndata:\n\n"
    )
    assert connection.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_a_silent_stream_is_closed_at_once_when_the_client_leaves() -> None:
    closed = asyncio.Event()

    async def silent() -> AsyncGenerator[dict[str, Any], None]:
        try:
            await asyncio.Event().wait()
            yield {}
        finally:
            closed.set()

    connection = Connection()
    streaming = asyncio.create_task(
        stream_results(
            silent(), ServerSentEvents(), connection.receive, connection.send, heartbeat=60, draining=asyncio.Event()
        )
    )
    await connection.has_sent(b":\n\n")
    connection.gone.set()
    await streaming
    assert closed.is_set()


async def test_a_silent_stream_gives_signs_of_life() -> None:
    async def silent() -> AsyncGenerator[dict[str, Any], None]:
        await asyncio.Event().wait()
        yield {}

    connection = Connection()
    streaming = asyncio.create_task(
        stream_results(
            silent(), Multipart(), connection.receive, connection.send, heartbeat=0.01, draining=asyncio.Event()
        )
    )
    await connection.has_sent(b"\r\n\r\n{}\r\n--graphql")
    connection.gone.set()
    await streaming
