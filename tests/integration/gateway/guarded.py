"""A gateway over two subgraphs that guard what they have with directives and check nothing themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.app import create_gateway
from gateway.composition import Subgraph, compose
from gateway.config import GatewayConfig
from gateway.executor.transport import SubgraphRequest
from gateway.pipeline.authorize import Authorize
from tests.integration.gateway.running import WebSocket, open_websocket
from tests.support.serving import serving
from tests.unit.gateway.executor.support import FakeSubgraph, World

PEOPLE = """
type Query {
    people: [Person!]!  named: [Named!]!  boss: Person  treasure: Treasure  mood: Mood
    secrets: [String!] @authenticated
}
type Mutation { dismiss(id: ID!): Boolean @requiresScopes(scopes: [["people.write"]])  greet: String }
type Subscription { hired: Person @authenticated }
interface Named { name: String }
type Robot implements Named { name: String }
type Person implements Named @key(fields: "id") {
    id: ID! @authenticated
    name: String
    email: String @authenticated
    salary: Int! @requiresScopes(scopes: [["people.read", "pay.read"], ["admin"]])
    notes: String @policy(policies: [["same_team"]])
}
type Treasure @authenticated { gold: Int  map: String }
enum Mood @authenticated { GOOD BAD }
"""
TEAMS = 'type Person @key(fields: "id") { id: ID!  team: String }'


def world() -> World:
    people = {
        str(number): {
            "__typename": "Person",
            "id": str(number),
            "name": name,
            "email": f"{name}@example.org",
            "salary": number * 10,
            "notes": f"about {name}",
            "team": f"team {number}",
        }
        for number, name in enumerate(("ada", "bob"), 1)
    }
    roots = {
        "people": list(people.values()),
        "named": [people["1"], {"__typename": "Robot", "name": "r2"}],
        "boss": people["2"],
        "treasure": {"__typename": "Treasure", "gold": 3, "map": "x"},
        "mood": "GOOD",
        "secrets": ["s"],
        "dismiss": True,
        "greet": "hello",
    }
    return World({"Person": people}, roots)


@dataclass(frozen=True)
class Guarded:
    """A gateway that is ready."""

    url: str
    session: aiohttp.ClientSession
    subgraphs: Mapping[str, FakeSubgraph]

    @property
    def requests(self) -> str:
        """Everything that subgraphs were asked."""
        return "\n".join(item.query for subgraph in self.subgraphs.values() for item in subgraph.requests)

    async def post(self, query: str, token: str | None = None, **variables: Any) -> tuple[int, Any]:
        """Status and body."""
        headers = {} if token is None else {"authorization": token}
        body = {"query": query, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=headers) as response:
            return response.status, await response.json()

    @asynccontextmanager
    async def websocket(self) -> AsyncIterator[WebSocket]:
        async with open_websocket(self.url) as socket:
            yield socket


@asynccontextmanager
async def guarded_gateway(authorize: Authorize | None) -> AsyncIterator[Guarded]:
    """Served as `izara serve` serves it, so that usual requests take the lane."""
    subgraphs = {name: FakeSubgraph(name, sdl, world()) for name, sdl in (("people", PEOPLE), ("teams", TEAMS))}
    composed = compose([Subgraph(name, f"http://{name}.invalid", item.sdl) for name, item in subgraphs.items()])
    assert composed.supergraph is not None, composed.errors
    gateway = create_gateway(
        GatewayConfig(supergraph=composed.supergraph),
        apps={name: _app(subgraph) for name, subgraph in subgraphs.items()},
        authorize=authorize,
    )
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(gateway.app, http=gateway.http_protocol()))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await gateway.wait_ready()
        yield Guarded(url, session, subgraphs)


def _app(subgraph: FakeSubgraph) -> ASGIApp:
    async def answer(request: Request) -> Response:
        body = await request.json()
        asked = SubgraphRequest(subgraph.name, body["query"], None, body.get("variables") or {}, "query", {})
        response = await subgraph.execute(asked)
        return JSONResponse({"data": response.data, "errors": response.errors})

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
