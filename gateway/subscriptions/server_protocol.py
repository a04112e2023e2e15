"""graphql-transport-ws as a server speaks it: rules only, no input or output, time comes in as `now`.

The shell hands in texts and the course of operations, performs what `receive` asks for, sends what
`outgoing` returns, and calls `tick` when `deadline` has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, assert_never

from gateway.wire import transport_ws as ws
from gateway.wire.json import has_more_values
from gateway.wire.transport_ws import CloseCode

_MISSED_PONGS = 3
_REASON_BYTES = 120


@dataclass(frozen=True, slots=True)
class SignIn:
    """Judge this payload, then call `accept` or `close`."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Start:
    """Run this operation. `operation` names it from here on: clients may reuse an id."""

    operation: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stop:
    """The client has lost interest in this operation."""

    operation: int


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    code: CloseCode
    reason: str


Request = SignIn | Start | Stop
Output = Text | Close


class _State(Enum):
    WAITING = auto()
    SIGNING_IN = auto()
    READY = auto()
    CLOSED = auto()


class ServerProtocol:
    """One client's connection."""

    def __init__(
        self, *, now: float, sign_in_timeout: float, keep_alive: float, max_operations: int, max_values: int
    ) -> None:
        self._state = _State.WAITING
        self._sign_in_deadline = now + sign_in_timeout
        self._keep_alive = keep_alive
        self._next_ping = now + keep_alive
        self._missed_pongs = 0
        self._expires: float | None = None
        self._max_operations = max_operations
        self._max_values = max_values
        self._ids: dict[str, int] = {}
        self._running: dict[int, str] = {}
        self._last_operation = 0
        self._output: list[Output] = []

    @property
    def closed(self) -> bool:
        return self._state is _State.CLOSED

    @property
    def deadline(self) -> float | None:
        """When `tick` has something to do; None where only a message can change anything."""
        match self._state:
            case _State.WAITING:
                return self._sign_in_deadline
            case _State.READY:
                return self._next_ping if self._expires is None else min(self._next_ping, self._expires)
            case _State.SIGNING_IN | _State.CLOSED:
                return None

    def outgoing(self) -> list[Output]:
        """Takes what is to be sent, in order."""
        output, self._output = self._output, []
        return output

    def receive(self, text: str, now: float) -> Request | None:
        """Takes one message of the client; returns what the shell has to do about it."""
        if self.closed:
            return None
        self._missed_pongs = 0
        self._next_ping = now + self._keep_alive
        try:
            message = self._read(text)
        except ws.BadMessage as error:
            self.close(CloseCode.BAD_REQUEST, f"Invalid message: {error}")
            return None
        match message:
            case ws.ConnectionInit(payload):
                return self._sign_in(payload)
            case ws.Subscribe(id, payload):
                return self._subscribe(id, payload)
            case ws.Complete(id):
                return self._complete(id)
            case ws.Ping(ping):
                self._send(ws.Pong(ping))
            case ws.Pong():
                pass
            case ws.ConnectionAck() | ws.Next() | ws.Error():
                self.close(CloseCode.BAD_REQUEST, "Invalid message: only servers may send this type")
            case _:
                assert_never(message)
        return None

    def _read(self, text: str) -> ws.Message:
        if len(text) > self._max_values and has_more_values(text.encode("utf-8", "replace"), self._max_values):
            raise ws.BadMessage(f"More than {self._max_values} values: send them in several operations")
        return ws.parse(text)

    def accept(self, now: float, expires: float | None = None) -> None:
        """The sign-in holds, until `expires`."""
        if self._state is _State.SIGNING_IN:
            self._state = _State.READY
            self._expires = expires
            self._next_ping = now + self._keep_alive
            self._send(ws.ConnectionAck())

    def close(self, code: CloseCode, reason: str) -> None:
        """Nothing is received or sent after this."""
        if not self.closed:
            self._state = _State.CLOSED
            self._output.append(Close(code, _shortened(reason)))

    def result(self, operation: int, payload: Mapping[str, Any]) -> None:
        """An operation brought a response; dropped where the client no longer listens."""
        id = self._running.get(operation)
        if id is not None:
            self._send(ws.Next(id, payload))

    def refused(self, operation: int, errors: list[dict[str, Any]]) -> None:
        """An operation was not run."""
        id = self._forget(operation)
        if id is not None:
            self._send(ws.Error(id, errors))

    def finished(self, operation: int) -> None:
        """An operation came to its end."""
        id = self._forget(operation)
        if id is not None:
            self._send(ws.Complete(id))

    def tick(self, now: float) -> None:
        """Does what is due."""
        if self._state is _State.WAITING and now >= self._sign_in_deadline:
            self.close(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout")
        if self._state is not _State.READY:
            return
        if self._expires is not None and now >= self._expires:
            self.close(CloseCode.FORBIDDEN, "token expired")
        elif now >= self._next_ping:
            self._ping(now)

    def _ping(self, now: float) -> None:
        if self._missed_pongs >= _MISSED_PONGS:
            self.close(CloseCode.INITIALISATION_TIMEOUT, "No answer to pings")
            return
        self._missed_pongs += 1
        self._next_ping = now + self._keep_alive
        self._send(ws.Ping())

    def _sign_in(self, payload: Mapping[str, Any]) -> SignIn | None:
        if self._state is not _State.WAITING:
            self.close(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
            return None
        self._state = _State.SIGNING_IN
        return SignIn(payload)

    def _subscribe(self, id: str, payload: Mapping[str, Any]) -> Start | None:
        if self._state is not _State.READY:
            self.close(CloseCode.UNAUTHORIZED, "Unauthorized")
            return None
        if id in self._ids:
            self.close(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {id} already exists")
            return None
        if len(self._ids) >= self._max_operations:
            message = f"This connection already runs {self._max_operations} operations, the most it may"
            self._send(ws.Error(id, [{"message": message, "extensions": {"code": "TOO_MANY_OPERATIONS"}}]))
            return None
        self._last_operation += 1
        self._ids[id] = self._last_operation
        self._running[self._last_operation] = id
        return Start(self._last_operation, payload)

    def _complete(self, id: str) -> Stop | None:
        operation = self._ids.get(id)
        if operation is None:
            return None  # It ended while the client's message was on its way.
        self._forget(operation)
        return Stop(operation)

    def _forget(self, operation: int) -> str | None:
        id = self._running.pop(operation, None)
        if id is not None:
            del self._ids[id]
        return id

    def _send(self, message: ws.Message) -> None:
        if not self.closed:
            self._output.append(Text(ws.encode(message)))


def _shortened(reason: str) -> str:
    """A close frame holds 123 bytes of reason."""
    return reason.encode()[:_REASON_BYTES].decode("utf-8", "ignore")
