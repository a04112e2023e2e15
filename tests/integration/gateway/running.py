"""A gateway over the test's subgraphs, behind a real server, and clients for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.app import Gateway, create_gateway
from gateway.config import GatewayConfig
from tests.integration.gateway.subgraphs import Seen, products_app, reviews_app
from tests.support.serving import serving


@dataclass(frozen=True)
class Running:
    """A gateway that is ready."""

    gateway: Gateway
    url: str
    session: aiohttp.ClientSession
    products: Seen
    reviews: Seen

    async def post(self, query: str, headers: Mapping[str, str] | None = None, **more: Any) -> tuple[int, Any]:
        """Status and body of an operation."""
        body = {"query": query, **more}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=headers) as response:
            return response.status, await response.json()

    @asynccontextmanager
    async def websocket(self, **options: Any) -> AsyncIterator[WebSocket]:
        """A client that has not signed in yet."""
        async with open_websocket(self.url, **options) as socket:
            yield socket


@dataclass(frozen=True)
class WebSocket:
    """A graphql-transport-ws client, message by message."""

    connection: ClientConnection

    async def send(self, type: str, **members: Any) -> None:
        await self.connection.send(json.dumps({"type": type, **members}))

    async def receive(self) -> Any:
        return json.loads(await self.connection.recv())

    async def sign_in(self, **payload: Any) -> None:
        await self.send("connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, id: str, query: str, **more: Any) -> None:
        await self.send("subscribe", id=id, payload={"query": query, **more})

    async def closed(self) -> tuple[int, str]:
        """Code and reason with which the server ends the connection, once it does."""
        try:
            while True:
                await self.connection.recv()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return closed.rcvd.code, closed.rcvd.reason


@asynccontextmanager
async def open_websocket(
    url: str, subprotocol: str = "graphql-transport-ws", **options: Any
) -> AsyncIterator[WebSocket]:
    address = f"{url.replace('http', 'ws', 1)}/graphql"
    async with connect(address, subprotocols=[Subprotocol(subprotocol)], proxy=None, **options) as connection:
        yield WebSocket(connection)


@asynccontextmanager
async def running_gateway(
    *, in_process: bool, config: GatewayConfig | None = None, **options: Any
) -> AsyncIterator[Running]:
    """A ready gateway over `products` and `reviews`, which it reaches over HTTP or calls in this process.

    One server carries all three: starting and stopping servers is what takes time in these tests.

    Args:
        config: its `subgraphs` are replaced.
        options: for `create_gateway`.
    """
    products, reviews = Seen(), Seen()
    apps: dict[str, ASGIApp] = {"products": products_app(products), "reviews": reviews_app(reviews)}
    site = Starlette(routes=[Mount(f"/{name}", app) for name, app in apps.items()])
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(site))
        urls = {name: f"{url}/{name}/graphql" for name in apps}
        settings = replace(config or GatewayConfig(subgraphs=urls), subgraphs=urls)
        gateway = create_gateway(settings, apps=apps if in_process else {}, **options)
        site.routes.append(Mount("/", gateway.app))
        await stack.enter_async_context(gateway.running())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await gateway.wait_ready()
        for seen in (products, reviews):
            seen.headers.clear()
        try:
            yield Running(gateway, url, session, products, reviews)
        finally:
            products.released.set()
