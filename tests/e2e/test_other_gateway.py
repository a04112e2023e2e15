"""A gateway that is not ours stands in for that of a running Izara, on what `izara compose` makes of its services."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import chain
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.supergraph import load_supergraph
from izara.services import SERVICES
from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import Shop
from tests.interop.node import needs_packages
from tests.interop.npm_gateway import npm_gateway
from tests.interop.queries import together, trees, values
from tests.support.gql import Caller
from tests.support.stack import Stack, izara

pytestmark = [*IN_STACK, needs_packages]

CONNECTED = """query ($id: ID!) { good(id: $id) { sku stock price { amount currency } business { name }
    connections { plugin { tag } links { name object { __typename ... on SellOffer { available product { title } } } } }
} }"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def supergraph(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `izara compose` makes of the services of the running Izara."""
    out = tmp_path_factory.mktemp("composed") / "supergraph.graphql"
    given = [f"--subgraph={tag}={stack.base}/subgraphs/{tag}/graphql" for tag in SERVICES]
    async with izara("compose", *given, "--out", str(out)) as composing:
        assert await composing.ends() == 0, composing.output
    return out.read_text(encoding="utf-8")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def npm(supergraph: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """Who calls @apollo/gateway over these services. Node ends a connection that is idle for 5 s, so none is kept."""
    async with (
        npm_gateway(supergraph, tmp_path_factory.mktemp("npm")) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
    ):
        yield Caller(session, url)


async def answered(caller: Caller, npm: Caller, query: str, **variables: Any) -> tuple[Any, set[str]]:
    """Data and the codes of the errors, the same from both gateways."""
    answers = [await there.post(query, **variables) for there in (replace(npm, token=caller.token), caller)]
    theirs, ours = [
        (answer.get("data"), {error["extensions"]["code"] for error in answer.get("errors", [])}) for answer in answers
    ]
    assert theirs == ours, query
    return ours


async def test_a_query_across_services_is_answered_alike(shop: Shop, npm: Caller) -> None:
    """From a good over its connection, which the registrar knows, to an offer of Market."""
    ware = await shop.ware("tea", stock=7)
    found, codes = await answered(shop.owner, npm, CONNECTED, id=ware.good)
    assert codes == set()
    (connection,) = found["good"]["connections"]
    assert (found["good"]["sku"], found["good"]["stock"], connection["plugin"]["tag"]) == ("tea", 7, "market")
    linked = {"__typename": "SellOffer", "available": 7, "product": {"title": "tea"}}
    assert connection["links"] == [{"name": "sellOffer", "object": linked}]


async def test_a_mutation_runs_and_its_hooks_with_it(shop: Shop, npm: Caller) -> None:
    """What is changed through the other gateway reaches the plugin and, through it, Market."""
    ware = await shop.ware("tea", stock=10)
    there = replace(shop, owner=replace(npm, token=shop.owner.token))
    payload = await there.adjust(ware.good, -4)
    assert (payload["errors"], payload["good"]) == ([], {"stock": 6})
    await shop.owner.finished(payload["run"])
    await shop.at_rest(ware.good_ref, ware.offer_ref)
    assert (await there.numbers(ware)).available == (await shop.numbers(ware)).available == 6


async def test_refusals_are_alike(shop: Shop, people: People, npm: Caller) -> None:
    """Of who calls without a token, of what is another's, and of a change that the rules forbid."""
    ware = await shop.ware("tea", stock=1)
    _, codes = await answered(people.caller(None), npm, CONNECTED, id=ware.good)
    assert codes == {"UNAUTHENTICATED"}
    found, _ = await answered(await people.newcomer(), npm, CONNECTED, id=ware.good)
    assert found == {"good": None}
    there = replace(shop, owner=replace(npm, token=shop.owner.token))
    assert (await there.adjust(ware.good, -2))["errors"] == (await shop.adjust(ware.good, -2))["errors"] != []


async def test_all_that_a_user_owns_is_shown_alike(shop: Shop, npm: Caller, supergraph: str) -> None:
    """All fields after each field that leads from a business, a good, a seller or an offer; and whole trees."""
    ware = await shop.ware("tea", stock=3)
    await shop.adjust(ware.good, -1)
    await shop.at_rest(ware.good_ref, ware.offer_ref)
    api = load_supergraph(supergraph).api_schema
    ids = {"business": shop.business, "good": ware.good, "seller": shop.seller, "sellOffer": ware.offer}
    ids |= {"goods": shop.business, "sellOffers": shop.seller, "runs": "", "plugins": ""}
    shown = 0
    for text in chain(together(api), trees(api)):
        root = re.match(r"query[^{]*\{ (\w+)", text)
        if root and root[1] in ids:
            found, _ = await answered(shop.owner, npm, text, **values(api, text, {"ID": ids[root[1]], "Int": 10}))
            shown += bool(found and found[root[1]])
    assert shown > 30
