"""Subscriptions whose source is a subgraph's event stream: a real server, real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from gateway.app import create_gateway
from gateway.config import ConfigError, GatewayConfig
from gateway.executor.transport import SubgraphRequest, TransportError
from gateway.executor.transports import RemoteTransport, open_http_session
from tests.integration.gateway.running import open_websocket
from tests.integration.gateway.subgraphs import Seen, products_app, reviews_app
from tests.support.serving import serving

SUBSCRIPTION = SubgraphRequest(
    "clock", "subscription { tick }", None, {}, "subscription", {"authorization": "Bearer a"}
)


async def test_events_of_a_stream_are_completed_by_other_subgraphs() -> None:
    """The stream's server is a gateway of its own, in front of the subgraph that owns the subscription."""
    products, reviews = Seen(), Seen()
    owner = products_app(products)
    async with AsyncExitStack() as stack:
        site = Starlette(routes=[])
        url = await stack.enter_async_context(serving(site))
        front = create_gateway(
            GatewayConfig(subgraphs={"products": f"{url}/products/graphql"}), apps={"products": owner}
        )
        await stack.enter_async_context(front.running())
        await front.wait_ready()

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            assert scope["type"] != "websocket"
            streams = b"text/event-stream" in dict(scope["headers"]).get(b"accept", b"")
            await (front.app if streams else owner)(scope, receive, send)

        site.routes[:] = [Mount("/products", either), Mount("/reviews", reviews_app(reviews))]
        urls = {name: f"{url}/{name}/graphql" for name in ("products", "reviews")}
        gateway = create_gateway(GatewayConfig(subgraphs=urls, event_streams=frozenset({"products"})))
        await stack.enter_async_context(gateway.running())
        await gateway.wait_ready()
        site.routes.append(Mount("/", gateway.app))
        async with open_websocket(url) as socket:
            await socket.sign_in()
            await socket.subscribe("1", "subscription { renamed { name reviews { text } } }")
            await products.renames.put("2")
            renamed = {"name": "Chair, renamed", "reviews": [{"text": "Hard"}]}
            assert (await socket.receive())["payload"] == {"data": {"renamed": renamed}}
            await products.renames.put("end")
            assert await socket.receive() == {"type": "complete", "id": "1"}


@asynccontextmanager
async def subscribed(answer: Callable[[Request], Response]) -> AsyncIterator[Any]:
    """The events of a subscription that this endpoint answers."""
    site = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    async with serving(site) as url, open_http_session() as client:
        transport = RemoteTransport(f"{url}/graphql", client, 5, events=True)
        async with aclosing(transport.subscribe(SUBSCRIPTION)) as events:
            yield events


def stream(*parts: bytes) -> Callable[[Request], Response]:
    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return lambda _: StreamingResponse(body(), media_type="text/event-stream")


async def test_a_stream_that_ends_without_completing_is_an_error_after_its_events() -> None:
    async with subscribed(stream(b'event: next\ndata: {"data": {"ti', b'ck": 1}}\n\n')) as events:
        assert (await anext(events)).data == {"tick": 1}
        with pytest.raises(TransportError) as caught:
            await anext(events)
        assert caught.value.code == "SUBGRAPH_CONNECTION_LOST"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (stream(b"event: next\ndata: {\n\n"), "SUBGRAPH_INVALID_RESPONSE"),
        (stream(b"event: next\ndata: [1]\n\n"), "SUBGRAPH_INVALID_RESPONSE"),
        (lambda _: PlainTextResponse("no", 500), "SUBGRAPH_HTTP_ERROR"),
        (lambda _: PlainTextResponse("no"), "SUBGRAPH_INVALID_RESPONSE"),
    ],
    ids=["half a JSON", "a list", "an error status", "text"],
)
async def test_what_is_no_answer_is_a_coded_error(answer: Callable[[Request], Response], code: str) -> None:
    async with subscribed(answer) as events:
        with pytest.raises(TransportError, match="'clock'") as caught:
            await anext(events)
        assert caught.value.code == code


async def test_an_answer_in_place_of_a_stream_is_one_event() -> None:
    refusal = b'{"errors": [{"message": "not you"}]}'
    async with subscribed(lambda _: Response(refusal, 403, media_type="application/json")) as events:
        assert [event.errors async for event in events] == [[{"message": "not you"}]]


async def test_leaving_ends_the_stream_at_the_subgraph() -> None:
    ended = asyncio.Event()
    headers: list[str | None] = []

    async def ticks() -> AsyncIterator[bytes]:
        try:
            yield b'event: next\ndata: {"data": {"tick": 1}}\n\n'
            await asyncio.Event().wait()
        finally:
            ended.set()

    def answer(request: Request) -> Response:
        headers.append(request.headers.get("authorization"))
        return StreamingResponse(ticks(), media_type="text/event-stream")

    async with subscribed(answer) as events:
        assert (await anext(events)).data == {"tick": 1}
        await events.aclose()
        await ended.wait()
    assert headers == ["Bearer a"]


def test_a_stream_of_a_subgraph_that_is_not_there_is_an_error() -> None:
    config = GatewayConfig(subgraphs={"a": "http://a.invalid"}, event_streams=frozenset({"b"}))
    with pytest.raises(ConfigError, match="event_streams: 'b' is not a subgraph; there are a"):
        create_gateway(config)
