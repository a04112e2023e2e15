"""One connection to a subgraph: writes a request, reads the answer, is free again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

import httptools

from gateway.executor.transports import codes
from gateway.executor.transports.pool.decoding import BadEncoding, decoded
from gateway.executor.transports.pool.exchange import Exchange
from gateway.executor.transports.pool.known_heads import END
from gateway.executor.transports.pool.reasons import why

if TYPE_CHECKING:
    from gateway.executor.transports.pool.origin import OriginPool

_MOST_HEAD: Final = 64 * 1024
_LONGEST_NUMBER: Final = 20


class Connection(asyncio.Protocol):
    """Belongs to a pool from `connection_made` to `connection_lost`.

    Attributes:
        idle_since: the loop's time at which it last became free.
    """

    __slots__ = (
        "_complete",
        "_content_type",
        "_encoding",
        "_exchange",
        "_first",
        "_framed",
        "_head_complete",
        "_head_size",
        "_heard",
        "_keep",
        "_location",
        "_parser",
        "_parts",
        "_pool",
        "_size",
        "_status",
        "_stray",
        "_transport",
        "idle_since",
    )

    def __init__(self, pool: OriginPool) -> None:
        self._pool = pool
        self._exchange: Exchange | None = None
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._parts: list[bytes] = []
        self._first = b""
        self._content_type = self._encoding = self._location = b""
        self._size = self._head_size = self._status = 0
        self._heard = self._head_complete = self._framed = self._keep = self._complete = self._stray = False
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpResponseParser(self)

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, exchange: Exchange, head: bytes) -> None:
        """Carries an exchange; the connection must be free."""
        assert self._transport is not None
        self._exchange = exchange
        exchange.connection = self
        self._heard = False
        body = exchange.body
        self._transport.write(b"%s%scontent-length: %d\r\n\r\n%s" % (head, exchange.lines, len(body), body))

    def close(self) -> None:
        """Ends it at once, whatever it carries."""
        if self._transport is not None:
            self._transport.abort()

    # What comes in

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None or self._parser is None:
            self.close()  # Nobody asked: whatever follows on this connection cannot be trusted.
            return
        if not self._heard:
            end = data.find(END) + 4
            known = self._pool.known_heads.get(data[:end])
            if known is not None and known.length == len(data) - end:
                self._exchange = exchange.connection = None
                pool = self._pool
                pool.free(self)
                pool.answer(exchange, 200, known.content_type, data[end:])
                return
            self._heard = True
            self._first = data
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._keep = False
            if not self._complete:
                self._fail(codes.INVALID_RESPONSE, f"does not answer in HTTP: {error}")
                return
        if self._size > self._pool.most_body:
            self._fail(codes.TOO_LARGE, f"answered with more than {self._pool.most_body} bytes")
        elif self._complete:
            self._learn(data)
            self._finish()
        elif not self._head_complete:
            self._head_size += len(data)
            if self._head_size > _MOST_HEAD:
                self._fail(codes.INVALID_RESPONSE, f"sends more than {_MOST_HEAD} bytes of headers")

    def eof_received(self) -> None:
        """The other side sends no more; an answer without a length ends here."""
        if self._exchange is not None and self._head_complete and not self._framed:
            self._keep = False
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = self._parser = None
        exchange, self._exchange = self._exchange, None
        self._pool.lost(self)
        if exchange is None or exchange.ended:
            return
        exchange.connection = None
        if exchange.repeatable and not self._heard:
            exchange.repeatable = False
            self._pool.resend(exchange)
        else:
            when = "in the middle of its answer" if self._heard else "without an answer"
            because = "" if exc is None else f": {why(exc)}"
            self._pool.fail(exchange, codes.UNREACHABLE, f"the connection was lost {when}{because}")

    # What the parser calls

    def on_message_begin(self) -> None:
        if self._complete:  # A second answer to one request.
            self._stray = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._stray:
            return
        name = name.lower()
        if name == b"content-type":
            self._content_type = value
        elif name == b"content-length":
            self._framed = True
            if value.isdigit() and len(value) < _LONGEST_NUMBER and int(value) > self._pool.most_body:
                self._size = int(value)  # Too much already, before any of it has come.
        elif name == b"transfer-encoding":
            self._framed = True
        elif name == b"content-encoding":
            self._encoding = value
        elif name == b"location":
            self._location = value

    def on_headers_complete(self) -> None:
        if not self._stray and self._parser is not None:
            self._head_complete = True
            self._status = self._parser.get_status_code()
            self._keep = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        if not self._stray:
            self._parts.append(body)
            self._size += len(body)

    def on_message_complete(self) -> None:
        if 100 <= self._status < 200:
            self._expect_answer()
        else:
            self._complete = True

    # The end of an exchange

    def _finish(self) -> None:
        """Frees the connection, then hands on the answer."""
        exchange, self._exchange = self._exchange, None
        parts, status, content_type, encoding = self._parts, self._status, self._content_type, self._encoding
        location = self._location
        keep = self._keep and not self._stray
        self._expect_answer()
        if keep:
            self._pool.free(self)
        else:
            self.close()
        if exchange is None or exchange.ended:
            return
        exchange.connection = None
        if 300 <= status < 400:
            where = f"redirects to {location.decode('latin-1')}" if location else "redirects to nowhere"
            reason = f"answered {status} and {where}; redirects are not followed"
            self._pool.fail(exchange, codes.HTTP_ERROR, reason)
            return
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        if encoding:
            try:
                body = decoded(body, encoding, self._pool.most_body)
            except BadEncoding as error:
                self._pool.fail(exchange, error.code, str(error))
                return
        self._pool.answer(exchange, status, content_type, body)

    def _learn(self, data: bytes) -> None:
        """Keeps the head of a usual answer, which came in one piece."""
        usual = self._status == 200 and self._keep and not self._stray and not self._encoding
        if usual and data is self._first:
            self._pool.known_heads.learn(data, self._size, self._content_type)

    def _expect_answer(self) -> None:
        self._parts = []
        self._first = b""
        self._size = self._head_size = 0
        self._content_type = self._encoding = self._location = b""
        self._head_complete = self._framed = self._complete = False

    def _fail(self, code: str, reason: str) -> None:
        exchange, self._exchange = self._exchange, None
        self.close()
        if exchange is not None and not exchange.ended:
            exchange.connection = None
            self._pool.fail(exchange, code, reason)
