"""The client side of one subscription over graphql-transport-ws, as a state machine.

The shell feeds it what arrives and the time, sends what `to_send` gives, and closes when `ending` is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, assert_never

from plugin_sdk.protocol.messages import (
    CloseCode,
    Completed,
    ConnectionAck,
    ConnectionInit,
    Incoming,
    Next,
    Outgoing,
    Ping,
    Pong,
    Refused,
    Subscribe,
)

OPERATION_ID = "1"
LEAVE_WITHIN = 2.0


class State(Enum):
    """Where the connection is."""

    CONNECTING = auto()
    SUBSCRIBED = auto()
    LEAVING = auto()
    ENDED = auto()


@dataclass(frozen=True)
class Ending:
    """Why the connection is to be closed, and with which code."""

    reason: str
    code: CloseCode = CloseCode.NORMAL
    refused: tuple[Any, ...] = ()


class Subscriber:
    """One connection with one subscription.

    Args:
        query: the subscription document, sent once the server has accepted the connection.
        variables: its variables.
        authorization: sent in `connection_init`.
        now: the time at the start, on any monotonic clock; later calls use the same one.
        ack_within: seconds the server has to accept the connection.
        silent_after: seconds without a result of the subscription after which it counts as dead. Pings do
            not count: a gateway may answer them with nothing behind it.
    """

    def __init__(
        self,
        query: str,
        variables: Mapping[str, Any],
        authorization: str,
        *,
        now: float,
        ack_within: float = 10.0,
        silent_after: float = 25.0,
    ) -> None:
        self.state = State.CONNECTING
        self.ending: Ending | None = None
        self._subscribe = Subscribe(OPERATION_ID, query, variables)
        self._silent_after = silent_after
        self._deadline = now + ack_within
        self._out: list[Outgoing] = [ConnectionInit({"Authorization": authorization})]

    @property
    def deadline(self) -> float:
        """When `tick` has to be called if nothing arrives."""
        return self._deadline

    def to_send(self) -> list[Outgoing]:
        """What to send now, in order; each message is given once."""
        out, self._out = self._out, []
        return out

    def receive(self, message: Incoming, now: float) -> Next | None:
        """Take a message in; gives back a result of the subscription, if it is one."""
        if self.state is State.ENDED:
            return None
        match message:
            case Ping():
                self._out.append(Pong())
            case Pong():
                if self.state is State.LEAVING:
                    self._end(Ending("left"))
            case ConnectionAck():
                self._accepted(now)
            case Next():
                return self._result(message, now)
            case Refused(errors=errors):
                self._end(Ending("the server refused the subscription", refused=errors))
            case Completed():
                self._end(Ending("left" if self.state is State.LEAVING else "the server ended the subscription"))
            case _:
                assert_never(message)
        return None

    def tick(self, now: float) -> None:
        """Let time pass: ends the connection where the server has been silent too long."""
        if self.state is State.ENDED or now < self._deadline:
            return
        silent = "did not accept the connection" if self.state is State.CONNECTING else "fell silent"
        self._end(Ending(f"the server {silent}"))

    def leave(self, now: float) -> None:
        """Stop taking. The server is told, then pinged: what it had sent before still comes out of `receive`,
        and its answer to the ping ends the connection."""
        if self.state is State.SUBSCRIBED:
            self.state = State.LEAVING
            self._deadline = now + LEAVE_WITHIN
            self._out += [Completed(OPERATION_ID), Ping()]
        elif self.state is State.CONNECTING:
            self._end(Ending("left before it was accepted"))

    def _accepted(self, now: float) -> None:
        if self.state is not State.CONNECTING:
            self._end(Ending("the server accepted the connection twice", CloseCode.BAD_RESPONSE))
            return
        self.state = State.SUBSCRIBED
        self._deadline = now + self._silent_after
        self._out.append(self._subscribe)

    def _result(self, message: Next, now: float) -> Next | None:
        if self.state is State.CONNECTING:
            self._end(Ending("the server sent a result before it accepted", CloseCode.BAD_RESPONSE))
            return None
        if message.id != OPERATION_ID:
            return None
        if self.state is State.SUBSCRIBED:
            self._deadline = now + self._silent_after
        return message

    def _end(self, ending: Ending) -> None:
        self.state = State.ENDED
        self.ending = ending
