"""Reads the heads of requests, and decides which of them are usual. No input or output.

Clients that keep a connection send the same head again and again, save for the length; so heads are kept as
bytes, with what was found in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import httptools

from gateway.pipeline.http_request import PLAN_HEADER, HttpRequest
from gateway.pipeline.negotiate import JSON, RESPONSE_JSON, parse_accept
from gateway.subscriptions.port import Client
from gateway.subscriptions.websocket import forwarded

_MOST_KEPT: Final = 1024
_LONGEST_KEPT: Final = 4096
_ONCE: Final = frozenset(
    {b"accept", b"content-type", b"content-encoding", b"content-length", b"connection", b"host", b"authorization"}
)
_NEVER: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer", PLAN_HEADER})


@dataclass(frozen=True, slots=True)
class Head:
    """A usual request's head.

    Attributes:
        length: of the body.
        media: what the answer is to be.
    """

    length: int
    media: str
    client: Client


class Heads:
    """Reads heads of requests to one path.

    Args:
        forward: names of headers that fetches carry.
        most: the largest body.
    """

    def __init__(self, path: str, forward: frozenset[str], most: int) -> None:
        self._path = path.encode()
        self._forward = forward
        self._most = most
        self._kept: dict[bytes, Head | None] = {}

    def read(self, head: bytes) -> Head | None:
        """What a head says, up to and with its empty line; None where the request is not usual."""
        try:
            return self._kept[head]
        except KeyError:
            found = self._read(head)
        if len(head) <= _LONGEST_KEPT:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[head] = found
        return found

    def _read(self, raw: bytes) -> Head | None:
        reading = _Reading()
        parser = httptools.HttpRequestParser(reading)
        try:
            parser.feed_data(raw)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            return None
        usual = (
            reading.complete
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and reading.url == self._path
        )
        return self._head(reading.headers) if usual else None

    def _head(self, headers: list[tuple[bytes, bytes]]) -> Head | None:
        names = [name for name, _ in headers]
        if not _NEVER.isdisjoint(names) or any(names.count(name) > 1 for name in _ONCE):
            return None
        values = {name: value.decode("latin-1") for name, value in headers}
        length = values.get(b"content-length", "")
        if not length.isdigit() or int(length) > self._most:
            return None
        if not HttpRequest("POST", b"", values).takes_json():
            return None
        media = parse_accept(values.get(b"accept")).single()
        if media not in (JSON, RESPONSE_JSON):
            return None
        return Head(int(length), media, Client(forwarded({"headers": headers}, self._forward)))


class _Reading:
    """What the parser calls."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.complete = True
