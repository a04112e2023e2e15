"""Tells an observer of every fetch."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Self, cast

from gateway.executor.transport import FetchObserver, SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports.binding import ConnectableTransport
from gateway.executor.transports.call import Call, DirectTransport
from gateway.executor.transports.in_task import direct


@dataclass(frozen=True)
class MeasuredTransport:
    """Another transport, watched. A subscription counts as one fetch, when it has ended."""

    inner: ConnectableTransport
    observer: FetchObserver
    _direct: DirectTransport = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_direct", direct(self.inner))

    def with_init_payload(self, payload: Mapping[str, Any]) -> Self:
        """The same transport, whose subscriptions sign in with this payload."""
        return replace(self, inner=self.inner.with_init_payload(payload))

    def start(self, call: Call) -> None:
        """Begins a query or mutation."""
        call.observer = self.observer
        call.started = perf_counter()
        self._direct.start(call)

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        """Runs a query or mutation. Raises TransportError."""
        started = perf_counter()
        outcome = "cancelled"
        try:
            response = await self.inner.execute(request)
            outcome = "errors" if response.errors else "ok"
            return response
        except TransportError as error:
            outcome = error.code
            raise
        finally:
            self.observer.fetched(request.service, outcome, perf_counter() - started)

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
        """Yields each event. Raises TransportError."""
        events = cast(AsyncGenerator[SubgraphResponse, None], self.inner.subscribe(request))
        outcome = "ok"
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        except TransportError as error:
            outcome = error.code
            raise
        finally:
            self.observer.fetched(request.service, outcome, 0.0)
