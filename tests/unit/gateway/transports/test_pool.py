"""The pool of connections: what it makes of any server, and how few connections it needs."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import HttpClient, RemoteTransport, open_http_session

QUERY = SubgraphRequest("products", "{ a }", None, {}, "query", {})
MUTATION = SubgraphRequest("products", "mutation { a }", None, {}, "mutation", {})
BODY = b'{"data":{"a":1}}'
FULL = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n" + BODY

Answer = Callable[[int, bytes], list[bytes] | None]
"""Pieces of the answer to the n-th request with this head; None hangs up."""


class Server:
    """Answers with raw bytes on connections that it keeps."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.url = ""
        self.connections = 0
        self.requests = 0
        self.gone = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                pieces = self._answer(self.requests, head)
                self.requests += 1
                if pieces is None:
                    break
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.gone.set()
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[Server, HttpClient]]:
    server = Server(answer)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    async with open_http_session() as client:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/graphql"
        yield server, client
    listening.close()


async def ask(
    server: Server, client: HttpClient, request: SubgraphRequest = QUERY, largest: int | None = None
) -> SubgraphResponse | str:
    """The response, or the code of what went wrong."""
    try:
        return await RemoteTransport(server.url, client, 5, largest=largest).execute(request)
    except TransportError as error:
        return error.code


async def test_requests_one_after_another_share_a_connection_and_those_at_once_do_not() -> None:
    async with serving(lambda *_: [FULL]) as (server, client):
        for _ in range(3):
            assert await ask(server, client) == SubgraphResponse({"a": 1})
        assert server.connections == 1
        await asyncio.gather(*(ask(server, client) for _ in range(5)))
        assert 1 < server.connections <= 5


@pytest.mark.parametrize("cut", range(1, len(FULL), 7))
async def test_an_answer_may_come_in_pieces(cut: int) -> None:
    async with serving(lambda *_: [FULL[:cut], FULL[cut:]]) as (server, client):
        assert await ask(server, client) == SubgraphResponse({"a": 1})


async def test_a_head_that_is_known_is_good_for_a_whole_answer_alone() -> None:
    """In pieces, or with more behind it, an answer is the parser's; two answers to one request end the connection."""
    longer = FULL.replace(b"length: 16", b"length: 17") + b" "
    answers = [[FULL], [FULL], [FULL[:-3], FULL[-3:]], [longer], [longer], [FULL + FULL], [FULL]]
    async with serving(lambda number, _: answers[number]) as (server, client):
        for _ in answers:
            assert await ask(server, client) == SubgraphResponse({"a": 1})
        assert server.connections == 2


CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n"
    + BODY[:8]
    + b"\r\n8\r\n"
    + BODY[8:]
    + b"\r\n0\r\n\r\n"
)


def zipped(encoding: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-encoding: %s\r\ncontent-length: %d\r\n\r\n%s" % (encoding, len(body), body)


@pytest.mark.parametrize(
    "raw",
    [
        CHUNKED,
        b"HTTP/1.1 100 Continue\r\n\r\n" + FULL,
        zipped(b"gzip", gzip.compress(BODY, mtime=0)),
        zipped(b"identity", BODY),
        b"HTTP/1.1 500 Oops\r\ncontent-length: 16\r\n\r\n" + BODY,
    ],
)
async def test_every_way_to_send_a_body(raw: bytes) -> None:
    async with serving(lambda *_: [raw]) as (server, client):
        assert await ask(server, client) == SubgraphResponse({"a": 1})
        assert await ask(server, client) == SubgraphResponse({"a": 1})
        assert server.connections == 1


async def test_a_body_without_a_length_ends_with_its_connection() -> None:
    raw = b"HTTP/1.1 200 OK\r\n\r\n" + BODY

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with open_http_session() as client:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/graphql"
        assert await RemoteTransport(url, client, 5).execute(QUERY) == SubgraphResponse({"a": 1})
    listening.close()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (zipped(b"br", BODY), "SUBGRAPH_INVALID_RESPONSE"),
        (zipped(b"gzip", BODY), "SUBGRAPH_INVALID_RESPONSE"),
        (zipped(b"gzip", gzip.compress(BODY, mtime=0)[:-9]), "SUBGRAPH_INVALID_RESPONSE"),
        (zipped(b"gzip", gzip.compress(b" " * 100_000, mtime=0)), "SUBGRAPH_ANSWER_TOO_LARGE"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b" " * 5000, "SUBGRAPH_ANSWER_TOO_LARGE"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, "SUBGRAPH_INVALID_RESPONSE"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "SUBGRAPH_INVALID_RESPONSE"),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", "SUBGRAPH_INVALID_RESPONSE"),
    ],
)
async def test_what_is_no_answer_has_a_code(raw: bytes, code: str) -> None:
    async with serving(lambda *_: [raw]) as (server, client):
        assert await ask(server, client, MUTATION, largest=4000) == code


