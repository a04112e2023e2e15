"""Four subgraphs in one process, fast enough not to matter: an asyncio protocol over answers that are kept as bytes."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import uvloop

from bench.gateway.answers import Answerer
from bench.gateway.graph import SDLS

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"


class StandIn(asyncio.Protocol):
    """One connection of the gateway. It trusts what it is sent: it is for the benchmark alone."""

    def __init__(self, answerers: dict[bytes, Answerer]) -> None:
        self._answerers = answerers
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer = data = self._buffer + data if self._buffer else data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end].lower()
            at = head.find(b"content-length:")
            line = head.find(b"\r\n", at)
            length = int(head[at + 15 : line if line > 0 else end])
            if len(data) < end + 4 + length:
                return
            body = data[end + 4 : end + 4 + length]
            answer = self._answerers[head[6 : head.find(b" ", 6)]].answer(body)
            self._transport.write(_HEAD % (len(answer), answer))
            self._buffer = data = data[end + 4 + length :]


def serve_standins(listener: socket.socket, every: int = 0) -> None:
    """A process's whole work: each subgraph at a path of its name."""
    answerers = {name.encode(): Answerer(sdl, every) for name, sdl in SDLS.items()}

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: StandIn(answerers), sock=listener)
        await server.serve_forever()

    uvloop.run(serve())
