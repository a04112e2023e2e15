"""Whatever a subgraph answers ends in a code that names it, in time, and spoils nothing for the next request."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import HttpClient, RemoteTransport, open_http_session

QUERY = SubgraphRequest("products", "{ a }", None, {}, "query", {})
SOUND = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"data":{"a":1}}'
ANSWER = SubgraphResponse({"a": 1})
MOST = 100_000

INVALID = "SUBGRAPH_INVALID_RESPONSE"
HTTP = "SUBGRAPH_HTTP_ERROR"
LOST = "SUBGRAPH_UNREACHABLE"
LATE = "SUBGRAPH_TIMEOUT"
LARGE = "SUBGRAPH_ANSWER_TOO_LARGE"


def sized(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}content-length: {len(body)}\r\n\r\n".encode() + body


def chunked(rest: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n" + more + b"\r\n" + rest


DATA = b'{"data":{"a":1}}'
TWICE = gzip.compress(DATA[:5]) + gzip.compress(DATA[5:])
KEEPS: dict[str, tuple[bytes, str]] = {
    "half JSON": (sized(DATA[:-2]), INVALID),
    "two JSON": (sized(DATA + DATA), INVALID),
    "nothing": (sized(b""), INVALID),
    "blank": (sized(b" \n "), INVALID),
    "a list": (sized(b"[]"), INVALID),
    "a number": (sized(b"5"), INVALID),
    "null": (sized(b"null"), INVALID),
    "an empty object": (sized(b"{}"), INVALID),
    "errors that are no list": (sized(b'{"errors":{"message":"no"}}'), INVALID),
    "errors that are no objects": (sized(b'{"data":{},"errors":["no"]}'), INVALID),
    "not UTF-8": (sized(b'{"data":{"a":"\xff"}}'), INVALID),
    "UTF-16": (sized(DATA.decode().encode("utf-16")), INVALID),
    "half a surrogate": (sized(b'{"data":{"a":"\\ud800"}}'), INVALID),
    "no number": (sized(b'{"data":{"a":NaN}}'), INVALID),
    "a number without end": (sized(b'{"data":{"a":' + b"9" * 90_000 + b"}}"), INVALID),
    "deeper than anything": (sized(b'{"data":' + b"[" * 90_000), INVALID),
    "a page": (sized(b"<h1>Welcome</h1>", more="content-type: text/html\r\n"), INVALID),
    "an error page": (sized(b"<h1>Oops</h1>", "502 Bad Gateway"), HTTP),
    "an error without a body": (sized(b"", "500 Internal Server Error"), HTTP),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", INVALID),
    "moved": (sized(b"", "301 Moved Permanently", "location: https://elsewhere.invalid/\r\n"), HTTP),
    "moved with an answer": (sized(DATA, "307 Temporary Redirect", "location: /x\r\n"), HTTP),
    "moved to nowhere": (sized(b"", "302 Found"), HTTP),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\n\r\n", HTTP),
    "compressed as nobody knows": (sized(DATA, more="content-encoding: br\r\n"), INVALID),
    "compressed twice": (sized(gzip.compress(gzip.compress(DATA)), more="content-encoding: gzip, gzip\r\n"), INVALID),
    "compressed in two": (sized(TWICE, more="content-encoding: gzip\r\n"), INVALID),
    "compressed not as said": (sized(zlib.compress(DATA), more="content-encoding: gzip\r\n"), INVALID),
    "deflated without a head": (sized(zlib.compress(DATA, wbits=-15), more="content-encoding: deflate\r\n"), INVALID),
    "a bomb": (sized(gzip.compress(b" " * 30_000_000), more="content-encoding: gzip\r\n"), LARGE),
}
"""Answers after which the connection could go on."""

ENDS: dict[str, tuple[bytes, str]] = {
    "no content, and content": (b"HTTP/1.1 204 No Content\r\n\r\n" + DATA, INVALID),
    "a length that is too long": (SOUND.replace(b"16", b"17"), LOST),
    "a length that is no number": (SOUND.replace(b"16", b"sixteen"), INVALID),
    "a length below nothing": (SOUND.replace(b"16", b"-16"), INVALID),
    "a length beyond numbers": (SOUND.replace(b"16", b"9" * 30), INVALID),
    "two lengths": (SOUND.replace(b"content-type: application/json", b"content-length: 15"), INVALID),
    "a length and chunks": (chunked(b"10\r\n" + DATA + b"\r\n0\r\n\r\n", b"content-length: 16\r\n"), INVALID),
    "a chunk of no size": (chunked(b"size\r\n" + DATA), INVALID),
    "a chunk beyond numbers": (chunked(b"f" * 17 + b"\r\n" + DATA), INVALID),
    "a chunk longer than told": (chunked(b"5\r\n" + DATA + b"\r\n0\r\n\r\n"), INVALID),
    "a chunk that is cut": (chunked(b"20\r\n" + DATA), LOST),
    "chunks without the last": (chunked(b"10\r\n" + DATA + b"\r\n"), LOST),
    "half a body until the end": (b"HTTP/1.1 200 OK\r\n\r\n" + DATA[:-1], INVALID),
    "too much until the end": (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MOST + 1), LARGE),
    "half a head": (b"HTTP/1.1 200 OK\r\ncontent-le", LOST),
    "a head without end": (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000, INVALID),
    "a head that is none": (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", INVALID),
    "a body without a head": (DATA, INVALID),
    "another protocol": (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", INVALID),
    "HTTP/2": (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18, INVALID),
    "another version": (SOUND.replace(b"1.1", b"9.9"), INVALID),
    "an upgrade": (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n", INVALID),
    "only preliminaries": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3, LOST),
    "nothing at all": (b"", LOST),
}
"""Answers that the server ends by hanging up."""

STAYS: dict[str, tuple[bytes, str]] = {
    "silence": (b"", LATE),
    "half a head": (b"HTTP/1.1 200 OK\r\n", LATE),
    "half a body": (SOUND[:-1], LATE),
    "chunks without the last": (chunked(b"10\r\n" + DATA + b"\r\n"), LATE),
    "no end": (b"HTTP/1.1 200 OK\r\n\r\n" + DATA, LATE),
    "a gigabyte that is announced": (b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n", LARGE),
    "a chunk of a gigabyte": (chunked(b"40000000\r\n" + b" " * (MOST + 1)), LARGE),
    "much in small chunks": (chunked(b"1\r\n \r\n" * (MOST + 1)), LARGE),
}
"""Answers after which the server keeps the connection and says no more."""


@dataclass
class Server:
    """Answers the first request with bytes, and all others soundly.

    Attributes:
        hangs_up: whether the first answer ends with its connection.
        open: how many connections there are.
        left: set whenever there is none any more.
    """

    raw: bytes
    hangs_up: bool
    url: str = ""
    requests: int = 0
    open: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
                self.requests += 1
                writer.write(self.raw if self.requests == 1 else SOUND)
                await writer.drain()
                if self.requests == 1 and self.hangs_up:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()
            self.open -= 1
            if not self.open:
                self.left.set()


@asynccontextmanager
async def serving(raw: bytes, hangs_up: bool) -> AsyncIterator[tuple[Server, HttpClient]]:
    server = Server(raw, hangs_up)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/graphql"
    async with open_http_session() as client:
        yield server, client
    await server.left.wait()
    listening.close()


async def check(raw: bytes, code: str, *, hangs_up: bool = False, seconds: float = 5) -> None:
    """The failure is coded and names the subgraph; the next answer is that to the next request."""
    request = SubgraphRequest("products", "mutation { a }", None, {}, "mutation", {})
    async with serving(raw, hangs_up) as (server, client):
        with pytest.raises(TransportError, match=r"^Subgraph 'products' ") as caught:
            await RemoteTransport(server.url, client, seconds, largest=MOST).execute(request)
        assert (caught.value.code, caught.value.service) == (code, "products"), caught.value.message
        assert len(caught.value.message) < 400
        for _ in range(2):
            assert await RemoteTransport(server.url, client, 5, largest=MOST).execute(QUERY) == ANSWER


@pytest.mark.parametrize("name", KEEPS)
async def test_answers_that_are_none(name: str) -> None:
    await check(*KEEPS[name])


@pytest.mark.parametrize("name", ENDS)
async def test_answers_that_break_off(name: str) -> None:
    await check(*ENDS[name], hangs_up=True)


@pytest.mark.parametrize("name", STAYS)
async def test_answers_that_never_end(name: str) -> None:
    raw, code = STAYS[name]
    await check(raw, code, seconds=0.1 if code == LATE else 5)


async def test_a_length_that_is_too_short_spoils_no_other_answer() -> None:
    """What follows is not the answer to the next request."""
    async with serving(SOUND.replace(b"16", b"15"), False) as (server, client):
        transport = RemoteTransport(server.url, client, 5)
        with pytest.raises(TransportError, match=r"'products'.*is not JSON"):
            await transport.execute(QUERY)
        assert await transport.execute(QUERY) == ANSWER


async def test_an_answer_without_end_is_left_when_it_is_too_large() -> None:
    sent = 0
    over = asyncio.Event()

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b" " * 65_536)
                await writer.drain()
                sent += 65_536
        except ConnectionError:
            over.set()

    listening = await asyncio.start_server(pour, "127.0.0.1", 0)
    async with open_http_session() as client:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/graphql"
        with pytest.raises(TransportError, match=r"'products'.*more than 1000000 bytes") as caught:
            await RemoteTransport(url, client, 5, largest=1_000_000).execute(QUERY)
        assert caught.value.code == LARGE
        await over.wait()
    listening.close()
    assert sent < 64_000_000
