"""A fetch under way, told by callbacks: no task and no future belong to it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final, Protocol, runtime_checkable

from gateway.executor.transport import FetchObserver, SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.executor.transports.exchange import read_answer
from gateway.executor.transports.pool import Exchange
from gateway.planner.nodes import Request
from gateway.wire.json import JSONError, loads

_WHERE: Final = {
    codes.UNREACHABLE: "cannot be reached at {}: ",
    codes.INVALID_RESPONSE: "at {} ",
    codes.HTTP_ERROR: "at {} ",
}


class Carrier(Protocol):
    """Whoever has a call under way."""

    def cancel(self, call: Any, /) -> object:
        """Gives it up without telling."""
        ...


class Call(Exchange):
    """One operation for one subgraph and what is to be done with its answer.

    A transport tells exactly one of `answered`, `unanswered`, `responded`, `failed` and `crashed`, later than it
    was started, unless it is cancelled before.

    Attributes:
        body: the JSON to post.
        headers: to be sent along, lower-case names.
        carrier: set by the transport.
        observer: is told how it went, where a transport has set it; and `started` then, by `perf_counter`.
    """

    __slots__ = ("carrier", "fetch", "headers", "observer", "started")

    def __init__(self, fetch: Request, body: bytes, headers: Mapping[str, str]) -> None:
        self.body = body
        self.lines = b""
        self.repeatable = fetch.kind != "mutation"
        self.connection = None
        self.ended = False
        self.fetch = fetch
        self.headers = headers
        self.carrier: Carrier | None = None
        self.observer: FetchObserver | None = None
        self.started = 0.0

    # What becomes of it

    @abstractmethod
    def take_data(self, data: dict[str, Any]) -> None:
        """An answer without errors whose data are an object."""

    @abstractmethod
    def take_response(self, response: SubgraphResponse) -> None:
        """Any other GraphQL answer."""

    @abstractmethod
    def take_failure(self, error: TransportError) -> None:
        """No answer."""

    @abstractmethod
    def take_crash(self, error: Exception) -> None:
        """A mistake of the gateway itself."""

    def cancel(self) -> None:
        """Abandons it."""
        if self.carrier is not None:
            self.carrier.cancel(self)
        self._observed("cancelled")

    # For transports

    def answered(self, status: int, content_type: bytes, body: bytes) -> None:
        """An HTTP response came."""
        try:
            value = loads(body)
        except JSONError:
            value = None
        if type(value) is dict and "errors" not in value:
            data = value.get("data")
            if type(data) is dict:
                self._observed("ok")
                self.take_data(data)
                return
        try:
            response = read_answer(self.fetch.service, status, content_type.decode("latin-1"), body)
        except TransportError as error:
            self.failed(error)
        else:
            self.responded(response)

    def unanswered(self, code: str, url: str, reason: str) -> None:
        """No HTTP response came."""
        service = self.fetch.service
        where = _WHERE.get(code, "").format(url)
        self.failed(TransportError(code, f"Subgraph {service!r} {where}{reason}", service))

    def responded(self, response: SubgraphResponse) -> None:
        """A GraphQL response came."""
        self._observed("errors" if response.errors else "ok")
        if not response.errors and type(response.data) is dict:
            self.take_data(response.data)
        else:
            self.take_response(response)

    def failed(self, error: TransportError) -> None:
        """No GraphQL response came."""
        self._observed(error.code)
        self.take_failure(error)

    def crashed(self, error: Exception) -> None:
        """The transport is at fault."""
        self.take_crash(error)

    def as_request(self) -> SubgraphRequest:
        """The same as a request, for transports that do not post bodies."""
        fetch = self.fetch
        variables = loads(self.body).get("variables") or {}
        return SubgraphRequest(fetch.service, fetch.query, fetch.operation_name, variables, fetch.kind, self.headers)

    def _observed(self, outcome: str) -> None:
        observer = self.observer
        if observer is not None:
            self.observer = None
            observer.fetched(self.fetch.service, outcome, perf_counter() - self.started)


@runtime_checkable
class DirectTransport(Protocol):
    """A transport that needs no task of the caller's."""

    def start(self, call: Call) -> None:
        """Begins a call. Never tells its outcome before it has returned."""
        ...
