"""One request and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.executor.transports.pool.connection import Connection


class Exchange:
    """A request that a pool carries. It is told its outcome once, later than it was begun, unless it is cancelled.

    Attributes:
        lines: headers besides the pool's own, each ending in CRLF.
        repeatable: whether it may be sent again when the connection is lost before any of the answer came.
        connection: which carries it; None while it waits for one and after it has ended.
        ended: whether its outcome is known, or nobody wants to know it any more.
    """

    __slots__ = ("body", "connection", "ended", "lines", "repeatable")

    def __init__(self, body: bytes, lines: bytes = b"", repeatable: bool = False) -> None:
        self.body = body
        self.lines = lines
        self.repeatable = repeatable
        self.connection: Connection | None = None
        self.ended = False

    def answered(self, status: int, content_type: bytes, body: bytes) -> None:
        """A complete response came, its body decoded."""
        raise NotImplementedError

    def unanswered(self, code: str, url: str, reason: str) -> None:
        """None came: a code of `transports.codes`, and what happened as the end of a sentence about the subgraph."""
        raise NotImplementedError
