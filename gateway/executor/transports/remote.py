"""The transport to a subgraph on the network: HTTP for answers, WebSockets for streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Self

import aiohttp

from gateway.executor.transport import SubgraphRequest, SubgraphResponse
from gateway.executor.transports import http, websocket
from gateway.executor.transports.binding import init_payload

_KEEP_ALIVE = 4.0
"""Below the five seconds after which uvicorn closes an idle connection, so that ours is rarely closed."""


def open_http_session() -> aiohttp.ClientSession:
    """A session for all subgraphs, to be closed by the caller. Connections are kept, cookies never."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


@dataclass(frozen=True)
class RemoteTransport:
    """Carries requests to one URL.

    Attributes:
        session: shared by all subgraphs; the owner closes it.
        timeout: seconds for an answer, or for a subscription to be acknowledged.
        bound: what WebSockets sign in with.
        largest: bytes that an answer over HTTP may have; None for any number.
    """

    url: str
    session: aiohttp.ClientSession
    timeout: float
    bound: Mapping[str, Any] = field(default_factory=dict)
    largest: int | None = None

    def with_init_payload(self, payload: Mapping[str, Any]) -> Self:
        """The same transport, whose subscriptions sign in with this payload."""
        return replace(self, bound=payload)

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        """Runs a query or mutation. Raises TransportError."""
        return await http.post(self.session, self.url, request, self.timeout, self.largest)

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
        """Yields each event. Raises TransportError."""
        payload = init_payload(self.bound, request.headers)
        events = websocket.subscribe(self.url, request, payload, self.timeout)
        async with aclosing(events):
            async for event in events:
                yield event
