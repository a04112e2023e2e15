"""https to subgraphs: over the pool, over event streams and over WebSockets, with servers that are well or not."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import BadAuthorities, RemoteTransport, open_http_session, tls_context
from tests.support.certificates import Authority

QUERY = SubgraphRequest("products", "{ a }", None, {}, "query", {})
SUBSCRIPTION = SubgraphRequest("products", "subscription { a }", None, {}, "subscription", {})
FULL = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"data":{"a":1}}'
EVENTS = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    b'event: next\ndata: {"data":{"a":1}}\n\nevent: complete\ndata:\n\n'
)
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Test = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def on_loop(request: pytest.FixtureRequest) -> Test:
    """Runs a test's coroutine: `izara` serves on uvloop, which has a TLS of its own."""

    def run(test: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(test)

    return run


@dataclass
class Listening:
    """Attributes:
    connections: how many were opened.
    gone: set when a client has left.
    """

    url: str = ""
    connections: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers every request on connections that are kept."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                writer.write(EVENTS if b"text/event-stream" in head else FULL)
        except asyncio.IncompleteReadError:
            self.gone.set()


@asynccontextmanager
async def listening(
    tls: ssl.SSLContext | None, handle: Handle | None = None, scheme: str = "https"
) -> AsyncIterator[Listening]:
    server = Listening()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            await (handle or server.answer)(reader, writer)
        except OSError:
            server.gone.set()
        finally:
            writer.close()

    opened = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    server.url = f"{scheme}://localhost:{opened.sockets[0].getsockname()[1]}/graphql"
    try:
        yield server
    finally:
        opened.close()


async def failures(url: str, tls: ssl.SSLContext | None, seconds: float = 5) -> list[TransportError]:
    """How a query, a subscription over a WebSocket and one over an event stream fail."""
    found: list[TransportError] = []
    async with open_http_session(tls) as client:
        plain, events = (RemoteTransport(url, client, seconds, events=events) for events in (False, True))
        for work in (plain.execute(QUERY), anext(plain.subscribe(SUBSCRIPTION)), anext(events.subscribe(SUBSCRIPTION))):
            with pytest.raises(TransportError, match="'products'") as caught:
                await work
            found.append(caught.value)
    return found


def test_requests_share_a_connection_that_is_verified(authority: Authority, on_loop: Test) -> None:
    async def test() -> None:
        async with (
            listening(authority.server()) as server,
            open_http_session(tls_context(authority.ca_file)) as client,
        ):
            transport = RemoteTransport(server.url, client, 30)
            for _ in range(3):
                assert await transport.execute(QUERY) == SubgraphResponse({"a": 1})
            assert server.connections == 1
            answers = await asyncio.gather(*(transport.execute(QUERY) for _ in range(5)))
            assert answers == [SubgraphResponse({"a": 1})] * 5
            assert server.connections <= 5  # As few as one, where it is free again before another has shaken hands.

    on_loop(test())


def test_subscriptions_are_verified_by_the_same_authorities(authority: Authority, on_loop: Test) -> None:
    async def handle(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send('{"type": "connection_ack"}')
        await connection.recv()
        await connection.send('{"type": "next", "id": "1", "payload": {"data": {"a": 1}}}')
        await connection.send('{"type": "complete", "id": "1"}')
        await connection.wait_closed()

    async def test() -> None:
        tls = tls_context(authority.ca_file)
        async with listening(authority.server()) as server, open_http_session(tls) as client:
            events = RemoteTransport(server.url, client, 5, events=True).subscribe(SUBSCRIPTION)
            assert [event async for event in events] == [SubgraphResponse({"a": 1})]
        protocols = [Subprotocol("graphql-transport-ws")]
        async with (
            serve(handle, "127.0.0.1", 0, subprotocols=protocols, ssl=authority.server()) as sockets,
            open_http_session(tls) as client,
        ):
            port = next(iter(sockets.sockets)).getsockname()[1]
            events = RemoteTransport(f"https://localhost:{port}/graphql", client, 5).subscribe(SUBSCRIPTION)
            assert [event async for event in events] == [SubgraphResponse({"a": 1})]

    on_loop(test())


@pytest.mark.parametrize(
    ("host", "expired", "believed", "says"),
    [
        ("localhost", False, False, "self-signed certificate in certificate chain|unable to get local issuer"),
        ("elsewhere.test", False, True, "[Hh]ostname mismatch.*'localhost'"),
        ("localhost", True, True, "certificate has expired"),
    ],
    ids=["unknown authority", "other host", "expired"],
)
def test_a_certificate_that_is_not_accepted(
    authority: Authority, on_loop: Test, host: str, expired: bool, believed: bool, says: str
) -> None:
    async def test() -> None:
        tls = tls_context(authority.ca_file) if believed else None
        async with listening(authority.server(host, expired=expired)) as server:
            found = await failures(server.url, tls)
        assert [error.code for error in found] == ["SUBGRAPH_UNREACHABLE"] * 3
        assert all(server.url.split("/")[2] in error.message for error in found)
        assert re.search(says, found[0].message), found[0].message

    on_loop(test())


def test_a_server_that_answers_in_plain_text(authority: Authority, on_loop: Test) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    async def test() -> None:
        async with listening(None, refuse) as server:
            found = await failures(server.url, tls_context(authority.ca_file))
        assert [error.code for error in found] == ["SUBGRAPH_UNREACHABLE"] * 3
        assert "TLS failed" in found[0].message

    on_loop(test())


def test_plain_text_to_a_server_with_tls(authority: Authority, on_loop: Test) -> None:
    async def test() -> None:
        async with listening(authority.server(), scheme="http") as server:
            found = await failures(server.url, None)
        assert {error.code for error in found} <= {"SUBGRAPH_UNREACHABLE", "SUBGRAPH_INVALID_RESPONSE"}

    on_loop(test())


def test_a_server_that_hangs_up_in_the_handshake(authority: Authority, on_loop: Test) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async def test() -> None:
        async with listening(None, hang_up) as server:
            found = await failures(server.url, tls_context(authority.ca_file))
        assert [error.code for error in found] == ["SUBGRAPH_UNREACHABLE"] * 3

    on_loop(test())


def test_a_server_that_never_ends_the_handshake_is_left(authority: Authority, on_loop: Test) -> None:
    async def test() -> None:
        async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(65_536):
                pass
            server.gone.set()

        async with listening(None, keep_silent) as server, open_http_session(tls_context(authority.ca_file)) as client:
            transport = RemoteTransport(server.url, client, 0.2)
            with pytest.raises(TransportError, match=r"'products'.*opened no connection within 0\.2 s") as caught:
                await transport.execute(QUERY)
            assert caught.value.code == "SUBGRAPH_TIMEOUT"
            await server.gone.wait()
        async with listening(None, keep_silent) as server:
            found = await failures(server.url, tls_context(authority.ca_file), seconds=0.2)
        assert [error.code for error in found] == ["SUBGRAPH_TIMEOUT"] * 3

    on_loop(test())


def test_a_server_that_hangs_up_after_the_handshake_is_not_asked_for_ever(authority: Authority, on_loop: Test) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def test() -> None:
        async with listening(authority.server(), hang_up) as server:
            found = await failures(server.url, tls_context(authority.ca_file))
        assert [error.code for error in found] == ["SUBGRAPH_UNREACHABLE"] * 3
        assert server.connections <= 5

    on_loop(test())


def test_a_file_without_authorities_is_named(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for name, says in (("ca.pem", "holds no certificates in PEM form"), ("none.pem", "cannot be read: No such file")):
        with pytest.raises(BadAuthorities, match=f"{name} {says}"):
            tls_context(tmp_path / name)
