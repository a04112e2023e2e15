"""One subscription over a graphql-transport-ws connection, as a client: rules only, no input or output.

The shell sends what `start` and `receive` return as Send, hands on each Event, and stops at Finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.executor.transports.exchange import answer_of, is_answer, payload_of
from gateway.wire import transport_ws as ws

_ID: Final = "1"
_REFUSALS = frozenset({ws.CloseCode.UNAUTHORIZED, ws.CloseCode.FORBIDDEN, ws.CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE})


@dataclass(frozen=True, slots=True)
class Send:
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    response: SubgraphResponse


@dataclass(frozen=True, slots=True)
class Finished:
    pass


Step = Send | Event | Finished


class _State(Enum):
    CONNECTING = auto()
    STREAMING = auto()
    FINISHED = auto()


class Upstream:
    """The client's side of one connection that carries one operation."""

    def __init__(self, request: SubgraphRequest, init_payload: Mapping[str, Any]) -> None:
        self._request = request
        self._init_payload = init_payload
        self._state = _State.CONNECTING

    @property
    def acknowledged(self) -> bool:
        return self._state is not _State.CONNECTING

    def start(self) -> Send:
        """What to send once the socket is open."""
        return Send(ws.encode(ws.ConnectionInit(self._init_payload)))

    def stop(self) -> Send | None:
        """What to send when the consumer leaves first."""
        if self._state is not _State.STREAMING:
            return None
        self._state = _State.FINISHED
        return Send(ws.encode(ws.Complete(_ID)))

    def receive(self, text: str) -> list[Step]:
        """Takes one message of the subgraph. Raises TransportError where it breaks the protocol."""
        try:
            message = ws.parse(text)
        except ws.BadMessage as error:
            raise self._violation(str(error)) from error
        match message:
            case ws.ConnectionAck():
                return self._acknowledged()
            case ws.Ping(payload):
                return [Send(ws.encode(ws.Pong(payload)))]
            case ws.Pong():
                return []
            case ws.Next() | ws.Error() | ws.Complete() if message.id != _ID or not self.acknowledged:
                raise self._violation("a result for an operation that was never started")
            case ws.Next(_, payload):
                return [Event(self._answer(dict(payload)))]
            case ws.Error(_, errors):
                self._state = _State.FINISHED
                return [Event(self._answer({"errors": errors})), Finished()]
            case ws.Complete():
                self._state = _State.FINISHED
                return [Finished()]
            case ws.ConnectionInit() | ws.Subscribe():
                raise self._violation("a message that only clients may send")

    def closed(self, code: int, reason: str) -> TransportError:
        """The error that a socket closed by the subgraph, or by the network, amounts to."""
        service = self._request.service
        because = f" ({code} {reason})" if reason else f" ({code})"
        if code in _REFUSALS:
            return TransportError(codes.REFUSED, f"Subgraph {service!r} refused the connection{because}", service)
        message = f"Subgraph {service!r} ended the connection before the subscription was complete{because}"
        return TransportError(codes.CONNECTION_LOST, message, service)

    def _acknowledged(self) -> list[Step]:
        if self.acknowledged:
            raise self._violation("a second connection_ack")
        self._state = _State.STREAMING
        return [Send(ws.encode(ws.Subscribe(_ID, payload_of(self._request))))]

    def _answer(self, payload: dict[str, Any]) -> SubgraphResponse:
        if not is_answer(payload):
            raise self._violation("a result that is not a GraphQL response")
        return answer_of(payload)

    def _violation(self, what: str) -> TransportError:
        service = self._request.service
        message = f"Subgraph {service!r} broke the graphql-transport-ws protocol: {what}"
        return TransportError(codes.INVALID_RESPONSE, message, service)
