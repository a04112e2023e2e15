"""The transport to an ASGI app of this process: no socket, no copy, the same rules."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Self

from starlette.types import ASGIApp, Message, Scope

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.executor.transports.binding import init_payload
from gateway.executor.transports.exchange import ACCEPT, body_of, read_answer
from gateway.executor.transports.in_process_socket import InProcessSocket
from gateway.executor.transports.streaming import SocketClosed, stream
from gateway.executor.transports.upstream import Upstream
from gateway.wire.transport_ws import SUBPROTOCOL

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class InProcessTransport:
    """Calls an app as a server would.

    Attributes:
        app: must be started (its lifespan is its owner's to run).
        path: where its GraphQL endpoint is.
        timeout: seconds for an answer, or for a subscription to be acknowledged.
        bound: what WebSockets sign in with.
    """

    app: ASGIApp
    timeout: float
    path: str = "/graphql"
    bound: Mapping[str, Any] = field(default_factory=dict)

    def with_init_payload(self, payload: Mapping[str, Any]) -> Self:
        """The same transport, whose subscriptions sign in with this payload."""
        return replace(self, bound=payload)

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        """Runs a query or mutation in the caller's own task. Raises TransportError."""
        service = request.service
        call = _Call(body_of(request))
        scope = {**self._scope("http", request), "method": "POST", "extensions": {}}
        try:
            async with asyncio.timeout(self.timeout):
                await self.app(scope, call.receive, call.send)
        except TimeoutError as error:
            message = f"Subgraph {service!r} did not answer within {self.timeout:g} s"
            raise TransportError(codes.TIMEOUT, message, service) from error
        except Exception as error:
            _logger.exception("Subgraph %r raised instead of answering", service)
            raise TransportError(codes.FAILED, f"Subgraph {service!r} failed to answer", service) from error
        return read_answer(service, call.status, call.content_type, b"".join(call.body))

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
        """Yields each event. Raises TransportError."""
        service = request.service
        upstream = Upstream(request, init_payload(self.bound, request.headers))
        scope = {**self._scope("websocket", request), "scheme": "ws", "subprotocols": [SUBPROTOCOL]}
        socket = InProcessSocket(self.app, scope)
        try:
            try:
                async with asyncio.timeout(self.timeout):
                    await socket.open()
            except TimeoutError as error:
                message = f"Subgraph {service!r} did not open a WebSocket within {self.timeout:g} s"
                raise TransportError(codes.TIMEOUT, message, service) from error
            except SocketClosed as closed:
                raise upstream.closed(closed.code, closed.reason) from closed
            events = stream(socket, upstream, service, self.timeout)
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            await socket.close()

    def _scope(self, kind: str, request: SubgraphRequest) -> Scope:
        headers = [
            (name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in request.headers.items()
        ]
        return {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [
                (b"host", request.service.encode("ascii", "replace")),
                (b"content-type", b"application/json"),
                (b"accept", ACCEPT.encode()),
                *headers,
            ],
            "client": None,
            "server": None,
            "state": {},
        }


class _Call:
    """One HTTP exchange with an app."""

    def __init__(self, body: bytes) -> None:
        self._request = body
        self._read = False
        self._never: asyncio.Event | None = None
        self.status = 0
        self.content_type = ""
        self.body: list[bytes] = []

    async def receive(self) -> Message:
        if not self._read:
            self._read = True
            return {"type": "http.request", "body": self._request, "more_body": False}
        # The caller does not hang up: it cancels. An app that listens for it listens in vain.
        self._never = self._never or asyncio.Event()
        await self._never.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message.get("headers", ()):
                if name.lower() == b"content-type":
                    self.content_type = value.decode("latin-1")
        elif message["type"] == "http.response.body":
            self.body.append(message.get("body", b""))