async def test_a_second_answer_to_one_request_is_never_taken_for_that_to_the_next() -> None:
    other = FULL.replace(b'"a":1', b'"a":2')
    async with serving(lambda number, _: [FULL + other] if number == 0 else [FULL]) as (server, client):
        assert await ask(server, client) == SubgraphResponse({"a": 1})
        assert await ask(server, client) == SubgraphResponse({"a": 1})
        assert server.connections == 2


async def test_bytes_that_nobody_asked_for_end_their_connection() -> None:
    async with serving(lambda number, _: [FULL, b"", b"HTTP/1.1 200 OK\r\n"] if number == 0 else [FULL]) as (
        server,
        client,
    ):
        assert await ask(server, client) == SubgraphResponse({"a": 1})
        await server.gone.wait()
        assert await ask(server, client) == SubgraphResponse({"a": 1})


async def test_a_kept_connection_that_was_closed_costs_a_query_nothing_and_a_mutation_is_not_repeated() -> None:
    async with serving(lambda number, _: [FULL] if number != 1 else None) as (server, client):
        await ask(server, client)
        assert await ask(server, client) == SubgraphResponse({"a": 1})
        assert server.requests == 3
    async with serving(lambda number, _: [FULL] if number != 1 else None) as (server, client):
        await ask(server, client)
        assert await ask(server, client, MUTATION) == "SUBGRAPH_UNREACHABLE"
        assert server.requests == 2


async def test_a_call_that_is_cancelled_leaves_no_connection_behind() -> None:
    arrived = asyncio.Event()

    def silent(*_: object) -> list[bytes]:
        arrived.set()
        return []

    async with serving(silent) as (server, client):
        asking = asyncio.create_task(ask(server, client))
        await arrived.wait()
        asking.cancel()
        await server.gone.wait()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_a_header_that_holds_a_line_break_is_not_sent() -> None:
    async with serving(lambda *_: [FULL]) as (server, client):
        request = SubgraphRequest("products", "{ a }", None, {}, "query", {"authorization": "a\r\nx-admin: 1"})
        assert await ask(server, client, request) == "SUBGRAPH_INVALID_HEADER"
        assert server.requests == 0


@pytest.mark.parametrize("url", ["http://:80/", "http://host:port/", "http:///graphql", "nonsense"])
async def test_what_is_no_url_cannot_be_reached(url: str) -> None:
    async with open_http_session() as client:
        with pytest.raises(TransportError, match="no URL") as caught:
            await RemoteTransport(url, client, 5).execute(QUERY)
        assert caught.value.code == "SUBGRAPH_UNREACHABLE"


async def test_damaged_answers_end_in_a_response_or_a_code() -> None:
    """Bytes changed, lost and doubled at random places; then a sound answer is still understood."""
    random = Random(20)
    sound = [FULL, CHUNKED, zipped(b"gzip", gzip.compress(BODY, mtime=0))]

    def damaged(number: int, head: bytes) -> list[bytes] | None:
        if number % 2:
            return None
        raw = bytearray(random.choice(sound))
        for _ in range(random.randint(1, 3)):
            place = random.randrange(len(raw))
            match random.randrange(3):
                case 0:
                    raw[place] = random.randrange(256)
                case 1:
                    del raw[place : place + random.randint(1, 9)]
                case _:
                    raw[place:place] = raw[place : place + random.randint(1, 9)]
        return (
            [bytes(raw), b""] if random.random() < 0.5 else [bytes(raw[: len(raw) // 2]), bytes(raw[len(raw) // 2 :])]
        )

    for _ in range(150):
        async with serving(damaged) as (server, client):
            transport = RemoteTransport(server.url, client, 0.05)
            try:
                assert isinstance(await transport.execute(MUTATION), SubgraphResponse)
            except TransportError as error:
                assert error.code.startswith("SUBGRAPH_")
