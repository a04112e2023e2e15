"""Subscriptions to what not everybody may see, over graphql-transport-ws and server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.integration.gateway.guarded import Guarded, guarded_gateway
from tests.integration.gateway.test_authorization import PARTY, errors, token_authorizer, with_policies

MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
HIRED = "subscription { hired { name mail: email team badge } }"
SHOWN = {"hired": {"name": "ada", "mail": None, "team": "team 1", "badge": None}}
REFUSED = [("hired.mail", "UNAUTHENTICATED"), ("hired.badge", "UNAUTHENTICATED")]


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[Guarded]:
    async with guarded_gateway(with_policies(), compiled=request.param) as running:
        yield running


def events(text: str) -> list[Any]:
    """The payloads of a stream of server-sent events."""
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


async def test_every_event_over_a_websocket_tells_what_was_left_out(gateway: Guarded) -> None:
    async with gateway.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("1", HIRED)
        for id, name in (("1", "ada"), ("2", "bob")):
            gateway.events.put_nowait(id)
            payload = (await socket.receive())["payload"]
            assert payload["data"]["hired"] == {**SHOWN["hired"], "name": name, "team": f"team {id}"}
            assert errors(payload) == REFUSED
        gateway.events.put_nowait("end")
        assert await socket.receive() == {"type": "complete", "id": "1"}
    for secret in ("email", "badge"):
        assert secret not in gateway.requests


async def test_every_server_sent_event_tells_what_was_left_out(gateway: Guarded) -> None:
    for id in ("1", "1", "1", "end"):
        gateway.events.put_nowait(id)
    async with gateway.stream(HIRED) as response:
        found = events(await response.text())
    assert [item["data"] for item in found] == [SHOWN] * 3
    assert [errors(item) for item in found] == [REFUSED] * 3
    for secret in ("email", "badge"):
        assert secret not in gateway.requests


async def test_a_token_opens_the_fields_of_events(gateway: Guarded) -> None:
    async with gateway.websocket() as socket:
        await socket.sign_in(Authorization=PARTY.token(scope="team"))
        await socket.subscribe("1", "subscription { hired { email badge notes } }")
        gateway.events.put_nowait("2")
        hired = {"email": "bob@example.org", "badge": "badge 2", "notes": "about bob"}
        assert (await socket.receive())["payload"] == {"data": {"hired": hired}}


async def test_a_null_travels_in_events_as_in_answers(gateway: Guarded) -> None:
    for id in ("1", "end"):
        gateway.events.put_nowait(id)
    async with gateway.stream("subscription { hired { name salary } }", PARTY.token()) as response:
        (found,) = events(await response.text())
    assert found["data"] == {"hired": None}
    assert errors(found) == [("hired.salary", "FORBIDDEN")]
    assert "salary" not in gateway.requests


@pytest.mark.parametrize("accept", ["text/event-stream", MULTIPART, "application/json"])
async def test_a_refused_root_field_is_not_subscribed_to(accept: str) -> None:
    async with guarded_gateway(token_authorizer()) as gateway:
        for _ in range(3):
            async with gateway.stream("subscription { dismissed { name } }", accept=accept) as response:
                text = await response.text()
            if accept == "text/event-stream":
                assert response.status == 200
                (found,) = events(text)
            else:
                assert response.status == (200 if accept == "application/json" else 403)
                found = json.loads(text)
            assert errors(found) == [("dismissed", "UNAUTHENTICATED")]
            assert "data" not in found
        assert not gateway.subscribed.is_set()
        gateway.events.put_nowait("end")
        async with gateway.stream("subscription { dismissed { name } }", PARTY.token(), accept) as response:
            await response.read()
        assert gateway.subscribed.is_set() == (accept != "application/json")


@pytest.mark.parametrize("accept", ["text/event-stream", MULTIPART])
async def test_a_stream_ends_with_its_token(accept: str) -> None:
    async with guarded_gateway(token_authorizer()) as gateway:
        expiring = PARTY.token(exp=int(time.time()) + 2)
        gateway.events.put_nowait("1")
        async with gateway.stream("subscription { hired { email } }", expiring, accept) as response:
            if accept == MULTIPART:
                found = await parts(response)
            else:
                found = events(await response.text())
        await gateway.left.wait()
    first, last = found
    assert first == {"data": {"hired": {"email": "ada@example.org"}}}
    assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "expired" in last["errors"][0]["message"]


async def parts(response: aiohttp.ClientResponse) -> list[Any]:
    """The payloads of a multipart stream that has an end."""
    reader, found = aiohttp.MultipartReader.from_response(response), []
    while isinstance(part := await reader.next(), aiohttp.BodyPartReader):
        found.append(json.loads(await part.text())["payload"])
    return found


async def test_a_websocket_ends_with_its_token() -> None:
    async with guarded_gateway(token_authorizer()) as gateway, gateway.websocket() as socket:
        await socket.sign_in(Authorization=PARTY.token(exp=int(time.time()) + 2))
        await socket.subscribe("1", "subscription { hired { email } }")
        gateway.events.put_nowait("1")
        assert (await socket.receive())["payload"]["data"] == {"hired": {"email": "ada@example.org"}}
        assert await socket.closed() == (4403, "token expired")
        await gateway.left.wait()
