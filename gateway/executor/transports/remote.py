"""The transport to a subgraph on the network: HTTP for answers, WebSockets or event streams for subscriptions."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from gateway.executor.transport import SubgraphRequest, SubgraphResponse
from gateway.executor.transports import codes, event_stream, websocket
from gateway.executor.transports.binding import init_payload
from gateway.executor.transports.call import Call
from gateway.executor.transports.http import AwaitedCall, header_lines
from gateway.executor.transports.pool import HttpClient, OriginPool


@asynccontextmanager
async def open_http_session(tls: ssl.SSLContext | None = None) -> AsyncIterator[HttpClient]:
    """The connections to all subgraphs; they are kept open between requests and closed at the end.

    Args:
        tls: for https; None to believe the system's authorities.
    """
    client = HttpClient(tls)
    try:
        yield client
    finally:
        await client.close()


@dataclass(frozen=True)
class RemoteTransport:
    """Carries requests to one URL.

    Attributes:
        client: shared by all subgraphs; the owner closes it.
        timeout: seconds for an answer, or for a subscription to be acknowledged.
        bound: what WebSockets sign in with.
        events: whether subscriptions come as server-sent events rather than over a WebSocket.
        largest: bytes that an answer over HTTP may have; None for as many as a pool takes.
    """

    url: str
    client: HttpClient
    timeout: float
    bound: Mapping[str, Any] = field(default_factory=dict)
    largest: int | None = None
    events: bool = False

    def with_init_payload(self, payload: Mapping[str, Any]) -> Self:
        """The same transport, whose subscriptions sign in with this payload."""
        return replace(self, bound=payload)

    @cached_property
    def _pool(self) -> OriginPool:
        return self.client.pool(self.url, self.timeout, self.largest)

    def start(self, call: Call) -> None:
        """Begins a query or mutation. A query is sent again, once, when its connection is lost without an answer."""
        call.carrier = pool = self._pool
        if call.headers:
            try:
                call.lines = header_lines(call.headers)
            except ValueError as error:
                pool.refuse(call, codes.INVALID_HEADER, str(error))
                return
        pool.begin(call)

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        """Runs a query or mutation. Raises TransportError."""
        call = AwaitedCall(request)
        self.start(call)
        return await call.outcome()

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
        """Yields each event. Raises TransportError."""
        if self.events:
            events = event_stream.subscribe(self.url, request, self.timeout, self._tls())
        else:
            payload = init_payload(self.bound, request.headers)
            events = websocket.subscribe(self.url, request, payload, self.timeout, self._tls())
        async with aclosing(events):
            async for event in events:
                yield event

    def _tls(self) -> ssl.SSLContext | None:
        return self.client.tls() if self.url.startswith("https:") else None
