"""A TCP proxy before the store that counts writes and acts at a chosen one: this is where SIGKILL strikes.

It reads MongoDB's wire protocol just far enough to know a write by its command's name (OP_MSG, section of kind 0).
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import bson

WRITES = frozenset({"insert", "update", "findAndModify", "delete"})
OP_MSG = 2013
Strike = Callable[[], Awaitable[None]]


def write_of(frame: bytes) -> str | None:
    """`command collection` of a frame that writes; None for any other."""
    (opcode,) = struct.unpack_from("<i", frame, 12)
    if opcode != OP_MSG or frame[20] != 0:
        return None
    (length,) = struct.unpack_from("<i", frame, 21)
    body = bson.decode(frame[21 : 21 + length])
    command = next(iter(body))
    return f"{command} {body[command]}" if command in WRITES else None


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """One message of the wire protocol, its header included."""
    header = await reader.readexactly(16)
    (length,) = struct.unpack_from("<i", header, 0)
    return header + await reader.readexactly(length - 16)


@dataclass
class WriteTap:
    """Counts the writes that pass; `arm` chooses one to strike at.

    Attributes:
        host: the store's, beside its port `upstream`.
        port: where the proxy listens.
        seen: the writes since the last `arm`, in order.
        struck: set once the strike is done.
    """

    upstream: int
    host: str = "127.0.0.1"
    port: int = 0
    seen: list[str] = field(default_factory=list)
    struck: asyncio.Event = field(default_factory=asyncio.Event)
    _at: int | None = None
    _applied: bool = False
    _strike: Strike | None = None
    _named: str | None = None

    def arm(
        self, at: int | None, strike: Strike | None = None, *, applied: bool = False, named: str | None = None
    ) -> None:
        """Strike at write number `at` from now on: before it reaches the store, or after it was applied there.

        Args:
            named: count only writes of this name.
        """
        self.seen.clear()
        self.struck.clear()
        self._at, self._strike, self._applied, self._named = at, strike, applied, named

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one client's connection."""
        up_reader, up_writer = await asyncio.open_connection(self.host, self.upstream)
        try:
            while True:
                frame = await read_frame(reader)
                write = write_of(frame)
                if write is not None and await self._passes(write, frame, up_reader, up_writer):
                    return
                up_writer.write(frame)
                await up_writer.drain()
                writer.write(await read_frame(up_reader))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            for open_writer in (writer, up_writer):
                open_writer.close()
                with contextlib.suppress(ConnectionError):
                    await open_writer.wait_closed()

    async def _passes(
        self, write: str, frame: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Count a write; True where the strike fell at it, and its connection is to be dropped."""
        if self._named not in (None, write):
            return False
        self.seen.append(write)
        if self._at is None or len(self.seen) - 1 != self._at or self._strike is None:
            return False
        if self._applied:
            writer.write(frame)
            await writer.drain()
            await read_frame(reader)
        strike, self._strike = self._strike, None
        await strike()
        self.struck.set()
        return True


@asynccontextmanager
async def write_tap(upstream: int, host: str = "127.0.0.1") -> AsyncIterator[WriteTap]:
    """A proxy on a free port before the store on port `upstream`."""
    tap = WriteTap(upstream, host)
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        task.add_done_callback(connections.discard)
        await tap.serve(reader, writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**20)
    tap.port = server.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()
