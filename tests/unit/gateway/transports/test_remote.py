"""Subgraphs on the network that misbehave, behind real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from gateway.executor.transport import SubgraphRequest, TransportError
from gateway.executor.transports import HttpClient, RemoteTransport, open_http_session

QUERY = SubgraphRequest("products", "{ a }", None, {}, "query", {})
MUTATION = SubgraphRequest("products", "mutation { a }", None, {}, "mutation", {})
SUBSCRIPTION = SubgraphRequest("products", "subscription { a }", None, {}, "subscription", {})
ANSWER = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"data":{"a":1}}'


@pytest.fixture
async def session() -> AsyncIterator[HttpClient]:
    async with open_http_session() as session:
        yield session


@asynccontextmanager
async def answering(answer: Callable[[int], bytes | None]) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that answers the n-th connection with raw bytes and hangs up, or keeps silent for None."""
    connections: list[int] = []
    over = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(len(connections))
        await reader.readuntil(b"\r\n\r\n")
        raw = answer(connections[-1])
        if raw is None:
            await over.wait()
        else:
            writer.write(raw)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql", connections
        over.set()


async def failure(transport: RemoteTransport, request: SubgraphRequest) -> TransportError:
    with pytest.raises(TransportError, match="'products'") as caught:
        await transport.execute(request)
    return caught.value


async def test_nobody_there(session: HttpClient) -> None:
    async with answering(lambda _: None) as (url, _):
        pass
    transport = RemoteTransport(url, session, 5)
    error = await failure(transport, QUERY)
    assert error.code == "SUBGRAPH_UNREACHABLE"
    assert url in error.message
    with pytest.raises(TransportError) as caught:
        await anext(transport.subscribe(SUBSCRIPTION))
    assert caught.value.code == "SUBGRAPH_UNREACHABLE"


async def test_no_answer_in_time(session: HttpClient) -> None:
    async with answering(lambda _: None) as (url, _):
        transport = RemoteTransport(url, session, 0.05)
        assert (await failure(transport, QUERY)).code == "SUBGRAPH_TIMEOUT"
        with pytest.raises(TransportError) as caught:
            await anext(transport.subscribe(SUBSCRIPTION))
        assert caught.value.code == "SUBGRAPH_TIMEOUT"


async def test_a_query_survives_one_broken_connection_and_a_mutation_is_never_sent_twice(
    session: HttpClient,
) -> None:
    async with answering(lambda number: ANSWER if number else b"") as (url, connections):
        assert (await RemoteTransport(url, session, 5).execute(QUERY)).data == {"a": 1}
        assert connections == [0, 1]
    async with answering(lambda _: b"") as (url, connections):
        assert (await failure(RemoteTransport(url, session, 5), MUTATION)).code == "SUBGRAPH_UNREACHABLE"
        assert connections == [0]


async def test_an_answer_cut_short_is_no_answer(session: HttpClient) -> None:
    async with answering(lambda _: ANSWER[:-5]) as (url, _):
        assert (await failure(RemoteTransport(url, session, 5), MUTATION)).code == "SUBGRAPH_UNREACHABLE"


async def test_a_redirect_is_not_followed(session: HttpClient) -> None:
    redirect = b"HTTP/1.1 302 Found\r\nlocation: http://elsewhere.invalid/\r\ncontent-length: 0\r\n\r\n"
    async with answering(lambda _: redirect) as (url, _):
        error = await failure(RemoteTransport(url, session, 5), QUERY)
    assert error.code == "SUBGRAPH_HTTP_ERROR"
    assert "http://elsewhere.invalid/" in error.message


async def test_an_answer_without_end_is_not_read_to_it(session: HttpClient) -> None:
    endless = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + b" " * 5000
    async with answering(lambda _: endless) as (url, _):
        error = await failure(RemoteTransport(url, session, 5, largest=4999), QUERY)
        assert error.code == "SUBGRAPH_ANSWER_TOO_LARGE"
    async with answering(lambda _: ANSWER) as (url, _):
        assert (await RemoteTransport(url, session, 5, largest=16).execute(QUERY)).data == {"a": 1}


async def test_an_answer_that_is_not_http(session: HttpClient) -> None:
    async with answering(lambda _: b"SSH-2.0-OpenSSH_9.9\r\n\r\n") as (url, _):
        assert (await failure(RemoteTransport(url, session, 5), QUERY)).code == "SUBGRAPH_INVALID_RESPONSE"


@asynccontextmanager
async def websocket_server(handle: Any, subprotocol: str = "graphql-transport-ws") -> AsyncIterator[str]:
    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol(subprotocol)]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}/graphql"


async def sign_in(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.send('{"type": "connection_ack"}')
    await connection.recv()


async def test_a_websocket_that_ends_early_is_an_error_with_its_reason(session: HttpClient) -> None:
    async def handle(connection: ServerConnection) -> None:
        await sign_in(connection)
        await connection.send('{"type": "next", "id": "1", "payload": {"data": {"a": 1}}}')
        await connection.close(1012, "restarting")

    async with websocket_server(handle) as url:
        events = RemoteTransport(url, session, 5).subscribe(SUBSCRIPTION)
        assert (await anext(events)).data == {"a": 1}
        with pytest.raises(TransportError, match="restarting") as caught:
            await anext(events)
        assert caught.value.code == "SUBGRAPH_CONNECTION_LOST"


async def test_a_refused_sign_in(session: HttpClient) -> None:
    async def handle(connection: ServerConnection) -> None:
        await connection.close(4403, "UNAUTHENTICATED")

    async with websocket_server(handle) as url:
        with pytest.raises(TransportError, match="UNAUTHENTICATED") as caught:
            await anext(RemoteTransport(url, session, 5).subscribe(SUBSCRIPTION))
        assert caught.value.code == "SUBGRAPH_REFUSED_CONNECTION"


async def test_a_server_that_only_speaks_another_subprotocol(session: HttpClient) -> None:
    async with websocket_server(sign_in, subprotocol="graphql-ws") as url:
        with pytest.raises(TransportError) as caught:
            await anext(RemoteTransport(url, session, 5).subscribe(SUBSCRIPTION))
        assert caught.value.code == "SUBGRAPH_REFUSED_CONNECTION"


async def test_no_websocket_there(session: HttpClient) -> None:
    missing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    async with answering(lambda _: missing) as (url, _):
        with pytest.raises(TransportError, match="404") as caught:
            await anext(RemoteTransport(url, session, 5).subscribe(SUBSCRIPTION))
        assert caught.value.code == "SUBGRAPH_REFUSED_CONNECTION"


async def test_leaving_a_silent_subscription_tells_the_subgraph(session: HttpClient) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def handle(connection: ServerConnection) -> None:
        await sign_in(connection)
        heard.put_nowait("subscribed")
        async for message in connection:
            heard.put_nowait(str(message))
        heard.put_nowait("gone")

    async with websocket_server(handle) as url:
        events = RemoteTransport(url, session, 5).subscribe(SUBSCRIPTION)
        waiting = asyncio.ensure_future(anext(events))
        assert await heard.get() == "subscribed"
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await events.aclose()
        assert await heard.get() == '{"id":"1","type":"complete"}'
        assert await heard.get() == "gone"
