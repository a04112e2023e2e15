"""One server with a subgraph that is well, and many that are not, each at a path of its own."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

SDL = "type Query { hello: String }"
GOOD = json.dumps({"data": {"_service": {"sdl": SDL}}})
EXPECTED = {
    "silent": "SUBGRAPH_TIMEOUT",
    "drips": "SUBGRAPH_TIMEOUT",
    "hangs_up": "SUBGRAPH_UNREACHABLE",
    "page": "SUBGRAPH_INVALID_RESPONSE",
    "half": "SUBGRAPH_INVALID_RESPONSE",
    "list": "SUBGRAPH_INVALID_RESPONSE",
    "ssh": "SUBGRAPH_INVALID_RESPONSE",
    "broken": "SUBGRAPH_HTTP_ERROR",
    "closed": "SUBGRAPH_HTTP_ERROR",
    "moved": "SUBGRAPH_HTTP_ERROR",
    "endless": "SUBGRAPH_ANSWER_TOO_LARGE",
    "bomb": "SUBGRAPH_ANSWER_TOO_LARGE",
    "hides": "SUBGRAPH_SDL_HIDDEN",
    "null": "SUBGRAPH_SDL_HIDDEN",
    "number": "SUBGRAPH_SDL_HIDDEN",
    "empty": "SUBGRAPH_SDL_HIDDEN",
}
"""The code of each."""

_ANSWERS = {
    "good": (200, GOOD),
    "page": (200, "<h1>Welcome</h1>"),
    "half": (200, GOOD[:20]),
    "list": (200, "[]"),
    "broken": (500, "<h1>Oops\x1b[31m</h1>"),
    "closed": (401, ""),
    "hides": (200, '{"errors": [{"message": "Cannot query field \'_service\'"}]}'),
    "null": (200, '{"data": null}'),
    "number": (200, '{"data": {"_service": {"sdl": 5}}}'),
    "empty": (200, '{"data": {"_service": {"sdl": " "}}}'),
}


@asynccontextmanager
async def bad_subgraphs() -> AsyncIterator[str]:
    """Serve them; yields the address before the path. Path `/echo` is well if the header `x-key` is `open`."""
    over = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            await _answer(head, writer, over)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            over.set()


async def _answer(head: str, writer: asyncio.StreamWriter, over: asyncio.Event) -> None:
    name = head.split(" ")[1].strip("/")
    if name == "echo":
        name = "good" if "x-key: open\r\n" in head else "closed"
    if name in _ANSWERS:
        status, body = _ANSWERS[name]
        _send(writer, status, f"content-length: {len(body.encode())}\r\n", body.encode())
    elif name == "silent":
        await over.wait()
    elif name == "drips":
        _send(writer, 200, "", b"{")
        await writer.drain()
        await over.wait()
    elif name == "ssh":
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
    elif name == "moved":
        _send(writer, 308, "location: /good\r\ncontent-length: 0\r\n", b"")
    elif name == "bomb":
        _send(writer, 200, "content-encoding: gzip\r\n", gzip.compress(b" " * 40_000_000, 1))
    elif name == "endless":
        _send(writer, 200, "", b"")
        while not over.is_set():
            writer.write(b" " * 65536)
            await writer.drain()


def _send(writer: asyncio.StreamWriter, status: int, headers: str, body: bytes) -> None:
    writer.write(
        f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}connection: close\r\n\r\n".encode()
    )
    writer.write(body)
