"""graphql-transport-ws, from the client through the gateway to the subgraph's own WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from websockets.exceptions import InvalidStatus

from gateway.config import GatewayConfig
from gateway.subscriptions import Refused
from tests.integration.gateway.running import Running, running_gateway
from tests.integration.gateway.subgraphs import headers

ANY = {"anything": "replaced"}
RENAMED = "subscription { renamed { name reviews { text } } }"


async def test_a_subscription_passes_through_and_is_enriched_by_other_subgraphs(running: Running) -> None:
    async with running.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("1", RENAMED)
        for id in ("1", "2", "end"):
            running.products.renames.put_nowait(id)
        lamp = {"name": "Lamp, renamed", "reviews": [{"text": "Bright"}, {"text": "Warm"}]}
        chair = {"name": "Chair, renamed", "reviews": [{"text": "Hard"}]}
        for product in (lamp, chair):
            assert await socket.receive() == {"id": "1", "type": "next", "payload": {"data": {"renamed": product}}}
        assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_the_sign_in_reaches_subgraphs_as_payload_and_as_header(running: Running) -> None:
    async with running.websocket() as socket:
        await socket.sign_in(Authorization="Bearer ada", locale="de")
        await socket.subscribe("1", RENAMED)
        running.products.renames.put_nowait("1")
        await socket.receive()
    assert running.products.sign_ins == [{"Authorization": "Bearer ada", "locale": "de"}]
    assert headers(running.products, "authorization") == ["Bearer ada"]
    assert headers(running.reviews, "authorization") == ["Bearer ada"]


async def test_the_header_of_the_upgrade_signs_in_upstream_too(running: Running) -> None:
    async with running.websocket(additional_headers={"Authorization": "Bearer ada"}) as socket:
        await socket.sign_in()
        await socket.subscribe("1", RENAMED)
        running.products.renames.put_nowait("1")
        await socket.receive()
    assert running.products.sign_ins == [{"Authorization": "Bearer ada"}]


async def test_completing_a_silent_subscription_ends_it_at_the_subgraph_at_once(running: Running) -> None:
    async with running.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("1", RENAMED)
        await running.products.subscribed.wait()
        await socket.send("complete", id="1")
        await running.products.unsubscribed.wait()
        await socket.send("ping")
        assert await socket.receive() == {"type": "pong"}


async def test_leaving_ends_silent_subscriptions_at_the_subgraph_at_once(running: Running) -> None:
    async with running.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("1", RENAMED)
        await running.products.subscribed.wait()
        socket.connection.transport.abort()
        await running.products.unsubscribed.wait()


async def test_queries_and_mutations(quick: Running) -> None:
    async with quick.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("q", "query ($id: ID!) { product(id: $id) { name } }", variables={"id": "1"})
        payload = {"data": {"product": {"name": "Lamp"}}}
        assert await socket.receive() == {"id": "q", "type": "next", "payload": payload}
        assert await socket.receive() == {"id": "q", "type": "complete"}
        await socket.subscribe("q", 'mutation { x: rename(id: "1", name: "New") { name } }')
        assert (await socket.receive())["payload"] == {"data": {"x": {"name": "New"}}}
        assert quick.products.names == ["x=New"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": 1}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
        ({"query": "query($id: ID!) { product(id: $id) { name } }"}, "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_operation_leaves_the_connection_usable(
    quick: Running, payload: dict[str, object], code: str
) -> None:
    async with quick.websocket() as socket:
        await socket.sign_in()
        await socket.send("subscribe", id="1", payload=payload)
        answer = await socket.receive()
        assert (answer["type"], answer["id"]) == ("error", "1")
        assert answer["payload"][0]["extensions"]["code"] == code
        await socket.subscribe("1", "{ __typename }")
        assert (await socket.receive())["payload"] == {"data": {"__typename": "Query"}}


async def test_breaking_the_protocol_ends_the_connection_with_its_code(quick: Running) -> None:
    async with quick.websocket() as socket:
        await socket.subscribe("1", "{ __typename }")
        assert await socket.closed() == (4401, "Unauthorized")
    async with quick.websocket() as socket:
        await socket.sign_in()
        await socket.send("connection_init")
        assert await socket.closed() == (4429, "Too many initialisation requests")
    async with quick.websocket() as socket:
        await socket.sign_in()
        for _ in range(2):
            await socket.subscribe("1", RENAMED)
        assert await socket.closed() == (4409, "Subscriber for 1 already exists")
    async with quick.websocket() as socket:
        await socket.connection.send("not JSON")
        assert await socket.closed() == (4400, "Invalid message: The message is not JSON")
    async with quick.websocket() as socket:
        await socket.connection.send(b"binary")
        assert (await socket.closed())[0] == 4400
    async with quick.websocket() as socket:
        await socket.send("connection_init", payload={"Authorization": "x\r\nCookie: y"})
        assert await socket.closed() == (4400, "connection_init: 'authorization' is not a header value")
    async with quick.websocket(subprotocol="graphql-ws") as socket:
        assert (await socket.closed())[0] == 4406


async def test_silence_instead_of_a_sign_in_ends_the_connection() -> None:
    config = GatewayConfig(subgraphs=ANY, sign_in_timeout=timedelta(seconds=0.05))
    async with running_gateway(in_process=True, config=config) as running, running.websocket() as socket:
        assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_a_quiet_connection_is_kept_alive() -> None:
    config = GatewayConfig(subgraphs=ANY, keep_alive=timedelta(seconds=0.05))
    async with running_gateway(in_process=True, config=config) as running, running.websocket() as socket:
        await socket.sign_in()
        assert await socket.receive() == {"type": "ping"}


async def test_the_sign_in_is_judged_and_a_refusal_closes_with_its_reason() -> None:
    async def authenticate(given: Mapping[str, str]) -> datetime | None:
        if given.get("authorization") != "Bearer ada":
            raise Refused("UNAUTHENTICATED: no such user")
        return None

    async with running_gateway(in_process=True, authenticate=authenticate) as running:
        async with running.websocket() as socket:
            await socket.sign_in(authorization="Bearer ada")
        async with running.websocket() as socket:
            await socket.send("connection_init", payload={"Authorization": "Bearer eve"})
            assert await socket.closed() == (4403, "UNAUTHENTICATED: no such user")


async def test_an_expired_sign_in_closes_the_connection_and_its_subscriptions() -> None:
    async def authenticate(given: Mapping[str, str]) -> datetime | None:
        return datetime.now(UTC) + timedelta(seconds=0.3)

    async with running_gateway(in_process=True, authenticate=authenticate) as running:
        async with running.websocket() as socket:
            await socket.sign_in()
            await socket.subscribe("1", RENAMED)
            assert await socket.closed() == (4403, "token expired")
        await running.products.unsubscribed.wait()


async def test_a_sign_in_that_cannot_be_judged_is_not_accepted() -> None:
    async def authenticate(given: Mapping[str, str]) -> datetime | None:
        raise OSError("the key server is gone")

    async with (
        running_gateway(in_process=True, authenticate=authenticate) as running,
        running.websocket() as socket,
    ):
        await socket.send("connection_init")
        assert await socket.closed() == (4500, "Sign-in failed")


async def test_a_subscription_outlives_the_supergraph_it_began_with(quick: Running) -> None:
    """Reloading without a change keeps the generation, and nothing in flight notices."""
    async with quick.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("1", RENAMED)
        await quick.products.subscribed.wait()
        assert await quick.gateway.reload() is False
        quick.products.renames.put_nowait("2")
        assert (await socket.receive())["payload"]["data"]["renamed"]["name"] == "Chair, renamed"


async def test_many_operations_share_a_connection(quick: Running) -> None:
    async with quick.websocket() as socket:
        await socket.sign_in()
        for number in range(50):
            await socket.subscribe(str(number), "{ products { name reviews { text } } }")
        open = {str(number) for number in range(50)}
        while open:
            message = await asyncio.wait_for(socket.receive(), 10)
            if message["type"] == "complete":
                open.remove(message["id"])


async def test_a_drained_connection_is_closed_so_that_clients_come_again(quick: Running) -> None:
    async with quick.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("1", RENAMED)
        await quick.products.subscribed.wait()
        quick.gateway.drain()
        assert await socket.closed() == (1001, "Going away")
        await quick.products.unsubscribed.wait()


async def test_a_mutation_runs_to_its_end_when_its_client_leaves(quick: Running) -> None:
    async with quick.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("1", 'mutation { slowRename(name: "kept") }')
        await quick.products.waiting.wait()
    quick.products.renames.put_nowait("go")
    await quick.products.unsubscribed.wait()
    assert quick.products.names == ["kept"]


async def test_pages_of_other_sites_may_not_use_a_clients_cookies() -> None:
    config = GatewayConfig(subgraphs=ANY, forward_headers=("cookie",))
    async with running_gateway(in_process=True, config=config) as running:
        async with running.websocket(origin=running.url) as socket:
            await socket.sign_in()
        with pytest.raises(InvalidStatus, match="403"):
            async with running.websocket(origin="https://evil.example"):
                pytest.fail("the socket was opened")
