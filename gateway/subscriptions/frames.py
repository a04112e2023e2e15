"""How responses are framed in an HTTP body that stays open: Server-Sent Events and multipart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.wire.json import dumps


class Frames(Protocol):
    """One framing."""

    @property
    def content_type(self) -> str: ...

    def opening(self) -> bytes:
        """The first bytes, sent before there is any result, so that the client knows it is connected."""
        ...

    def result(self, payload: Mapping[str, Any]) -> bytes: ...

    def heartbeat(self) -> bytes: ...

    def closing(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ServerSentEvents:
    """The distinct connections mode of the `graphql-sse` protocol."""

    content_type: str = "text/event-stream"

    def opening(self) -> bytes:
        return b":\n\n"

    def result(self, payload: Mapping[str, Any]) -> bytes:
        return b"event: next\ndata: " + dumps(payload) + b"\n\n"

    def heartbeat(self) -> bytes:
        return b":\n\n"

    def closing(self) -> bytes:
        return b"event: complete\ndata:\n\n"


@dataclass(frozen=True, slots=True)
class Multipart:
    """The multipart subscription protocol, version 1.0, as Apollo's clients speak it.

    A boundary is written behind each part, so that clients need not wait for the next one to read it; what
    follows the boundary says whether another part comes.
    """

    content_type: str = 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'

    def opening(self) -> bytes:
        return b"\r\n--graphql"

    def result(self, payload: Mapping[str, Any]) -> bytes:
        return _part(dumps({"payload": payload}))

    def heartbeat(self) -> bytes:
        return _part(b"{}")

    def closing(self) -> bytes:
        return b"--\r\n"


def _part(body: bytes) -> bytes:
    return b"\r\nContent-Type: application/json\r\n\r\n" + body + b"\r\n--graphql"
