"""The registrar beside a real service, which knows whose its objects are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from flows import ENGINE_INDEXES, open_engine
from flows.catalog import FlowCatalog
from flows.graphql.app import ServiceProcess, create_service_app
from identity import TokenSettings, TokenVerifier
from registrar.app import SERVICE as REGISTRAR
from registrar.app import create_registrar
from registrar.catalog import announce_hooks, announced
from registrar.directory import GraphQLCall, GraphQLDirectory, asgi_call
from registrar.oauth import Issuer, TokenIssuer
from registrar.seeding import seed_plugin
from store import ChangeHub, Store, init_documents, prepare
from subgraphs.commerce.app import SERVICE as COMMERCE
from tests.integration.registrar.conftest import STOCK_CHANGED


class World:
    """Commerce and the registrar in one process."""

    def __init__(self, call: GraphQLCall, issuer: Issuer) -> None:
        self._call = call
        self._issuer = issuer

    async def ask(self, service: str, user: str, query: str, **variables: Any) -> Mapping[str, Any]:
        token = await self._issuer.issue_user_token(user)
        answer = await self._call(service, {"query": query, "variables": variables}, f"Bearer {token}")
        assert "errors" not in answer, answer["errors"]
        data: Mapping[str, Any] = answer["data"]
        return data


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    await prepare(store, "flows", ENGINE_INDEXES)
    for service in (REGISTRAR, COMMERCE):
        await prepare(store, service.tag, service.indexes)
    await init_documents(store, tuple({*REGISTRAR.documents, *COMMERCE.documents}))
    issuer = Issuer(store, TokenIssuer("http://localhost:4000", "izara"))
    verifier = TokenVerifier(TokenSettings("http://localhost:4000", "izara"), issuer.key_source())
    async with AsyncExitStack() as stack:
        hub = ChangeHub()
        engines = {
            service.tag: await stack.enter_async_context(open_engine(store, hub, service.tag, service.flows))
            for service in (REGISTRAR, COMMERCE)
        }
        for service in (REGISTRAR, COMMERCE):
            await announce_hooks(store, service.tag, announced(FlowCatalog(service.tag, service.flows)))
        commerce = create_service_app(COMMERCE, ServiceProcess(store, engines["commerce"], verifier))
        directory = GraphQLDirectory(asgi_call({"commerce": commerce}))
        registrar = await create_registrar(store, engines["registrar"], verifier, issuer, directory)
        yield World(asgi_call({"commerce": commerce, "registrar": registrar.app}), issuer)


CONNECT = """
    mutation C($ref: String!) { connectPlugin(input: {objectRef: $ref, pluginTag: "market"}) {
      connection { id } errors { code } } }
"""
ADJUST = """
    mutation A($g: ID!) { adjustStock(input: {goodId: $g, delta: -1}) { run { status awaiting } errors { code } } }
"""


async def make_good(world: World, store: Store) -> dict[str, str]:
    """A good of ada's, and a plugin that wants to know of its stock."""
    manifest = {"tag": "market", "name": "Market", "objTypes": ["Good"], "permissions": ["commerce.goods.read"]}
    await seed_plugin(store, manifest | {"hooks": [{"id": STOCK_CHANGED, "mode": "ASYNC"}]})
    made = await world.ask(
        "commerce",
        "ada",
        'mutation { createBusiness(input: {name: "B"}) { business { id objectRef } errors { code } } }',
    )
    business = made["createBusiness"]["business"]
    made = await world.ask(
        "commerce",
        "ada",
        'mutation M($b: ID!) { createGood(input: {businessId: $b, sku: "s", name: "n", stock: 5,'
        ' price: {amount: "1.00", currency: "EUR"}}) { good { id objectRef ownerRef } errors { code message } } }',
        b=business["id"],
    )
    good: dict[str, str] = made["createGood"]["good"]
    assert good["ownerRef"] == business["objectRef"]
    return good


async def connect(world: World, user: str, ref: str) -> Any:
    return (await world.ask("registrar", user, CONNECT, ref=ref))["connectPlugin"]


async def adjust(world: World, good: dict[str, str]) -> Any:
    return (await world.ask("commerce", "ada", ADJUST, g=good["id"]))["adjustStock"]["run"]


async def statuses(world: World) -> list[str]:
    seen = await world.ask("registrar", "ada", "{ deliveries { edges { node { status } } } }")
    return [edge["node"]["status"] for edge in seen["deliveries"]["edges"]]


async def test_a_good_is_connected_by_its_owner_alone(world: World, store: Store) -> None:
    good = await make_good(world, store)
    id = f"{good['objectRef']}#market"
    assert await connect(world, "eve", good["objectRef"]) == {"connection": None, "errors": [{"code": "NOT_FOUND"}]}
    assert await connect(world, "ada", good["objectRef"]) == {"connection": {"id": id}, "errors": []}
    assert (await connect(world, "ada", "commerce:Good:none"))["errors"] == [{"code": "NOT_FOUND"}]
    assert await adjust(world, good) == {"status": "AWAITING", "awaiting": ["market"]}
    seen = await world.ask(
        "registrar",
        "ada",
        "query D($ref: String) { deliveries(filter: {objectRef: $ref, status: PENDING}) {"
        " edges { node { hookId plugin { tag } } } } }",
        ref=good["objectRef"],
    )
    nodes = [edge["node"] for edge in seen["deliveries"]["edges"]]
    assert nodes == [{"hookId": STOCK_CHANGED, "plugin": {"tag": "market"}}]
    end = f'mutation {{ disconnectPlugin(input: {{connectionId: "{id}"}}) {{ errors {{ code }} }} }}'
    assert (await world.ask("registrar", "ada", end))["disconnectPlugin"]["errors"] == []
    assert await statuses(world) == ["CANCELLED"]
    assert await adjust(world, good) == {"status": "COMPLETED", "awaiting": []}


async def test_a_revoked_authorization_stops_deliveries_at_once(world: World, store: Store) -> None:
    good = await make_good(world, store)
    id = (await connect(world, "ada", good["objectRef"]))["connection"]["id"]
    authorize = """
        mutation A($id: ID!) { authorizePlugin(input: {target: {connectionId: $id}, pluginTag: "market"}) {
          authorization { id } errors { code } } }
    """
    given = (await world.ask("registrar", "ada", authorize, id=id))["authorizePlugin"]["authorization"]
    assert await adjust(world, good) == {"status": "AWAITING", "awaiting": ["market"]}
    revoke = "mutation R($id: ID!) { revokeAuthorization(input: {authorizationId: $id}) { errors { code } } }"
    revoked = await world.ask("registrar", "ada", revoke, id=given["id"])
    assert revoked["revokeAuthorization"]["errors"] == []
    assert await statuses(world) == ["CANCELLED"]
    assert await adjust(world, good) == {"status": "COMPLETED", "awaiting": []}
    await world.ask("registrar", "ada", authorize, id=id)
    assert await adjust(world, good) == {"status": "AWAITING", "awaiting": ["market"]}
