"""Each service stands alone: HTTP, bearer tokens, their own GraphiQL; a next process finishes runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from flows.graphql.app import Service, ServiceProcess, create_service_app
from identity import LocalKeys, TokenSettings, TokenVerifier
from store import Store
from subgraphs.accounting.app import SERVICE as ACCOUNTING
from subgraphs.commerce.app import SERVICE as COMMERCE
from subgraphs.market.app import SERVICE as MARKET
from subgraphs.supply.app import SERVICE as SUPPLY
from tests.integration.subgraphs.running import running
from tests.integration.subgraphs.test_commerce_sales import STOCK_CHANGED, Shop, run_ends
from tests.support.serving import serving
from tests.support.tokens import AUDIENCE, ISSUER, SigningParty
from tests.support.toy_plugin import toy_plugin


class Client:
    """Posts operations to one service."""

    def __init__(self, session: aiohttp.ClientSession, url: str, party: SigningParty) -> None:
        self.session = session
        self.url = f"{url}/graphql"
        self.party = party

    async def post(
        self, query: str, token: str | None = None, operation_name: str | None = None, **headers: str
    ) -> Any:
        if token is not None:
            headers["Authorization"] = token
        body = {"query": query, "operationName": operation_name}
        async with self.session.post(self.url, json=body, headers=headers) as response:
            return await response.json()

    async def page(self) -> str:
        async with self.session.get(self.url, headers={"Accept": "text/html"}) as response:
            return await response.text()


@asynccontextmanager
async def serve(store: Store, service: Service) -> AsyncIterator[Client]:
    party = SigningParty()
    verifier = TokenVerifier(TokenSettings(issuer=ISSUER, audience=AUDIENCE), LocalKeys(party.public))
    async with running(store, service) as at_work, aiohttp.ClientSession() as session:
        app = create_service_app(service, ServiceProcess(store, at_work.engine, verifier))
        async with serving(app) as url:
            yield Client(session, url, party)


@pytest.mark.parametrize(
    ("service", "make", "roots"),
    [
        (COMMERCE, 'createBusiness(input: {name: "A"}) { errors { code } business { id name } }', "businesses"),
        (SUPPLY, 'createCompany(input: {name: "A"}) { errors { code } company { id name } }', "companies"),
        (MARKET, 'createSeller(input: {name: "A"}) { errors { code } seller { id name } }', "sellers"),
        (
            ACCOUNTING,
            'createOrganization(input: {name: "A"}) { errors { code } organization { id name } }',
            "organizations",
        ),
    ],
    ids=["commerce", "supply", "market", "accounting"],
)
async def test_a_service_stands_alone(store: Store, service: Service, make: str, roots: str) -> None:
    query = f"{{ {roots} {{ edges {{ node {{ name }} }} }} }}"
    async with serve(store, service) as client:
        assert "GraphiQL" in await client.page()
        sdl = await client.post("{ _service { sdl } }")
        assert "specs.apollo.dev/federation" in sdl["data"]["_service"]["sdl"]
        for token in (None, client.party.token(exp=1), SigningParty().token(), client.party.token(aud="other")):
            refused = await client.post(query, token)
            assert refused.get("data") is None
            assert [error["extensions"]["code"] for error in refused["errors"]] == ["UNAUTHENTICATED"]
        ada = client.party.token()
        first = await client.post(f"mutation {{ {make} }}", ada, **{"Idempotency-Key": "k"})
        assert "errors" not in first
        assert await client.post(f"mutation {{ {make} }}", ada, **{"Idempotency-Key": "k"}) == first
        found = await client.post(query, ada)
        assert found["data"][roots]["edges"] == [{"node": {"name": "A"}}]


async def test_a_sale_that_waits_is_finished_by_the_next_process(store: Store) -> None:
    async with running(store, COMMERCE) as commerce:
        shop = await Shop(commerce).open()
        await shop.connect("market", shop.good_refs(), {STOCK_CHANGED: "ASYNC"})
        sold = await shop.sell(2, 1, ref="order-1")
        assert (sold["run"]["status"], sold["sale"]["status"]) == ("AWAITING", "PENDING")
    async with running(store, COMMERCE) as commerce:
        shop.commerce = commerce
        async with toy_plugin(commerce.engine, "market") as market:
            assert await run_ends(shop, sold["run"]["id"]) == "COMPLETED"
        assert len(market.got) == 2
        assert await shop.sales() == [{"id": sold["sale"]["id"], "status": "COMPLETED"}]
        assert await shop.stocks() == [8, 9, 10]
