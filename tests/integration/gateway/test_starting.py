"""From nothing to a supergraph, whatever the subgraphs do meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import strawberry
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.app import Gateway, create_gateway
from gateway.assembly import AssemblyError
from gateway.config import ConfigError, GatewayConfig
from gateway.supergraph import SupergraphError
from tests.integration.gateway.running import running_gateway
from tests.integration.gateway.subgraphs import GrownQuery, Seen, products_app, reviews_app
from tests.support.serving import serving

URL = "http://subgraph.invalid/graphql"


class Switch:
    """An app that can be replaced while it is served."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def answering(response: Response) -> Starlette:
    return Starlette(routes=[Route("/graphql", lambda _: response, methods=["POST"])])


@asynccontextmanager
async def starting(apps: Mapping[str, ASGIApp]) -> AsyncIterator[tuple[Gateway, str, aiohttp.ClientSession]]:
    gateway = create_gateway(GatewayConfig(subgraphs=dict.fromkeys(apps, URL)), apps=apps)
    async with serving(gateway.app) as url, aiohttp.ClientSession() as session:
        yield gateway, url, session


async def problem(gateway: Gateway) -> str:
    """Code and message of the first thing that keeps the gateway from being ready."""
    with pytest.raises(AssemblyError):
        await gateway.reload()
    return f"{gateway.problems[0].code} {gateway.problems[0].message}"


async def test_until_all_subgraphs_answer_the_gateway_says_which_does_not() -> None:
    products = Switch(answering(HTMLResponse("<h1>Not yet</h1>", 502)))
    async with starting({"products": products, "reviews": reviews_app(Seen())}) as (gateway, url, session):
        assert "'products'" in await problem(gateway)
        async with session.post(f"{url}/graphql", json={"query": "{ __typename }"}) as response:
            assert response.status == 503
            [error] = (await response.json())["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
        assert "'products'" in error["message"]
        async with session.get(f"{url}/health/ready") as response:
            assert response.status == 503
            assert (await response.json())["problems"][0]["code"] == "SUBGRAPH_HTTP_ERROR"

        products.app = products_app(Seen())
        await asyncio.wait_for(gateway.wait_ready(), 10)
        assert gateway.problems == ()
        async with session.post(f"{url}/graphql", json={"query": "{ products { name } }"}) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (answering(HTMLResponse("<h1>Hello</h1>")), "SUBGRAPH_INVALID_RESPONSE"),
        (answering(JSONResponse([1])), "SUBGRAPH_INVALID_RESPONSE"),
        (answering(JSONResponse({"data": None, "errors": [{"message": "no _service"}]})), "SUBGRAPH_SDL_HIDDEN"),
        (answering(JSONResponse({"data": {"_service": {"sdl": "type Query {"}}})), "INVALID_GRAPHQL"),
    ],
    ids=["html", "list", "hidden", "not SDL"],
)
async def test_what_is_wrong_with_a_subgraph_is_coded_and_names_it(app: ASGIApp, expected: str) -> None:
    async with starting({"odd": app}) as (gateway, _, _):
        said = await problem(gateway)
        assert said.startswith(expected)
        assert "odd" in said


async def test_a_subgraph_that_nobody_serves_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    gateway = create_gateway(GatewayConfig(subgraphs={"absent": f"http://127.0.0.1:{port}/graphql"}))
    async with gateway.running():
        assert (await problem(gateway)).startswith("SUBGRAPH_UNREACHABLE Subgraph 'absent'")


@strawberry.type
class Clashing:
    """Another idea of what Product is."""

    @strawberry.field
    def product(self) -> int:
        return 1


async def test_subgraphs_that_do_not_compose_are_told_by_the_rules_code() -> None:
    odd = strawberry.federation.Schema(query=Clashing)
    answer = JSONResponse({"data": {"_service": {"sdl": odd.as_str()}}})
    async with starting({"products": products_app(Seen()), "odd": answering(answer)}) as (gateway, _, _):
        said = await problem(gateway)
        assert "product" in said
        assert not gateway.ready


async def test_a_new_supergraph_serves_new_requests_while_running_ones_keep_theirs() -> None:
    seen = Seen()
    products = Switch(products_app(seen))
    async with starting({"products": products, "reviews": reviews_app(Seen())}) as (gateway, url, session):
        await gateway.wait_ready()
        grown = {"query": "{ grown }"}
        async with session.post(f"{url}/graphql", json=grown) as response:
            assert response.status == 400
        slow = asyncio.create_task(session.post(f"{url}/graphql", json={"query": "{ never }"}))
        await seen.waiting.wait()

        products.app = products_app(seen, GrownQuery)
        assert await gateway.reload() is True
        async with session.post(f"{url}/graphql", json=grown) as response:
            assert await response.json() == {"data": {"grown": True}}
        seen.released.set()
        async with await slow as response:
            assert await response.json() == {"data": {"never": None}}


async def test_a_failed_reload_keeps_the_old_supergraph() -> None:
    products = Switch(products_app(Seen()))
    async with starting({"products": products}) as (gateway, url, session):
        await gateway.wait_ready()
        products.app = answering(HTMLResponse("down", 503))
        with pytest.raises(AssemblyError, match="products"):
            await gateway.reload()
        assert gateway.ready
        assert gateway.problems[0].code == "SUBGRAPH_HTTP_ERROR"
        async with session.post(f"{url}/graphql", json={"query": "{ __typename }"}) as response:
            assert response.status == 200


async def test_a_given_supergraph_is_served_without_asking_anybody() -> None:
    async with running_gateway(in_process=False) as running:
        sdl = running.gateway.supergraph
        alone = create_gateway(GatewayConfig(supergraph=sdl))
        async with serving(alone.app) as url:
            await alone.wait_ready()
            assert len(running.products.headers) == 0
            body = {"query": "{ products { reviews { text } } }"}
            async with running.session.post(f"{url}/graphql", json=body) as response:
                assert (await response.json())["data"]["products"][1] == {"reviews": [{"text": "Hard"}]}


async def test_wrong_configurations_are_refused_when_the_gateway_is_made() -> None:
    with pytest.raises(SupergraphError):
        create_gateway(GatewayConfig(supergraph="type Query { a: Int }"))
    with pytest.raises(ConfigError, match="'other' is not a subgraph"):
        create_gateway(GatewayConfig(subgraphs={"a": URL}), apps={"other": answering(Response())})
    with pytest.raises(ConfigError, match="'a' must start with http"):
        create_gateway(GatewayConfig(subgraphs={"a": "localhost:4000"}))


async def test_a_gateway_that_is_not_running_says_so() -> None:
    gateway = create_gateway(GatewayConfig(subgraphs={"a": URL}))
    with pytest.raises(RuntimeError, match="running"):
        await gateway.reload()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(gateway.wait_ready(), 0.01)
    assert not gateway.ready
