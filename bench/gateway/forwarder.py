"""The floor of a one-fetch query: hands bodies from a client to a subgraph and back, and looks at nothing in them.

Both sides are read by httptools: less than that would not be HTTP.
"""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import httptools
import uvloop

_ASK = b"POST /%s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"


class _Side(asyncio.Protocol):
    """One connection, whose messages are read to their ends."""

    def __init__(self) -> None:
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = self._make_parser()

    def _make_parser(self) -> httptools.HttpRequestParser | httptools.HttpResponseParser:
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Headers are read, as any server or client has to, and not used."""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        body, self._body = self._body, b""
        self._complete(body)

    def _complete(self, body: bytes) -> None:
        raise NotImplementedError


class _Subgraph(_Side):
    """A connection to the subgraph, lent to one client at a time."""

    def __init__(self, idle: list[_Subgraph]) -> None:
        super().__init__()
        self._idle = idle
        self._client: _Client | None = None

    def _make_parser(self) -> httptools.HttpResponseParser:
        return httptools.HttpResponseParser(self)

    def ask(self, name: bytes, body: bytes, client: _Client) -> None:
        self._client = client
        self._transport.write(_ASK % (name, len(body), body))

    def _complete(self, body: bytes) -> None:
        client, self._client = self._client, None
        self._idle.append(self)
        if client is not None:
            client.answer(body)


class _Client(_Side):
    def __init__(self, name: bytes, port: int, idle: list[_Subgraph]) -> None:
        super().__init__()
        self._name, self._port, self._idle = name, port, idle
        self._tasks: set[asyncio.Task[None]] = set()

    def _make_parser(self) -> httptools.HttpRequestParser:
        return httptools.HttpRequestParser(self)

    def _complete(self, body: bytes) -> None:
        if self._idle:
            self._idle.pop().ask(self._name, body, self)
            return
        task = asyncio.get_running_loop().create_task(self._open(body))
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
