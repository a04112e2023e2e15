"""Two subgraphs that say what they saw: `products` owns Product, `reviews` adds reviews to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.federation import Schema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import Info

PRODUCTS = {"1": "Lamp", "2": "Chair"}
REVIEWS = {"1": ["Bright", "Warm"], "2": ["Hard"]}


@dataclass
class Seen:
    """What a subgraph saw, and events to wait for instead of a clock."""

    headers: list[Mapping[str, str]] = field(default_factory=list)
    sign_ins: list[object] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    subscribed: asyncio.Event = field(default_factory=asyncio.Event)
    unsubscribed: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    renames: asyncio.Queue[str] = field(default_factory=asyncio.Queue)


@dataclass
class Context:
    seen: Seen
    connection_params: object = None


def headers(seen: Seen, name: str) -> list[str | None]:
    """The values of one header over all requests."""
    return [request.get(name) for request in seen.headers]


class _View(GraphQL[Context, None]):
    def __init__(self, schema: Schema, seen: Seen) -> None:
        super().__init__(schema, subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,))
        self._seen = seen

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        self._seen.headers.append(dict(request.headers))
        return Context(self._seen)

    async def on_ws_connect(self, context: Context) -> Any:
        self._seen.sign_ins.append(context.connection_params)
        return strawberry.UNSET


def _app(schema: Schema, seen: Seen) -> Starlette:
    view = _View(schema, seen)
    return Starlette(routes=[Route("/graphql", view), WebSocketRoute("/graphql", view)])


@strawberry.federation.type(keys=["id"])
class Product:
    id: strawberry.ID
    name: str

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Product:
        return cls(id=id, name=PRODUCTS[id])


@strawberry.type
class Query:
    @strawberry.field
    def products(self) -> list[Product]:
        return [Product(id=strawberry.ID(id), name=name) for id, name in PRODUCTS.items()]

    @strawberry.field
    def product(self, id: strawberry.ID) -> Product | None:
        return Product(id=id, name=PRODUCTS[id]) if id in PRODUCTS else None

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("a secret of the database")

    @strawberry.field
    async def never(self, info: Info[Context, None]) -> str | None:
        """Answers only when the test is over."""
        seen = info.context.seen
        seen.waiting.set()
        try:
            await seen.released.wait()
        except asyncio.CancelledError:
            seen.cancelled.set()
            raise
        return None


@strawberry.type(name="Query")
class GrownQuery(Query):
    @strawberry.field
    def grown(self) -> bool:
        return True


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def rename(self, info: Info[Context, None], id: strawberry.ID, name: str) -> Product:
        info.context.seen.names.append(f"{info.path.key}={name}")
        return Product(id=id, name=name)

    @strawberry.mutation
    async def slow_rename(self, info: Info[Context, None], name: str) -> str:
        """Answers only after someone has put a name in the queue of renames."""
        seen = info.context.seen
        seen.waiting.set()
        await seen.renames.get()
        seen.names.append(name)
        seen.unsubscribed.set()
        return name


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def renamed(self, info: Info[Context, None]) -> AsyncGenerator[Product, None]:
        seen = info.context.seen
        seen.subscribed.set()
        try:
            while (id := await seen.renames.get()) != "end":
                yield Product(id=strawberry.ID(id), name=f"{PRODUCTS[id]}, renamed")
        finally:
            seen.unsubscribed.set()


@strawberry.type
class Review:
    text: str


@strawberry.federation.type(keys=["id"], name="Product")
class ReviewedProduct:
    id: strawberry.ID

    @strawberry.field
    def reviews(self) -> list[Review]:
        return [Review(text=text) for text in REVIEWS[self.id]]

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> ReviewedProduct:
        return cls(id=id)


def products_app(seen: Seen, query: type = Query) -> Starlette:
    """Owns Product."""
    return _app(Schema(query=query, mutation=Mutation, subscription=Subscription), seen)


def reviews_app(seen: Seen) -> Starlette:
    """Adds `Product.reviews`."""
    return _app(Schema(types=[ReviewedProduct]), seen)
