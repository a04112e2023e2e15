"""What the client protocols need of the rest of the gateway, and nothing more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks.

    Attributes:
        headers: what every fetch on the client's behalf carries; lower-case names.
        init_payload: what the client's WebSocket signed in with; empty over HTTP.
    """

    headers: Mapping[str, str]
    init_payload: Mapping[str, Any] = field(default_factory=dict)


class OperationRefused(Exception):
    """An operation that was not run. `errors` are ready to be sent."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(str(error.get("message")) for error in errors))
        self.errors = errors


class Operations(Protocol):
    """Runs operations of any kind."""

    def run(self, payload: Mapping[str, Any], client: Client) -> AsyncGenerator[dict[str, Any], None]:
        """Yields each response of an operation, as it is to be sent.

        Args:
            payload: `query`, `operationName`, `variables` as the client gave them, unchecked.

        Raises:
            OperationRefused: before the first response.
        """
        ...


class Refused(Exception):
    """Raised by an `Authenticate` hook: this client may not connect. The reason is shown to it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Undecided(Exception):
    """Raised where it cannot be found out now whether a client may connect. The reason is shown to it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Authenticate = Callable[[Mapping[str, str]], Awaitable[datetime | None]]
"""Judges the headers that a client signs in with; returns when they expire, if they do. Raises Refused or Undecided."""


class StreamObserver(Protocol):
    """Hears how many streams there are."""

    def stream_opened(self, protocol: str) -> None: ...

    def stream_closed(self, protocol: str) -> None: ...
