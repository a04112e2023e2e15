"""The connections to one URL: as few as the exchanges under way need, kept open between them."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from gateway.executor.deadlines import Deadlines
from gateway.executor.transports import codes
from gateway.executor.transports.exchange import ACCEPT
from gateway.executor.transports.pool.connection import Connection
from gateway.executor.transports.pool.exchange import Exchange
from gateway.executor.transports.pool.known_heads import KnownHeads
from gateway.executor.transports.pool.reasons import why

KEEP_ALIVE: Final = 4.0
"""Seconds, below the five after which uvicorn closes an idle connection, so that ours is rarely closed."""

_MOST_CONNECTIONS: Final = 512
MOST_BODY: Final = 128 * 1024 * 1024


class OriginPool:
    """Carries exchanges to one URL.

    Every exchange is given up `seconds` after it was begun, the wait for a connection included.
    """

    def __init__(self, url: str, seconds: float, tls: Callable[[], ssl.SSLContext], most_body: int = MOST_BODY) -> None:
        self._broken = not _is_url(url)
        parts = urlsplit("http://invalid/" if self._broken else url)
        self.url = url
        self.most_body = most_body
        self._seconds = seconds
        self._tls = tls() if parts.scheme == "https" else None
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._head = (
            f"POST {target} HTTP/1.1\r\nhost: {parts.netloc.rpartition('@')[2]}\r\ncontent-type: application/json\r\n"
            f"accept: {ACCEPT}\r\naccept-encoding: identity\r\n"
        ).encode()
        self.known_heads = KnownHeads()
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._waiting: OrderedDict[Exchange, None] = OrderedDict()
        self._loop = asyncio.get_running_loop()
        self._under_way: Deadlines[Exchange] = Deadlines(seconds, self._expire, self._loop)
        self._closed = False

    def begin(self, exchange: Exchange) -> None:
        """Sends a request."""
        now = self._loop.time()
        self._under_way.add(exchange)
        idle = self._idle
        while idle:
            connection = idle.pop()
            if now - connection.idle_since < KEEP_ALIVE and connection.usable:
                connection.send(exchange, self._head)
                return
            connection.close()
        if self._broken:
            self.refuse(exchange, codes.UNREACHABLE, "that is no URL")
        elif self._closed:
            self.refuse(exchange, codes.UNREACHABLE, "the gateway is closing")
        else:
            self._wait(exchange)

    def refuse(self, exchange: Exchange, code: str, reason: str) -> None:
        """Fails what must not be sent, later, as every outcome is told."""
        self._loop.call_soon(self.fail, exchange, code, reason)

    def cancel(self, exchange: Exchange) -> None:
        """Gives up without telling. The subgraph learns of it by losing the connection."""
        if not exchange.ended:
            exchange.ended = True
            self._under_way.discard(exchange)
            self._waiting.pop(exchange, None)
            if exchange.connection is not None:
                exchange.connection.close()

    # For connections

    def resend(self, exchange: Exchange) -> None:
        """Sends again what was lost with its connection, on a new one."""
        self._wait(exchange)

    def answer(self, exchange: Exchange, status: int, content_type: bytes, body: bytes) -> None:
        """Hands on a response; only the first outcome of an exchange counts."""
        if not exchange.ended:
            exchange.ended = True
            self._under_way.discard(exchange)
            exchange.answered(status, content_type, body)

    def fail(self, exchange: Exchange, code: str, reason: str) -> None:
        """Hands on a failure; only the first outcome of an exchange counts."""
        if not exchange.ended:
            exchange.ended = True
            self._under_way.discard(exchange)
            self._waiting.pop(exchange, None)
            exchange.unanswered(code, self.url, reason)

    def free(self, connection: Connection) -> None:
        """A connection can carry the next exchange."""
        if self._waiting:
            connection.send(self._waiting.popitem(last=False)[0], self._head)
            return
        connection.idle_since = self._loop.time()
        self._idle.append(connection)

    def lost(self, connection: Connection) -> None:
        """A connection is gone."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._open_for_waiting()

    async def close(self) -> None:
        """Fails what is under way and closes all connections."""
        self._closed = True
        for exchange in self._under_way:
            self.fail(exchange, codes.UNREACHABLE, "the gateway is closing")
        self._under_way.close()
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        for connection in list(self._all):
            connection.close()
        await asyncio.sleep(0)  # For the transports to tell that they are closed.

    def _wait(self, exchange: Exchange) -> None:
        self._waiting[exchange] = None
        self._open_for_waiting()

    def _open_for_waiting(self) -> None:
        """One new connection for each exchange that waits, up to the limit."""
        wanted = len(self._waiting)
        while len(self._opening) < wanted and len(self._all) + len(self._opening) < _MOST_CONNECTIONS:
            if self._closed:
                return
            task = self._loop.create_task(self._open(), name=f"connection to {self._host}")
            self._opening.add(task)
            task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        self._open_for_waiting()

    async def _open(self) -> None:
        """Opens one connection, in as much time as an exchange has."""
        try:
            async with asyncio.timeout(self._seconds):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self), self._host, self._port, ssl=self._tls
                )
        except TimeoutError:
            return  # Whoever has waited as long has been told; others may have more time.
        except (OSError, ValueError) as error:
            self._refuse_one(why(error))
            return
        if connection.usable:
            self._all.add(connection)
            self.free(connection)
        else:
            self._refuse_one("the connection was closed as soon as it was open")

    def _refuse_one(self, reason: str) -> None:
        """No connection could be opened: that is the answer to one of those that wait for one."""
        if self._waiting:
            self.fail(next(iter(self._waiting)), codes.UNREACHABLE, reason)

    def _expire(self, exchange: Exchange) -> None:
        connection = exchange.connection
        what = "opened no connection" if connection is None else "did not answer"
        self.fail(exchange, codes.TIMEOUT, f"{what} within {self._seconds:g} s")
        if connection is not None:
            connection.close()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
