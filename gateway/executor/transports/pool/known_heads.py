"""Heads of answers that were read before, as bytes. No input or output.

A subgraph sends the same few heads again and again. What httptools made of one, it would make of the same bytes
again, so those need not be parsed: their body is what follows.
"""

from __future__ import annotations

from typing import Final, NamedTuple

END: Final = b"\r\n\r\n"

_MOST_KEPT: Final = 1024
_LONGEST_KEPT: Final = 2048


class KnownHead(NamedTuple):
    """The head of an answer with status 200 and a body of known length, after which its connection is free."""

    length: int
    content_type: bytes


class KnownHeads:
    """Those of one origin.

    Attributes:
        get: what is known of a head, up to and with its empty line.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, KnownHead] = {}
        self.get = self._kept.get

    def learn(self, message: bytes, size: int, content_type: bytes) -> None:
        """Keeps the head of a whole answer that came at once.

        Args:
            size: of its body, as the parser found it. Where that is not all that follows the head (chunks, more
                than one answer, lines that end otherwise), nothing is kept.
        """
        end = message.find(END) + len(END)
        if end <= _LONGEST_KEPT and len(message) - end == size:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[message[:end]] = KnownHead(size, content_type)
