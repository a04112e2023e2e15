"""Everything on one port: gateway, services, authorization server, pages, health and metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

from gateway.app import Gateway, create_gateway
from gateway.config import GatewayConfig
from identity import TokenVerifier
from izara.authorizing import TokenAuthorizer

if TYPE_CHECKING:
    from store import Store

FORWARDED = ("authorization", "idempotency-key", "izara-delivery")
"""The client's headers that services need to see."""


@asynccontextmanager
async def open_gateway(
    config: GatewayConfig,
    *,
    apps: Mapping[str, ASGIApp] | None = None,
    verifier: TokenVerifier | None = None,
    graphiql: ASGIApp | None = None,
    registry: CollectorRegistry | None = None,
) -> AsyncIterator[Gateway]:
    """A running gateway, the subgraphs of `apps` called inside this process."""
    gateway = create_gateway(
        config,
        apps=apps,
        graphiql=graphiql,
        authorize=None if verifier is None else TokenAuthorizer(verifier),
        registry=registry,
    )
    async with gateway.running():
        yield gateway


def health_routes(gateway: Gateway | None, store: Store | None, registry: CollectorRegistry) -> list[BaseRoute]:
    """Liveness, readiness (false until composed and the store answers) and metrics."""

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        problems = [] if gateway is None else [problem(item.code, item.message) for item in gateway.problems]
        if store is not None and not await store.answers():
            problems.append(problem("STORE_UNREACHABLE", "The store does not answer."))
        is_ready = not problems and (gateway is None or gateway.ready)
        return JSONResponse({"ready": is_ready, "problems": problems}, 200 if is_ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", metrics),
    ]


def problem(code: str, message: str) -> dict[str, str]:
    """A problem as JSON."""
    return {"code": code, "message": message}


def root_app(endpoint: ASGIApp | None, apps: Mapping[str, ASGIApp], routes: Sequence[BaseRoute]) -> Starlette:
    """The app of a process: `/graphql` of its gateway, `/subgraphs/<name>/graphql` of its services, and `routes`."""
    mounted: list[BaseRoute] = list(routes)
    if endpoint is not None:
        mounted += [Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)]
    mounted += [Mount(f"/subgraphs/{name}", app) for name, app in apps.items()]
    return Starlette(routes=mounted)
