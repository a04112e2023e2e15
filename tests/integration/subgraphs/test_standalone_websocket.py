"""A service alone over graphql-transport-ws: signing in, refusal, and the end of a token."""

from __future__ import annotations

import json
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

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
