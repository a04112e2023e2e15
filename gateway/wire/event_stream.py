"""Server-sent events as they arrive: bytes in, events out. No input or output.

Source of the rules: the HTML standard, section "Interpreting an event stream".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_END_OF_LINE: Final = re.compile(rb"\r\n|\n|\r")
_BOM: Final = b"\xef\xbb\xbf"


class EventTooLarge(Exception):
    """An event that is larger than a reader takes."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """`name` is `message` where the server gave none."""

    name: str
    data: str


class EventReader:
    """Reads one stream.

    Args:
        most: bytes that an event may have.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._buffer = b""
        self._begun = False
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, part: bytes) -> Iterator[ServerEvent]:
        """The events that are complete with this part. Raises EventTooLarge."""
        self._buffer += part
        for line in self._lines():
            self._size += len(line)
            event = self._take(line)
            if event is not None:
                yield event
            self._check(self._size)
        self._check(self._size + len(self._buffer))

    def _check(self, size: int) -> None:
        if size > self._most:
            raise EventTooLarge(f"an event has more than {self._most} bytes")

    def _lines(self) -> Iterator[bytes]:
        if not self._begun:
            if len(self._buffer) < len(_BOM) and _BOM.startswith(self._buffer):
                return
            self._buffer = self._buffer.removeprefix(_BOM)
            self._begun = True
        start = 0
        for end in _END_OF_LINE.finditer(self._buffer):
            if end.group() == b"\r" and end.end() == len(self._buffer):
                break  # The first half of an ending, perhaps.
            yield self._buffer[start : end.start()]
            start = end.end()
        self._buffer = self._buffer[start:]

    def _take(self, line: bytes) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        return None

    def _dispatch(self) -> ServerEvent | None:
        name, data = self._name or "message", self._data
        self._name, self._data, self._size = "", [], 0
        # Without data there is no event; `complete` is sent without by some.
        return ServerEvent(name, "\n".join(data)) if data or name != "message" else None
