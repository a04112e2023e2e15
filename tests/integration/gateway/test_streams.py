"""Subscriptions over HTTP: Server-Sent Events and multipart."""

from __future__ import annotations

import json
from datetime import timedelta

import aiohttp

from gateway.config import GatewayConfig
from tests.integration.gateway.running import Running, running_gateway

RENAMED = {"query": "subscription { renamed { name reviews { text } } }"}
LAMP = {"data": {"renamed": {"name": "Lamp, renamed", "reviews": [{"text": "Bright"}, {"text": "Warm"}]}}}
EVENTS = {"accept": "text/event-stream"}
MULTIPART = {"accept": 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json'}


async def test_server_sent_events(running: Running) -> None:
    for id in ("1", "end"):
        running.products.renames.put_nowait(id)
    signed_in = {**EVENTS, "authorization": "Bearer ada"}
    async with running.session.post(f"{running.url}/graphql", json=RENAMED, headers=signed_in) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        text = await response.text()
    data = json.dumps(LAMP, separators=(",", ":"))
    assert text == f":\n\nevent: next\ndata: {data}\n\nevent: complete\ndata:\n\n"
    assert running.products.sign_ins == [{"Authorization": "Bearer ada"}]


async def test_an_event_source_can_only_get(quick: Running) -> None:
    quick.products.renames.put_nowait("end")
    async with quick.session.get(f"{quick.url}/graphql", params=RENAMED, headers=EVENTS) as response:
        assert (await response.text()).endswith("event: complete\ndata:\n\n")


async def test_queries_may_be_answered_as_events(quick: Running) -> None:
    body = {"query": "{ __typename }"}
    async with quick.session.post(f"{quick.url}/graphql", json=body, headers=EVENTS) as response:
        assert 'data: {"data":{"__typename":"Query"}}' in await response.text()


async def test_what_is_wrong_with_an_operation_is_an_event(quick: Running) -> None:
    body = {"query": "subscription { nothing }"}
    async with quick.session.post(f"{quick.url}/graphql", json=body, headers=EVENTS) as response:
        assert response.status == 200
        text = await response.text()
    assert '"code":"GRAPHQL_VALIDATION_FAILED"' in text
    assert text.endswith("event: complete\ndata:\n\n")


async def test_multipart(running: Running) -> None:
    for id in ("1", "end"):
        running.products.renames.put_nowait(id)
    async with running.session.post(f"{running.url}/graphql", json=RENAMED, headers=MULTIPART) as response:
        assert response.status == 200
        reader = aiohttp.MultipartReader.from_response(response)
        part = await reader.next()
        assert isinstance(part, aiohttp.BodyPartReader)
        assert await part.json() == {"payload": LAMP}
        assert await reader.next() is None


async def test_a_silent_stream_is_ended_at_the_subgraph_when_its_client_leaves(running: Running) -> None:
    async with running.session.post(f"{running.url}/graphql", json=RENAMED, headers=EVENTS) as response:
        await running.products.subscribed.wait()
        response.close()
        await running.products.unsubscribed.wait()


async def test_a_silent_stream_gives_signs_of_life() -> None:
    config = GatewayConfig(subgraphs={"anything": "replaced"}, keep_alive=timedelta(seconds=0.02))
    async with (
        running_gateway(in_process=True, config=config) as running,
        running.session.post(f"{running.url}/graphql", json=RENAMED, headers=MULTIPART) as response,
    ):
        seen = b""
        while seen.count(b"{}") < 2:
            seen += await response.content.readany()


async def test_a_drained_stream_ends_without_saying_that_it_is_complete(quick: Running) -> None:
    async with quick.session.post(f"{quick.url}/graphql", json=RENAMED, headers=EVENTS) as response:
        await quick.products.subscribed.wait()
        quick.gateway.drain()
        assert "complete" not in await response.text()
    assert quick.products.unsubscribed.is_set()
