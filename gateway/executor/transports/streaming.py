"""Drives an Upstream over any text socket. No rule lives here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Protocol

from gateway.executor.transport import SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.executor.transports.upstream import Event, Finished, Send, Upstream

_GOODBYE = 1.0


class SocketClosed(Exception):
    """The other side closed the socket, or it was lost (1006)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class TextSocket(Protocol):
    """An open WebSocket that carries text."""

    async def send(self, text: str) -> None:
        """Raises SocketClosed."""
        ...

    async def receive(self) -> str:
        """Raises SocketClosed."""
        ...


async def stream(
    socket: TextSocket, upstream: Upstream, service: str, ack_timeout: float
) -> AsyncGenerator[SubgraphResponse, None]:
    """Yields each result; closing the generator tells the subgraph. The caller closes the socket."""
    try:
        await socket.send(upstream.start().text)
        while True:
            for step in upstream.receive(await _next_text(socket, upstream, service, ack_timeout)):
                match step:
                    case Send(text):
                        await socket.send(text)
                    case Event(response):
                        yield response
                    case Finished():
                        return
    except SocketClosed as closed:
        raise upstream.closed(closed.code, closed.reason) from closed
    finally:
        goodbye = upstream.stop()
        if goodbye is not None:
            with suppress(SocketClosed, TimeoutError):
                async with asyncio.timeout(_GOODBYE):
                    await socket.send(goodbye.text)


async def _next_text(socket: TextSocket, upstream: Upstream, service: str, ack_timeout: float) -> str:
    if upstream.acknowledged:
        return await socket.receive()
    try:
        async with asyncio.timeout(ack_timeout):
            return await socket.receive()
    except TimeoutError as error:
        message = f"Subgraph {service!r} did not acknowledge the connection within {ack_timeout:g} s"
        raise TransportError(codes.TIMEOUT, message, service) from error
