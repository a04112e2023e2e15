"""GraphQL over HTTP, from the client to the subgraphs and back."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from starlette.responses import PlainTextResponse

from gateway.config import GatewayConfig, Limits
from tests.integration.gateway.running import Running, running_gateway
from tests.integration.gateway.subgraphs import headers

ANY = {"anything": "replaced"}


async def test_one_query_over_two_subgraphs(running: Running) -> None:
    status, body = await running.post("{ products { name reviews { text } } }")
    assert status == 200
    assert body == {
        "data": {
            "products": [
                {"name": "Lamp", "reviews": [{"text": "Bright"}, {"text": "Warm"}]},
                {"name": "Chair", "reviews": [{"text": "Hard"}]},
            ]
        }
    }


async def test_configured_headers_reach_every_subgraph_and_no_others_do(running: Running) -> None:
    sent = {"Authorization": "Bearer ada", "X-Other": "1", "Cookie": "session=1"}
    await running.post("{ products { reviews { text } } }", headers=sent)
    for seen in (running.products, running.reviews):
        assert headers(seen, "authorization") == ["Bearer ada"]
        assert headers(seen, "x-other") == headers(seen, "cookie") == [None]


async def test_mutations_keep_their_aliases_and_their_order(running: Running) -> None:
    query = """mutation ($name: String!) {
        second: rename(id: "1", name: "B") { name }
        first: rename(id: "1", name: $name) { name reviews { text } }
    }"""
    _, body = await running.post(query, variables={"name": "A"})
    assert running.products.names == ["second=B", "first=A"]
    assert list(body["data"]) == ["second", "first"]
    assert body["data"]["first"]["reviews"] == [{"text": "Bright"}, {"text": "Warm"}]


async def test_an_error_of_a_subgraph_is_an_error_at_its_place(running: Running) -> None:
    status, body = await running.post("{ broken products { name } }")
    assert status == 200
    assert body["data"] == {"broken": None, "products": [{"name": "Lamp"}, {"name": "Chair"}]}
    [error] = body["errors"]
    assert error["path"] == ["broken"]
    assert error["extensions"]["service"] == "products"


async def test_queries_may_be_sent_with_get(quick: Running) -> None:
    params = {"query": "query P($id: ID!) { product(id: $id) { name } }", "variables": '{"id": "2"}'}
    async with quick.session.get(f"{quick.url}/graphql", params=params) as response:
        assert response.status == 200
        assert await response.json() == {"data": {"product": {"name": "Chair"}}}


async def test_mutations_may_not_be_sent_with_get(quick: Running) -> None:
    params = {"query": 'mutation { rename(id: "1", name: "x") { name } }'}
    async with quick.session.get(f"{quick.url}/graphql", params=params) as response:
        assert response.status == 405
        assert response.headers["allow"] == "POST"
    assert quick.products.names == []


async def test_introspection_shows_the_api_and_no_machinery(quick: Running) -> None:
    _, body = await quick.post('{ __schema { queryType { fields { name } } } __type(name: "Product") { name } }')
    names = {field["name"] for field in body["data"]["__schema"]["queryType"]["fields"]}
    assert names == {"products", "product", "broken", "never"}
    assert body["data"]["__type"] == {"name": "Product"}


async def test_a_body_beyond_the_limit_is_refused_announced_or_not() -> None:
    config = GatewayConfig(subgraphs=ANY, limits=Limits(body=1000))
    big = json.dumps({"query": "{ __typename }", "variables": {"x": "x" * 1000}}).encode()

    async def unannounced() -> Any:
        yield big

    async with running_gateway(in_process=True, config=config) as running:
        for data in (big, unannounced()):
            content = {"content-type": "application/json"}
            async with running.session.post(f"{running.url}/graphql", data=data, headers=content) as response:
                assert response.status == 413
                assert (await response.json())["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"


async def test_a_browser_gets_the_page_and_clients_do_not() -> None:
    async with running_gateway(in_process=True, graphiql=PlainTextResponse("the page")) as running:
        browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        async with running.session.get(f"{running.url}/graphql", headers=browser) as response:
            assert await response.text() == "the page"
        async with running.session.get(f"{running.url}/graphql?query={{__typename}}") as response:
            assert await response.json() == {"data": {"__typename": "Query"}}


async def test_a_query_is_abandoned_at_the_subgraph_when_its_client_leaves(quick: Running) -> None:
    asking = asyncio.create_task(quick.post("{ never }"))
    await quick.products.waiting.wait()
    asking.cancel()
    await quick.products.cancelled.wait()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_mutation_runs_to_its_end_when_its_client_leaves(quick: Running) -> None:
    asking = asyncio.create_task(quick.post('mutation { slowRename(name: "kept") }'))
    await quick.products.waiting.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    quick.products.renames.put_nowait("go")
    await quick.products.unsubscribed.wait()
    assert quick.products.names == ["kept"]


async def test_a_query_that_takes_too_long_is_a_coded_error() -> None:
    config = GatewayConfig(subgraphs=ANY, request_timeout=timedelta(seconds=1))
    async with running_gateway(in_process=True, config=config) as running:
        status, body = await running.post("{ never }")
        assert (status, body["errors"][0]["extensions"]["code"]) == (504, "REQUEST_TIMEOUT")
        await running.products.cancelled.wait()


async def test_a_subgraph_that_takes_too_long_loses_only_its_own_part() -> None:
    config = GatewayConfig(subgraphs=ANY, subgraph_timeout=timedelta(seconds=0.5))
    async with running_gateway(in_process=False, config=config) as running:
        status, body = await running.post("{ never __typename }")
        assert status == 200
        assert body["data"] == {"never": None, "__typename": "Query"}
        assert body["errors"][0]["extensions"] == {"code": "SUBGRAPH_TIMEOUT", "service": "products"}


async def test_masked_errors_keep_the_subgraphs_words_to_themselves() -> None:
    async with running_gateway(in_process=True, config=GatewayConfig(subgraphs=ANY, mask_errors=True)) as running:
        _, body = await running.post("{ broken }")
        assert "secret" not in json.dumps(body)


async def test_what_happens_is_counted() -> None:
    registry = CollectorRegistry()
    async with running_gateway(in_process=True, registry=registry) as running:
        await running.post("{ products { name reviews { text } } }")
        await running.post("{ nothing }")
        async with running.session.get(f"{running.url}/metrics") as response:
            text = await response.text()
    assert registry.get_sample_value("gateway_requests_total", {"kind": "query", "outcome": "ok"}) == 1
    refused = {"kind": "unknown", "outcome": "GRAPHQL_VALIDATION_FAILED"}
    assert registry.get_sample_value("gateway_requests_total", refused) == 1
    fetched = {"subgraph": "reviews", "outcome": "ok"}
    assert registry.get_sample_value("gateway_subgraph_fetches_total", fetched) == 2  # its SDL, and the entities
    assert "gateway_request_seconds_bucket" in text


async def test_health_of_a_gateway_that_stands_alone(quick: Running) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("live", "ready"):
            async with session.get(f"{quick.url}/health/{path}") as response:
                assert response.status == 200


async def test_a_developer_sees_the_plan_beside_the_answer_or_alone() -> None:
    config = GatewayConfig(subgraphs=ANY, show_plans=True)
    query = "{ products { reviews { text } } }"
    async with running_gateway(in_process=True, config=config) as running:
        status, body = await running.post(query, {"GraphQL-Query-Plan": "1"})
        assert (status, body["data"]["products"][1]) == (200, {"reviews": [{"text": "Hard"}]})
        lines = body["extensions"]["queryPlan"].splitlines()
        assert lines[:3] == ["query (2 requests in 2 waves)", "  -> sequence", "    -> fetch products (wave 1)"]
        before = len(running.products.headers)
        asked = {"query": query}
        async with running.session.get(
            f"{running.url}/graphql", params=asked, headers={"GraphQL-Query-Plan": "only"}
        ) as response:
            assert await response.json() == {"data": None, "extensions": {"queryPlan": "\n".join(lines)}}
        assert len(running.products.headers) == before
        assert "extensions" not in (await running.post(query, {"GraphQL-Query-Plan": "0"}))[1]


async def test_nobody_else_sees_plans(quick: Running) -> None:
    for wanted in ("1", "only"):
        _, body = await quick.post("{ products { name } }", {"GraphQL-Query-Plan": wanted})
        assert list(body) == ["data"]
        assert body["data"] is not None
