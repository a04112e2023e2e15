"""Commands as processes, against real servers."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway.composition import Subgraph, compose
from tests.support.issuer import running_issuer
from tests.support.serving import serving
from tests.support.stack import Program, all_gone, descendants, izara, running_stack, said

SDL = "type Query { hello: String }"


def composed(sdl: str, url: str) -> str:
    """The supergraph of the subgraph `hello` at this URL."""
    result = compose([Subgraph("hello", url, sdl)])
    assert result.supergraph is not None, result.errors
    return result.supergraph


def subgraph_app(sdl: str = SDL) -> Starlette:
    async def graphql(request: Request) -> Response:
        if "_service" in (await request.json())["query"]:
            return JSONResponse({"data": {"_service": {"sdl": sdl}}})
        return JSONResponse({"data": {"hello": "you"}})

    async def hides(_: Request) -> Response:
        return JSONResponse({"errors": [{"message": "Cannot query field '_service'"}]})

    async def page(_: Request) -> Response:
        return HTMLResponse("<h1>Welcome</h1>")

    return Starlette(
        routes=[
            Route(f"/{name}", answer, methods=["POST"])
            for name, answer in (("graphql", graphql), ("hides", hides), ("page", page))
        ]
    )


@pytest.mark.stack
async def test_a_supergraph_composed_of_a_url_is_served_by_the_gateway_alone(tmp_path: Path) -> None:
    supergraph = tmp_path / "supergraph.graphql"
    async with serving(subgraph_app()) as url:
        arguments = ("--subgraph", f"hello={url}/graphql", "--out", str(supergraph))
        assert await said("compose", *arguments) == (0, "")
        async with izara("serve", "gateway", "--port", "0", "--supergraph", str(supergraph)) as gateway:
            await gateway.says("^tokens +not verified: without IZARA_ISSUER")
            endpoint = (await gateway.says(r"^ready +(\S+)$"))[1]
            async with (
                aiohttp.ClientSession() as session,
                session.post(endpoint, json={"query": "{ hello }"}) as response,
            ):
                assert await response.json() == {"data": {"hello": "you"}}
            assert await gateway.stop() == 0


@pytest.mark.stack
async def test_a_gateway_alone_verifies_the_tokens_of_the_issuer_that_is_set(tmp_path: Path) -> None:
    supergraph = tmp_path / "supergraph.graphql"
    sdl = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@policy"])\n' + (
        'type Query { hello: String @policy(policies: [["greet"]]) }'
    )
    async with running_issuer() as issuer, serving(subgraph_app(sdl)) as url:
        supergraph.write_text(composed(sdl, f"{url}/graphql"))
        settings = {
            "IZARA_ISSUER": issuer.url,
            "IZARA_AUDIENCE": "api",
            "IZARA_TOKEN_ALGORITHMS": "ES256",
            "IZARA_TOKEN_LEEWAY": "0",
            "IZARA_POLICIES_CLAIM": "may",
        }
        arguments = ("--port", "0", "--supergraph", str(supergraph))
        async with izara("serve", "gateway", *arguments, **settings) as gateway, aiohttp.ClientSession() as session:
            told = await gateway.says(r"^tokens +verified: (.*)$")
            assert told[1] == f"of {issuer.url}, for the audience api; policies are those in the claim may"
            endpoint = (await gateway.says(r"^ready +(\S+)$"))[1]

            async def hello(**claims: Any) -> tuple[int, Any]:
                headers = {"authorization": issuer.party.token(**{"aud": "api", **claims})}
                async with session.post(endpoint, json={"query": "{ hello }"}, headers=headers) as response:
                    return response.status, await response.json()

            assert await hello(may=["greet"]) == (200, {"data": {"hello": "you"}})
            status, body = await hello()
            assert (status, body["errors"][0]["extensions"]["code"]) == (200, "FORBIDDEN")
            status, body = await hello(aud="other")
            assert (status, body["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
            assert await gateway.stop() == 0


@pytest.mark.stack
async def test_a_gateway_alone_does_what_is_set(tmp_path: Path) -> None:
    supergraph = tmp_path / "supergraph.graphql"
    async with serving(subgraph_app()) as url:
        supergraph.write_text(composed(SDL, f"{url}/page"))
        settings = {"IZARA_SHOW_PLANS": "true", "IZARA_MASK_ERRORS": "true", "IZARA_INTROSPECTION": "false"}
        arguments = ("--port", "0", "--supergraph", str(supergraph))
        async with izara("serve", "gateway", *arguments, **settings) as gateway, aiohttp.ClientSession() as session:
            endpoint = (await gateway.says(r"^ready +(\S+)$"))[1]

            async def ask(query: str, **headers: str) -> Any:
                async with session.post(endpoint, json={"query": query}, headers=headers) as response:
                    return await response.json()

            masked = {"message": "Unexpected error", "path": ["hello"]}
            error = {**masked, "extensions": {"code": "SUBGRAPH_INVALID_RESPONSE"}}
            answer = {"data": {"hello": None}, "errors": [error]}
            assert await ask("{ hello }") == answer
            planned = await ask("{ hello }", **{"GraphQL-Query-Plan": "1"})
            assert planned.pop("extensions")["queryPlan"].startswith("query (1 request in 1 wave)")
            assert planned == answer
            refused = await ask("{ __schema { queryType { name } } }")
            assert refused["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
            assert await gateway.stop() == 0


@pytest.mark.stack
async def test_a_gateway_alone_names_the_setting_that_cannot_work(tmp_path: Path) -> None:
    supergraph = tmp_path / "supergraph.graphql"
    supergraph.write_text(composed(SDL, "http://127.0.0.1:1/graphql"))
    arguments = ("--port", "0", "--supergraph", str(supergraph))
    async with izara("serve", "gateway", *arguments, IZARA_EVENT_STREAMS="helo") as gateway:
        told = await gateway.says("^izara: (.*)$")
        assert told[1] == "event_streams: 'helo' is not a subgraph; there are hello"


@pytest.mark.stack
async def test_urls_that_give_no_sdl_are_coded_errors() -> None:
    async with serving(subgraph_app()) as url:
        code, output = await said("compose", "--json", "--subgraph", f"a={url}/hides", "--subgraph", f"b={url}/page")
    assert code == 1
    hides, page = json.loads(output)["errors"]
    assert hides["code"] == "SUBGRAPH_SDL_HIDDEN"
    assert "'b'" in page["message"]


async def stopped(up: Program, number: signal.Signals) -> None:
    started = descendants(up.pid)
    assert await up.stop(number) == 0
    await all_gone(started, 5)


@pytest.mark.stack
@pytest.mark.parametrize(
    ("moment", "number"),
    [("^store ", signal.SIGINT), ("^demo ", signal.SIGTERM)],
)
async def test_a_signal_during_the_start_leaves_nothing(tmp_path: Path, moment: str, number: signal.Signals) -> None:
    async with izara("up", "--port", "0", "--data-dir", str(tmp_path / "data")) as up:
        await up.says(moment)
        await stopped(up, number)
        assert "Traceback" not in up.output
        assert "ready " not in up.output


@pytest.mark.stack
@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6")
async def test_up_on_ipv6(tmp_path: Path) -> None:
    async with running_stack(tmp_path / "data", "--no-demo", "--host", "::1") as stack:
        assert stack.base.startswith("http://[::1]:")
        code, output = await said("token", "--user", "ada", IZARA_HOST="::1", IZARA_PORT=str(stack.port))
        assert (code, output.count(".")) == (0, 2)


@pytest.mark.stack
async def test_spoilt_secrets_of_plugins_are_named(tmp_path: Path) -> None:
    (tmp_path / "plugin-secrets.json").write_text("{")
    code, output = await said("up", "--port", "0", "--data-dir", str(tmp_path))
    assert code == 1
    assert f"the secrets of the plugins in {tmp_path} cannot be used" in output
