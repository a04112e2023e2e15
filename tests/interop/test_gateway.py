"""A gateway that is not ours answers rightly on what we composed, and ours answers equally."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from graphql import GraphQLSchema
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.app import create_gateway
from gateway.config import GatewayConfig
from gateway.supergraph import load_supergraph
from tests.interop.node import needs_packages
from tests.interop.npm_gateway import npm_gateway
from tests.interop.queries import together, trees, values
from tests.interop.sdl_subgraph import SdlSubgraph
from tests.interop.shop import WRONG, subgraphs
from tests.support.gql import Caller
from tests.support.serving import serving

pytestmark = [needs_packages, pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]

SAMPLES = [
    {"ID": "1", "String": "lamp", "Int": 2, "Boolean": True, "Size": "SMALL"},
    {"ID": "m1", "String": "chair", "Int": 0, "Boolean": False, "Size": "LARGE"},
]


@dataclass(frozen=True)
class Both:
    """The two gateways over the same subgraphs."""

    npm: Caller
    ours: Caller
    api: GraphQLSchema
    subgraphs: dict[str, SdlSubgraph]

    async def answers(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """Of each gateway."""
        return await asyncio.gather(*(caller.post(query, **variables) for caller in (self.npm, self.ours)))

    async def agree(self, query: str, **variables: Any) -> Any:
        """The data, which is the same from both and has no errors."""
        npm, ours = await self.answers(query, **variables)
        assert npm == ours
        assert "errors" not in npm, npm
        return npm["data"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    """Our gateway asks the shop's subgraphs for their SDL and composes; npm's is given what came out."""
    shop = {subgraph.name: subgraph for subgraph in subgraphs()}
    site = Starlette(routes=[Mount(f"/{name}", subgraph.app()) for name, subgraph in shop.items()])
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(site))
        gateway = create_gateway(GatewayConfig(subgraphs={name: f"{url}/{name}/graphql" for name in shop}))
        site.routes.append(Mount("/", gateway.app))
        await stack.enter_async_context(gateway.running())
        await gateway.wait_ready()
        assert gateway.supergraph is not None
        npm = await stack.enter_async_context(npm_gateway(gateway.supergraph, tmp_path_factory.mktemp("npm")))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        api = load_supergraph(gateway.supergraph).api_schema
        yield Both(Caller(session, npm), Caller(session, f"{url}/graphql"), api, shop)


async def test_keys_lead_from_subgraph_to_subgraph(both: Both) -> None:
    """By a simple key, and by a compound one that only its owner can tell; who does not know a product says null."""
    assert await both.agree("{ products { name stock rating reviews { stars product { size } } } }") == {
        "products": [
            {"name": "Lamp", "stock": 12, "rating": 5.0, "reviews": [{"stars": 5, "product": {"size": "SMALL"}}]},
            {"name": "Chair", "stock": 0, "rating": 2.0, "reviews": [{"stars": 2, "product": {"size": None}}]},
            {"name": "Air", "stock": None, "rating": None, "reviews": []},
        ]
    }


async def test_what_a_field_requires_is_fetched_first(both: Both) -> None:
    """Fields of the same object and of one below it, nulls among them; arguments reach the one who asks."""
    query = """query ($express: Boolean) { products { cost(express: $express) slow: cost
        parcel { kilos heavy } origin(upper: true) } }"""
    assert await both.agree(query, express=True) == {
        "products": [
            {"cost": 100, "slow": 50, "parcel": {"kilos": 3, "heavy": False}, "origin": "NL"},
            {"cost": 280, "slow": 140, "parcel": {"kilos": 9, "heavy": True}, "origin": "SOMEWHERE"},
            {"cost": None, "slow": None, "parcel": None, "origin": "NL"},
        ]
    }


async def test_what_a_field_provides_is_not_fetched_again(both: Both) -> None:
    """The author's name comes with the review; elsewhere it is the accounts' to tell, as is the badge everywhere."""
    query = "{ reviews(first: 2) { author { name badge } anonymous { name } } }"
    assert await both.agree(query) == {
        "reviews": [
            {"author": {"name": "Ada", "badge": "gold"}, "anonymous": {"name": "Ada"}},
            {"author": {"name": "Bob", "badge": None}, "anonymous": {"name": "Bob"}},
        ]
    }
    accounts = both.subgraphs["accounts"].asked
    accounts.clear()
    await both.agree("{ reviews { author { name } } }")
    assert accounts == []


async def test_an_interface_object_adds_to_all_that_implement_the_interface(both: Both) -> None:
    """Reviews of media, asked for through the interface and through its implementations."""
    query = """{ media { __typename title reviews { body author { favourite { __typename } } }
        ... on Book { pages more: reviews { stars } } ... on Film { minutes } } }"""
    author = {"favourite": {"__typename": "Product"}}
    assert await both.agree(query) == {
        "media": [
            {
                "__typename": "Book",
                "title": "Lamps of the world",
                "reviews": [{"body": "Long", "author": author}],
                "pages": 200,
                "more": [{"stars": 4}],
            },
            {"__typename": "Film", "title": "The chair", "reviews": [], "minutes": 90},
        ]
    }


async def test_members_of_unions_and_implementations_are_told_apart(both: Both) -> None:
    """Each is followed into other subgraphs by its own key."""
    query = """query ($text: String!, $size: Size) {
        find(text: $text, size: $size) { __typename ... on Product { stock } ... on Book { reviews { stars } } }
        node(id: "m2") { id ... on Film { minutes reviews { stars } } }
        users { favourite { ... on Book { title } ... on Product { name origin } } }
        best { ... on Product { name } }
    }"""
    assert await both.agree(query, text="lamp", size="LARGE") == {
        "find": [{"__typename": "Product", "stock": None}, {"__typename": "Book", "reviews": [{"stars": 4}]}],
        "node": {"id": "m2", "minutes": 90, "reviews": []},
        "users": [
            {"favourite": {"title": "Lamps of the world"}},
            {"favourite": {"name": "Chair", "origin": "somewhere"}},
        ],
        "best": {"name": "Lamp"},
    }


async def test_mutations_of_several_subgraphs(both: Both) -> None:
    """Whatever the subgraphs call their roots; what comes back is followed like any other object."""
    query = """mutation ($input: Renaming!) {
        rename(input: $input) { name stock reviews { stars } } review(stars: 1) { stars author { badge } } }"""
    given = {"id": "1", "name": "Light", "loud": True}
    assert await both.agree(query, input=given) == {
        "rename": {"name": "LIGHT", "stock": 12, "reviews": [{"stars": 5}]},
        "review": {"stars": 1, "author": {"badge": "gold"}},
    }


@pytest.mark.parametrize("query", ["{ products { secret } }", '{ find(text: "", size: HUGE) { __typename } }'])
async def test_what_is_inaccessible_is_refused(both: Both, query: str) -> None:
    """By the name of a field and of a value."""
    for answer in await both.answers(query):
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_both_answer_alike_whatever_is_asked(both: Both) -> None:
    """All that covers the API, with several values of each variable; nobody is asked for what another owns."""
    asked = [*together(both.api), *trees(both.api)]
    assert len(asked) > 40
    for text in asked:
        for samples in SAMPLES if "$" in text else SAMPLES[:1]:
            npm, ours = await both.answers(text, **values(both.api, text, samples))
            assert npm.get("data") == ours.get("data"), (text, samples, npm, ours)
            assert ("errors" in npm) == ("errors" in ours), (text, samples, npm, ours)
            assert WRONG not in str(npm), text
