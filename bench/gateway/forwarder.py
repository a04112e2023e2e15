"""The floor of a one-fetch query: hands bytes from a client to a subgraph and back, and looks at nothing else."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import uvloop

_ASK = b"POST /%s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"


def _body_at(data: bytes) -> tuple[int, int]:
    """Where the body starts and ends; -1 for the end while it is not all there."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0, -1
    head = data[:end].lower()
    at = head.index(b"content-length:")
    line = head.find(b"\r\n", at)
    stop = end + 4 + int(head[at + 15 : line if line > 0 else end])
    return end + 4, stop if stop <= len(data) else -1


class _Subgraph(asyncio.Protocol):
    """A connection to the subgraph, lent to one client at a time."""

    def __init__(self, idle: list[_Subgraph]) -> None:
        self._idle = idle
        self._buffer = b""
        self._client: _Client | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, name: bytes, body: bytes, client: _Client) -> None:
        self._client = client
        self._transport.write(_ASK % (name, len(body), body))

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        start, stop = _body_at(data)
        if stop < 0:
            self._buffer = data
            return
        self._buffer = b""
        client, self._client = self._client, None
        self._idle.append(self)
        if client is not None:
            client.answer(data[start:stop])


class _Client(asyncio.Protocol):
    def __init__(self, name: bytes, port: int, idle: list[_Subgraph]) -> None:
        self._name, self._port, self._idle = name, port, idle
        self._buffer = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        start, stop = _body_at(data)
        if stop < 0:
            self._buffer = data
            return
        self._buffer = b""
        if self._idle:
            self._idle.pop().ask(self._name, data[start:stop], self)
            return
        task = asyncio.get_running_loop().create_task(self._open(data[start:stop]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        _, subgraph = await loop.create_connection(lambda: _Subgraph(self._idle), "127.0.0.1", self._port)
        subgraph.ask(self._name, body, self)

    def answer(self, body: bytes) -> None:
        self._transport.write(_ANSWER % (len(body), body))


def serve_forwarder(listener: socket.socket, name: str, port: int) -> None:
    """A process's whole work: everything goes to the one subgraph."""
    idle: list[_Subgraph] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Client(name.encode(), port, idle), sock=listener)
        await server.serve_forever()

    uvloop.run(serve())
