"""A service alone over graphql-transport-ws: signing in, refusal, and the end of a token."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from store import Store
from subgraphs.commerce.app import SERVICE as COMMERCE
from tests.integration.subgraphs.test_standalone import serve

PROTOCOL = "graphql-transport-ws"


async def closed(url: str, authorization: str, until: str) -> tuple[int, str]:
    """The code and reason that the server closes with after the messages up to `until`."""
    async with connect(url.replace("http", "ws"), subprotocols=[PROTOCOL]) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": authorization}}))
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                message = json.loads(await socket.recv())
                assert message["type"] == until
    frame = caught.value.rcvd
    assert frame is not None
    return frame.code, frame.reason


async def test_a_bad_token_is_refused_with_its_reason(store: Store) -> None:
    async with serve(store, COMMERCE) as client:
        code, reason = await closed(client.url, client.party.token(aud="other"), "nothing")
    assert (code, "audience" in reason) == (4403, True)


async def test_a_connection_ends_with_its_token(store: Store) -> None:
    async with serve(store, COMMERCE) as client:
        code, reason = await closed(client.url, client.party.token(exp=int(time.time()) + 1), "connection_ack")
    assert (code, reason) == (4403, "token expired")


async def test_an_operation_sees_what_has_changed_since_the_one_before_it_on_the_socket(store: Store) -> None:
    query = "{ businesses { edges { node { name } } } }"
    async with serve(store, COMMERCE) as client:
        ada = client.party.token()
        async with connect(client.url.replace("http", "ws"), subprotocols=[Subprotocol(PROTOCOL)]) as socket:

            async def ask(id: str) -> Any:
                message = {"type": "subscribe", "id": id, "payload": {"query": query}}
                await socket.send(json.dumps(message))
                answer = json.loads(await socket.recv())["payload"]
                assert json.loads(await socket.recv()) == {"type": "complete", "id": id}
                return answer["data"]["businesses"]["edges"]

            await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": ada}}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            assert await ask("1") == []
            made = await client.post('mutation { createBusiness(input: {name: "A"}) { errors { code } } }', ada)
            assert made["data"]["createBusiness"]["errors"] == []
            assert await ask("2") == [{"node": {"name": "A"}}]
            await store.collection("identity_roles").update_many({}, {"$set": {"deleted": True}})
            assert await ask("3") == []
