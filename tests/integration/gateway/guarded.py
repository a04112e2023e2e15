"""A gateway over two subgraphs that guard what they have with directives and check nothing themselves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.app import create_gateway
from gateway.composition import Subgraph, compose
from gateway.config import GatewayConfig
from gateway.executor.transport import SubgraphRequest
from gateway.pipeline.authorize import Authorize, Authorizer
from tests.integration.gateway.running import WebSocket, open_websocket
from tests.support.serving import serving
from tests.unit.gateway.executor.support import FakeSubgraph, World

PEOPLE = """
type Query {
    people: [Person!]!  named: [Named!]!  boss: Person  treasure: Treasure  mood: Mood
    secrets: [String!] @authenticated
}
type Mutation { dismiss(id: ID!): Boolean @requiresScopes(scopes: [["people.write"]])  greet: String }
type Subscription { hired: Person  dismissed: Person @authenticated }
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
TEAMS = 'type Person @key(fields: "id") { id: ID!  team: String  badge: String @authenticated }'


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
            "badge": f"badge {number}",
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


@dataclass
class Guarded:
    """A gateway that is ready.

    Attributes:
        events: ids of people whose subscriptions tell of them; "end" ends them.
        subscribed: set while somebody listens at the subgraph.
        left: set once nobody does any more.
    """

    subgraphs: Mapping[str, FakeSubgraph]
    url: str = ""
    session: aiohttp.ClientSession = field(init=False)
    events: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    subscribed: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def requests(self) -> str:
        """Everything that subgraphs were asked."""
        return "\n".join(item.query for subgraph in self.subgraphs.values() for item in subgraph.requests)

    async def post(self, query: str, token: str | None = None, **variables: Any) -> tuple[int, Any]:
        """Status and body."""
        body = {"query": query, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=signed(token)) as response:
            return response.status, await response.json()

    @asynccontextmanager
    async def stream(
        self, query: str, token: str | None = None, accept: str = "text/event-stream"
    ) -> AsyncIterator[Any]:
        """The response to an operation that is asked for as a stream."""
        headers = {"accept": accept, **signed(token)}
        async with self.session.post(f"{self.url}/graphql", json={"query": query}, headers=headers) as response:
            yield response

    @asynccontextmanager
    async def websocket(self) -> AsyncIterator[WebSocket]:
        async with open_websocket(self.url) as socket:
            yield socket

    # What the subgraphs answer

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        subgraph = self.subgraphs[request.path_params["name"]]
        asked = SubgraphRequest(subgraph.name, body["query"], None, body.get("variables") or {}, "query", {})
        if "text/event-stream" in request.headers["accept"]:
            return StreamingResponse(self._told(subgraph, asked), media_type="text/event-stream")
        return JSONResponse(await _answered(subgraph, asked))

    async def _told(self, subgraph: FakeSubgraph, asked: SubgraphRequest) -> AsyncIterator[bytes]:
        self.subscribed.set()
        try:
            yield b":\n\n"
            while (id := await self.events.get()) != "end":
                person = subgraph.world.objects["Person"][id]
                subgraph.world.roots.update(hired=person, dismissed=person)
                yield f"event: next\ndata: {json.dumps(await _answered(subgraph, asked))}\n\n".encode()
            yield b"event: complete\ndata:\n\n"
        finally:
            self.left.set()


async def _answered(subgraph: FakeSubgraph, asked: SubgraphRequest) -> dict[str, Any]:
    response = await subgraph.execute(asked)
    return {"data": response.data, "errors": response.errors}


def signed(token: str | None) -> dict[str, str]:
    """The headers that a token is sent in."""
    return {} if token is None else {"authorization": token}


@asynccontextmanager
async def guarded_gateway(authorize: Authorize | Authorizer | None, *, compiled: bool = True) -> AsyncIterator[Guarded]:
    """Served as `izara serve` serves it, so that usual requests take the lane."""
    shared = world()
    guarded = Guarded({name: FakeSubgraph(name, sdl, shared) for name, sdl in (("people", PEOPLE), ("teams", TEAMS))})
    async with AsyncExitStack() as stack:
        site = Starlette(routes=[Route("/{name}", guarded.answer, methods=["POST"])])
        at = await stack.enter_async_context(serving(site))
        composed = compose([Subgraph(name, f"{at}/{name}", item.sdl) for name, item in guarded.subgraphs.items()])
        assert composed.supergraph is not None, composed.errors
        streams = frozenset({"people"})
        config = GatewayConfig(supergraph=composed.supergraph, event_streams=streams, compile_plans=compiled)
        gateway = create_gateway(config, authorize=authorize)
        guarded.url = await stack.enter_async_context(serving(gateway.app, http=gateway.http_protocol()))
        guarded.session = await stack.enter_async_context(aiohttp.ClientSession())
        await gateway.wait_ready()
        yield guarded
