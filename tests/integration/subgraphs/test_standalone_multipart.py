"""A service alone, whose subscriptions come as multipart responses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from store import Store
from subgraphs.commerce.app import SERVICE as COMMERCE
from tests.integration.subgraphs.test_standalone import Client, serve

ACCEPTS = [
    "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json",
    'application/json, multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
    "multipart/mixed;subscriptionSpec=1.0",
]
UPDATES = "subscription ($ref: String!) { commerceRunUpdates(objectRef: $ref) { flow status } }"
HOOKS = """subscription { commerceHooks(worker: "w") { __typename ... on CommerceHookDelivery { id hookId attempt
    payload { ... on CommerceAdjustStockCommitStockChanged { before after } } } } }"""


@asynccontextmanager
async def streamed(
    client: Client, query: str, authorization: str | None, accept: str = ACCEPTS[0], **variables: Any
) -> AsyncIterator[AsyncIterator[Any]]:
    """The payloads of an operation as they come, signs of life left out."""
    headers = {"Accept": accept} | ({"Authorization": authorization} if authorization else {})
    body = {"query": query, "variables": variables}
    async with client.session.post(client.url, json=body, headers=headers) as response:
        assert (response.status, response.content_type) == (200, "multipart/mixed"), await response.text()
        reader = aiohttp.MultipartReader.from_response(response)

        async def payloads() -> AsyncIterator[Any]:
            while isinstance(part := await reader.next(), aiohttp.BodyPartReader):
                if seen := await part.json():
                    yield seen["payload"]

        yield payloads()


async def all_of(client: Client, query: str, authorization: str | None, **variables: Any) -> list[Any]:
    """Every payload of a stream that has an end."""
    async with asyncio.timeout(10), streamed(client, query, authorization, **variables) as payloads:
        return [payload async for payload in payloads]


async def made_business(client: Client, authorization: str) -> str:
    """The ref of a new business."""
    answer = await client.post('mutation { createBusiness(input: {name: "A"}) { business { id } } }', authorization)
    return f"commerce:Business:{answer['data']['createBusiness']['business']['id']}"


@pytest.mark.parametrize("accept", ACCEPTS)
async def test_runs_are_watched_part_by_part(store: Store, accept: str) -> None:
    async with serve(store, COMMERCE) as client:
        ada = client.party.token()
        ref = await made_business(client, ada)
        async with asyncio.timeout(10), streamed(client, UPDATES, ada, accept, ref=ref) as payloads:
            first = await anext(payloads)
            assert first == {"data": {"commerceRunUpdates": {"flow": "createBusiness", "status": "COMPLETED"}}}
            # Each part can be read before the next one comes.
            given = f'{{businessId: "{ref.split(":")[2]}", name: "B"}}'
            renamed = await client.post(f"mutation {{ updateBusiness(input: {given}) {{ errors {{ code }} }} }}", ada)
            assert "errors" not in renamed
            async for payload in payloads:
                if payload["data"]["commerceRunUpdates"]["flow"] == "updateBusiness":
                    break


async def test_a_plugin_gets_its_deliveries_and_gives_them_back_when_it_leaves(store: Store) -> None:
    async with serve(store, COMMERCE) as client:
        ada, market = client.party.token(), client.party.token(sub="plugin:market")
        async with asyncio.timeout(10), streamed(client, HOOKS, market) as payloads:
            assert await anext(payloads) == {"data": {"commerceHooks": {"__typename": "HookHeartbeat"}}}
            ref = await made_business(client, ada)
            good = await client.post(
                f"""mutation {{ createGood(input: {{businessId: "{ref.split(":")[2]}", sku: "s", name: "G", stock: 5,
                    price: {{amount: "1", currency: "EUR"}}}}) {{ good {{ id objectRef }} }} }}""",
                ada,
            )
            made = good["data"]["createGood"]["good"]
            await connect(store, made["objectRef"], ref)
            await client.post(
                f'mutation {{ adjustStock(input: {{goodId: "{made["id"]}", delta: -1}}) {{ errors {{ code }} }} }}', ada
            )
            async for payload in payloads:
                delivery = payload["data"]["commerceHooks"]
                if "hookId" in delivery:
                    break
        assert (delivery["attempt"], delivery["payload"]) == (1, {"before": 5, "after": 4})
        async with asyncio.timeout(10):
            while (await store.collection("flows_deliveries").find_one({}) or {})["status"] != "PENDING":
                pass


async def connect(store: Store, ref: str, owner_ref: str) -> None:
    """Connect the plugin `market`, as the registrar stores it."""
    hooks = [{"id": "commerce_adjustStock_commit_stockChanged", "mode": "ASYNC"}]
    await store.collection("registrar_plugins").insert_one({"_id": "market", "enabled": True, "hooks": hooks})
    row = {"_id": f"{ref}#market", "object_ref": ref, "owner_ref": owner_ref, "plugin_tag": "market"}
    more = {"status": "ACTIVE", "config": {}, "links": [], "deleted": False}
    await store.collection("registrar_connections").insert_one({**row, **more})


async def test_what_is_wrong_is_told_in_a_part_that_is_the_last(store: Store) -> None:
    async with serve(store, COMMERCE) as client:
        ada = client.party.token()
        for query, who, code in (
            (UPDATES, None, "UNAUTHENTICATED"),
            (UPDATES, ada, "BAD_USER_INPUT"),
            ("subscription { nothing }", ada, "BAD_USER_INPUT"),
            ("subscription {", ada, "GRAPHQL_PARSE_FAILED"),
        ):
            (payload,) = await all_of(client, query, who, ref="abc")
            assert [error["extensions"]["code"] for error in payload["errors"]] == [code], query


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (ACCEPTS[0], "application/json"),
        (ACCEPTS[1], "application/json"),
        ("multipart/mixed;subscriptionSpec=1.0, */*", "application/json"),
        (ACCEPTS[2], "multipart/mixed"),
        ("multipart/mixed;subscriptionSpec=1.0, application/json;q=0.5", "multipart/mixed"),
    ],
)
@pytest.mark.parametrize("query", ["{ __typename }", "query subscription { __typename }"])
async def test_a_query_is_answered_in_parts_only_where_its_client_takes_no_json(
    store: Store, accept: str, media: str, query: str
) -> None:
    async with (
        serve(store, COMMERCE) as client,
        client.session.post(client.url, json={"query": query}, headers={"Accept": accept}) as response,
    ):
        assert (response.status, response.content_type) == (200, media)
        assert '{"__typename":"Query"}' in await response.text()


async def test_a_stream_ends_with_its_token(store: Store) -> None:
    async with serve(store, COMMERCE) as client:
        ref = await made_business(client, client.party.token())
        payloads = await all_of(client, UPDATES, client.party.token(exp=int(time.time()) + 2), ref=ref)
    assert payloads[0]["data"]["commerceRunUpdates"]["flow"] == "createBusiness"
    assert payloads[-1]["errors"] == [{"message": "token expired", "extensions": {"code": "UNAUTHENTICATED"}}]
