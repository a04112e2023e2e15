"""The protocol before uvicorn's: the same answers as the ASGI app gives, over connections that clients keep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest
import uvicorn

from gateway.app import Gateway, create_gateway
from gateway.config import GatewayConfig
from tests.integration.gateway.running import open_websocket
from tests.integration.gateway.subgraphs import Seen, products_app, reviews_app

QUERY = "{ products { name reviews { text } } }"
ANSWER = {
    "products": [
        {"name": "Lamp", "reviews": [{"text": "Bright"}, {"text": "Warm"}]},
        {"name": "Chair", "reviews": [{"text": "Hard"}]},
    ]
}


@dataclass
class Client:
    """A connection that says exactly what it is told to say."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, query: str, **more: Any) -> None:
        self.writer.write(request(json.dumps({"query": query, **more}).encode()))

    async def receive(self) -> tuple[int, dict[str, str], bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), headers, await self.reader.readexactly(int(headers["content-length"]))

    async def ask(self, query: str, **more: Any) -> Any:
        self.send(query, **more)
        return json.loads((await self.receive())[2])


def request(body: bytes, line: str = "POST /graphql HTTP/1.1", more: str = "") -> bytes:
    head = f"{line}\r\nhost: a\r\ncontent-type: application/json\r\naccept: application/json\r\n{more}"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Served:
    gateway: Gateway
    port: int
    products: Seen
    server: uvicorn.Server

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        yield Client(reader, writer)
        writer.close()


@asynccontextmanager
async def serving_lane(config: GatewayConfig | None = None) -> AsyncIterator[Served]:
    products = Seen()
    apps = {"products": products_app(products), "reviews": reviews_app(Seen())}
    settings = replace(
        config or GatewayConfig(subgraphs={"any": "thing"}), subgraphs=dict.fromkeys(apps, "http://in.process/")
    )
    gateway = create_gateway(settings, apps=apps)
    async with gateway.running():
        await gateway.wait_ready()
        http = cast(Any, gateway.http_protocol())
        options = uvicorn.Config(
            gateway.app, port=0, http=http, lifespan="off", log_config=None, ws="websockets-sansio", server_header=False
        )
        server = uvicorn.Server(options)
        options.load()
        server.lifespan = options.lifespan_class(options)
        await server.startup()
        ticking = asyncio.create_task(server.main_loop())
        try:
            yield Served(gateway, server.servers[0].sockets[0].getsockname()[1], products, server)
        finally:
            products.released.set()
            server.should_exit = True
            await ticking
            await server.shutdown()


async def test_a_connection_is_kept_and_every_answer_is_the_same() -> None:
    async with serving_lane() as served, served.client() as client:
        for _ in range(4):
            assert await client.ask(QUERY) == {"data": ANSWER}


async def test_many_requests_sent_at_once_are_answered_in_their_order() -> None:
    async with serving_lane() as served, served.client() as client:
        for number in range(50):
            client.send("query ($id: ID!) { product(id: $id) { name } }", variables={"id": str(1 + number % 2)})
        for number in range(50):
            status, _, body = await client.receive()
            assert status == 200
            assert json.loads(body) == {"data": {"product": {"name": ("Lamp", "Chair")[number % 2]}}}


@pytest.mark.parametrize("size", [1, 7, 60])
async def test_a_request_may_come_in_pieces(size: int) -> None:
    raw = request(json.dumps({"query": QUERY}).encode())
    async with serving_lane() as served, served.client() as client:
        for _ in range(2):
            for start in range(0, len(raw), size):
                client.writer.write(raw[start : start + size])
                await client.writer.drain()
                await asyncio.sleep(0)
            assert json.loads((await client.receive())[2]) == {"data": ANSWER}


@pytest.mark.parametrize(
    "raw",
    [
        request(b""),
        request(b"{"),
        request(b"[]"),
        request(b'{"query": "{ nothing }"}'),
        request(b'{"query": "query ($id: ID!) { product(id: $id) { name } }"}'),
        request(b'{"query": "{ broken products { name } }"}'),
        request(b'{"query": "{ __typename __schema { queryType { name } } }"}'),
        request(b'{"query": "{ products { name } }"}', more="accept-charset: utf-8\r\n"),
        request(b'{"query": "mutation { rename(id: 1, name: \\"A\\") { name } }"}'),
        request(b'{"query": "subscription { priceChanged { price } }"}'),
    ],
)
async def test_the_lane_and_the_app_agree(raw: bytes) -> None:
    """Chunked requests go to the app; all else about the two is equal."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    chunked = b"\r\n".join([*lines, b"transfer-encoding: chunked"]) + b"\r\n\r\n" + chunks
    async with serving_lane() as served:
        answers = []
        for sent in (raw, raw, raw, chunked):
            async with served.client() as client:
                client.writer.write(sent)
                status, headers, answer = await client.receive()
                headers.pop("date")
                answers.append((status, headers, answer))
        assert answers[0] == answers[1] == answers[2] == answers[3]


async def test_what_is_not_usual_goes_to_the_app_on_the_same_connection() -> None:
    async with serving_lane() as served, served.client() as client:
        assert await client.ask(QUERY) == {"data": ANSWER}
        client.writer.write(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n")
        assert json.loads((await client.receive())[2]) == {"live": True}
        assert await client.ask(QUERY) == {"data": ANSWER}
        client.writer.write(b"nonsense\r\n\r\n")
        assert (await client.reader.readline()).startswith(b"HTTP/1.1 400")


async def test_websockets_are_opened_as_ever() -> None:
    async with serving_lane() as served, open_websocket(f"http://127.0.0.1:{served.port}") as socket:
        await socket.sign_in()
        await socket.subscribe("1", QUERY)
        assert (await socket.receive())["payload"] == {"data": ANSWER}


async def test_a_query_is_abandoned_when_its_client_leaves() -> None:
    async with serving_lane() as served:
        for _ in range(3):
            served.products.waiting.clear()
            served.products.cancelled.clear()
            async with served.client() as client:
                client.send("{ never }")
                await served.products.waiting.wait()
            await served.products.cancelled.wait()


async def test_a_query_that_takes_too_long_is_a_coded_error() -> None:
    config = GatewayConfig(subgraphs={"any": "thing"}, request_timeout=timedelta(seconds=0.05))
    async with serving_lane(config) as served, served.client() as client:
        for _ in range(3):
            answer = await client.ask("{ never }")
            assert answer["errors"][0]["extensions"]["code"] == "REQUEST_TIMEOUT"


async def test_a_server_that_stops_answers_what_is_under_way_and_says_that_it_closes() -> None:
    async with serving_lane() as served, served.client() as client, served.client() as idle:
        assert await idle.ask(QUERY) == {"data": ANSWER}
        client.send('mutation { slowRename(name: "kept") }')
        await served.products.waiting.wait()
        stopping = asyncio.create_task(served.server.shutdown())
        assert await idle.reader.read() == b""
        served.products.renames.put_nowait("go")
        _, headers, _ = await client.receive()
        assert headers["connection"] == "close"
        assert await client.reader.read() == b""
        await stopping
