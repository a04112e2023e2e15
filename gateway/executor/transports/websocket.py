"""Subscriptions over a WebSocket of their own, with the `websockets` library."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.executor.transports.streaming import SocketClosed, stream
from gateway.executor.transports.upstream import Upstream
from gateway.wire.transport_ws import SUBPROTOCOL

_MAX_MESSAGE = 16 * 1024 * 1024
_CLOSE_TIMEOUT = 2.0
_LOST = 1006


def websocket_url(url: str) -> str:
    """The WebSocket URL beside an HTTP URL; others are returned as they are."""
    if url.startswith(("http://", "https://")):
        return "ws" + url.removeprefix("http")
    return url


async def subscribe(
    url: str,
    request: SubgraphRequest,
    init_payload: Mapping[str, Any],
    seconds: float,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[SubgraphResponse, None]:
    """Yields the events of a subscription; closing the generator ends it there. Raises TransportError.

    Args:
        seconds: for the connection to open, and again for it to be acknowledged.
        tls: for an https URL.
    """
    connection = await _open(url, request, seconds, tls)
    try:
        if connection.subprotocol != SUBPROTOCOL:
            message = f"Subgraph {request.service!r} does not speak {SUBPROTOCOL} at {url}"
            raise TransportError(codes.REFUSED, message, request.service)
        events = stream(_Socket(connection), Upstream(request, init_payload), request.service, seconds)
        async with aclosing(events):
            async for event in events:
                yield event
    finally:
        await connection.close()


async def _open(url: str, request: SubgraphRequest, seconds: float, tls: ssl.SSLContext | None) -> ClientConnection:
    service = request.service
    try:
        return await connect(
            websocket_url(url),
            ssl=tls,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers=dict(request.headers),
            open_timeout=seconds,
            close_timeout=_CLOSE_TIMEOUT,
            max_size=_MAX_MESSAGE,
            compression=None,
            proxy=None,
        )
    except TimeoutError as error:
        message = f"Subgraph {service!r} did not open a WebSocket within {seconds:g} s at {url}"
        raise TransportError(codes.TIMEOUT, message, service) from error
    except InvalidStatus as error:
        status = error.response.status_code
        message = f"Subgraph {service!r} answered {status} instead of opening a WebSocket at {url}"
        raise TransportError(codes.REFUSED, message, service) from error
    except (OSError, InvalidHandshake, InvalidURI) as error:
        message = f"Subgraph {service!r} cannot be reached at {url}: {error or type(error).__name__}"
        raise TransportError(codes.UNREACHABLE, message, service) from error


class _Socket:
    """A TextSocket over a connection of the library."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        try:
            await self._connection.send(text)
        except ConnectionClosed as closed:
            raise _closed(closed) from closed

    async def receive(self) -> str:
        try:
            message = await self._connection.recv()
        except ConnectionClosed as closed:
            raise _closed(closed) from closed
        return message if isinstance(message, str) else message.decode("utf-8", "replace")


def _closed(closed: ConnectionClosed) -> SocketClosed:
    frame = closed.rcvd
    return SocketClosed(_LOST, "") if frame is None else SocketClosed(frame.code, frame.reason)
