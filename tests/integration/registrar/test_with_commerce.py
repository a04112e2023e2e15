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

from .conftest import STOCK_CHANGED


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


async def test_a_good_is_connected_by_its_owner_alone(world: World, store: Store) -> None:
    await seed_plugin(
        store,
        {"tag": "market", "name": "Market", "objTypes": ["Good"], "permissions": ["commerce.goods.read"]}
        | {"hooks": [{"id": STOCK_CHANGED, "mode": "ASYNC"}]},
    )
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
    good = made["createGood"]["good"]
    assert good["ownerRef"] == business["objectRef"]
    connect = """
        mutation C($ref: String!) { connectPlugin(input: {objectRef: $ref, pluginTag: "market"}) {
          connection { id } errors { code } } }
    """
    eve = (await world.ask("registrar", "eve", connect, ref=good["objectRef"]))["connectPlugin"]
    assert (eve["connection"], eve["errors"]) == (None, [{"code": "NOT_FOUND"}])
    ada = (await world.ask("registrar", "ada", connect, ref=good["objectRef"]))["connectPlugin"]
    assert ada == {"connection": {"id": f"{good['objectRef']}#market"}, "errors": []}
    none = (await world.ask("registrar", "ada", connect, ref="commerce:Good:none"))["connectPlugin"]
    assert none["errors"] == [{"code": "NOT_FOUND"}]
    moved = await world.ask(
        "commerce",
        "ada",
        "mutation A($g: ID!) { adjustStock(input: {goodId: $g, delta: -2}) { run { status awaiting } } }",
        g=good["id"],
    )
    assert moved["adjustStock"]["run"] == {"status": "AWAITING", "awaiting": ["market"]}
    seen = await world.ask(
        "registrar",
        "ada",
        "query D($ref: String) { deliveries(filter: {objectRef: $ref, status: PENDING}) {"
        " edges { node { hookId plugin { tag } } } } }",
        ref=good["objectRef"],
    )
    assert [edge["node"] for edge in seen["deliveries"]["edges"]] == [
        {"hookId": STOCK_CHANGED, "plugin": {"tag": "market"}}
    ]
    id = f"{good['objectRef']}#market"
    end = f'mutation {{ disconnectPlugin(input: {{connectionId: "{id}"}}) {{ errors {{ code }} }} }}'
    assert (await world.ask("registrar", "ada", end))["disconnectPlugin"]["errors"] == []
    seen = await world.ask("registrar", "ada", "{ deliveries { edges { node { status } } } }")
    assert [edge["node"]["status"] for edge in seen["deliveries"]["edges"]] == ["CANCELLED"]
