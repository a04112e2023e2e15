"""What a service alone answers to requests that are no GraphQL requests: coded, and never a fault of ours."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from flows.graphql.wire import MAX_BODY
from store import Store
from subgraphs.commerce.app import SERVICE as COMMERCE
from tests.integration.subgraphs.test_standalone import Client, serve

BAD_BODIES = (
    b"",
    b'{"query": ',
    b'"text"',
    b"null",
    b"[]",
    b'[{"query": "{ __typename }"}]',
    b'{"query": "\xff"}',
    b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    b"[" * 100_000 + b"]" * 100_000,
    b'{"query": 5}',
    b'{"query": "{ __typename }", "variables": []}',
    b'{"query": "{ __typename }", "operationName": 5}',
    b"{}",
)
INIT = '{"type": "connection_init"}'
BAD_MESSAGES = (
    ["[]"],
    ["{}"],
    ['{"type": 5}'],
    ['{"type": "connection_init", "payload": "x"}'],
    [INIT, '{"type": "subscribe", "id": "1", "payload": 5}'],
    [INIT, '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}'],
    [INIT, '{"type": "subscribe", "id": "1", "payload": {"query": 5}}'],
    [INIT, '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}'],
    [INIT, '{"type": "subscribe", "id": "1", "payload": {"query": "\\ud800"}}'],
)


async def refused(client: Client, body: bytes | io.BytesIO, content_type: str = "application/json") -> tuple[int, str]:
    headers = {"Content-Type": content_type}
    async with client.session.post(client.url, data=body, headers=headers) as response:
        answer: dict[str, Any] = await response.json()
    (error,) = answer["errors"]
    assert error["message"]
    return response.status, error["extensions"]["code"]


async def test_a_wrong_request_is_told_with_a_code(store: Store) -> None:
    async with serve(store, COMMERCE) as client:
        for body in BAD_BODIES:
            assert await refused(client, body) == (400, "BAD_REQUEST"), body[:60]
        assert await refused(client, b"{}", "text/plain") == (415, "UNSUPPORTED_MEDIA_TYPE")
        too_large = io.BytesIO(b'{"query": "' + b" " * MAX_BODY + b'"}')
        assert await refused(client, too_large) == (413, "PAYLOAD_TOO_LARGE")


async def test_of_several_operations_none_is_run_that_was_not_chosen(store: Store) -> None:
    query = "query A { __typename } mutation B { __typename }"
    async with serve(store, COMMERCE) as client:
        ada = client.party.token()
        for _ in range(2):  # the text is known the second time
            (error,) = (await client.post(query, ada))["errors"]
            assert "operationName" in error["message"]
            assert await client.post(query, ada, operation_name="B") == {"data": {"__typename": "Mutation"}}


async def test_a_subscription_by_a_plain_post_is_told_what_it_needs(store: Store) -> None:
    query = 'subscription { commerceRunUpdates(id: "r") { id } }'
    async with serve(store, COMMERCE) as client:
        (error,) = (await client.post(query, client.party.token()))["errors"]
        assert error["extensions"]["code"] == "NOT_ACCEPTABLE"
        assert "graphql-transport-ws" in error["message"]


async def test_an_empty_idempotency_key_is_refused_instead_of_going_unnoticed(store: Store) -> None:
    create = 'mutation { createBusiness(input: {name: "A", idempotencyKey: ""}) { errors { code } } }'
    async with serve(store, COMMERCE) as client:
        (error,) = (await client.post(create, client.party.token()))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "idempotencyKey" in error["message"]


@pytest.mark.parametrize("messages", BAD_MESSAGES, ids=str)
async def test_a_wrong_message_closes_the_socket_with_a_reason(store: Store, messages: list[str]) -> None:
    async with serve(store, COMMERCE) as client:
        assert await closing(client, messages) == 4400


async def test_a_sign_in_that_is_no_string_is_refused(store: Store) -> None:
    message = json.dumps({"type": "connection_init", "payload": {"Authorization": 5}})
    async with serve(store, COMMERCE) as client:
        assert await closing(client, [message]) == 4403


async def test_runs_of_what_is_no_object_ref_are_refused_instead_of_never_coming(store: Store) -> None:
    query = 'subscription { commerceRunUpdates(objectRef: "abc") { id } }'
    async with serve(store, COMMERCE) as client:
        init = {"type": "connection_init", "payload": {"Authorization": client.party.token()}}
        url = client.url.replace("http", "ws")
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps(init))
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            answer = json.loads(await socket.recv())
    (error,) = answer["payload"]["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "'abc'" in error["message"]


async def closing(client: Client, messages: list[str]) -> int:
    """The code that the server closes the socket with; it gives a reason."""
    url = client.url.replace("http", "ws")
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        for message in messages:
            await socket.send(message)
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                await socket.recv()
    frame = caught.value.rcvd
    assert frame is not None
    assert frame.reason
    return frame.code
