"""The registrar's composition root: its service, its authorization server, and what both need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from flows.engine import Engine
from flows.graphql.app import Service, ServiceProcess, create_service_app
from flows.graphql.schema import build_schema
from identity import TokenVerifier
from registrar.context import RegistrarContext, RegistrarPorts
from registrar.directory import ObjectDirectory
from registrar.documents import DOCUMENTS, INDEXES
from registrar.flows import FLOWS
from registrar.mutations import Mutation
from registrar.oauth import Issuer, oauth_routes
from registrar.query import Query
from registrar.types.connection import STUBS
from registrar.types.user import User
from registrar.vault import open_vault
from store import Store

TAG = "registrar"

SERVICE = Service(
    tag=TAG,
    schema=build_schema(TAG, Query, Mutation, FLOWS, types=(*STUBS.values(), User)),
    flows=FLOWS,
    documents=DOCUMENTS,
    indexes=INDEXES,
    context_class=RegistrarContext,
)


@dataclass(frozen=True)
class Registrar:
    """The registrar in one process.

    Attributes:
        app: `/graphql` over HTTP and WebSocket.
        routes: `/oauth/…` and `/.well-known/…`, to be mounted at the root.
    """

    app: Starlette
    routes: Sequence[BaseRoute]


async def create_registrar(
    store: Store,
    engine: Engine,
    verifier: TokenVerifier,
    issuer: Issuer,
    directory: ObjectDirectory,
    *,
    development: bool = False,
    graphiql: ASGIApp | None = None,
) -> Registrar:
    """The registrar's app and routes, over a store that is prepared for `SERVICE` and an engine of its flows.

    Args:
        directory: knows the owners of other services' objects.
        development: whether tokens for demo users are given on loopback.
        graphiql: serves GraphiQL to browsers; None falls back to Strawberry's page.
    """
    ports = RegistrarPorts(directory=directory, vault=await open_vault(store))
    process = ServiceProcess(store=store, engine=engine, verifier=verifier, extras=ports)
    return Registrar(
        app=create_service_app(SERVICE, process, graphiql),
        routes=oauth_routes(issuer, development=development),
    )
