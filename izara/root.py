"""Everything on one port: gateway, services, authorization server, pages, health and metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.app import Gateway, create_gateway
from gateway.config import GatewayConfig
from gateway.pipeline.authorize import Authorize
from gateway.pipeline.errors import Unavailable
from gateway.subscriptions import Authenticate, Refused
from gateway.supergraph.authorization import Grants
from identity import UNAVAILABLE, CodedError, TokenVerifier
from store import Store

FORWARDED = ("authorization", "idempotency-key", "izara-delivery", "izara-budget")
"""The client's headers that services need to see."""


def sign_in(verifier: TokenVerifier) -> Authenticate:
    """Judges the sign-in of a WebSocket: a bad token is refused at once, a good one until it expires."""

    async def authenticate(headers: Mapping[str, str]) -> datetime | None:
        try:
            principal = await verifier.verify(headers.get("authorization"))
        except CodedError as error:
            raise Refused(error.message) from error
        return None if principal.expires_at is None else datetime.fromtimestamp(principal.expires_at, UTC)

    return authenticate


def authorized(verifier: TokenVerifier) -> Authorize:
    """What the bearer of a token may see of fields that services protect by directives; no policy is granted."""

    async def authorize(headers: Mapping[str, str], _: frozenset[str]) -> Grants:
        try:
            principal = await verifier.verify(headers.get("authorization"))
        except CodedError as error:
            raise (Unavailable if error.code == UNAVAILABLE else Refused)(error.message) from error
        return Grants(principal.is_signed_in, principal.scopes)

    return authorize


class RefuseBadTokens:
    """An endpoint that over HTTP tells the bearer of a bad token so before anything is run.

    Services verify every token themselves; this is for what the gateway answers alone, introspection above all.
    """

    def __init__(self, endpoint: ASGIApp, verifier: TokenVerifier) -> None:
        self._endpoint = endpoint
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._endpoint)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        try:
            await self._verifier.verify(Request(scope).headers.get("authorization"))
        except CodedError as error:
            body = {"errors": [{"message": error.message, "extensions": {"code": error.code}}]}
            if error.code == UNAVAILABLE:
                return JSONResponse(body, 503)
            return JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})
        return None


@asynccontextmanager
async def open_gateway(
    subgraphs: Mapping[str, str],
    *,
    apps: Mapping[str, ASGIApp] | None = None,
    supergraph: str | None = None,
    verifier: TokenVerifier | None = None,
    graphiql: ASGIApp | None = None,
    registry: CollectorRegistry | None = None,
    show_plans: bool = False,
) -> AsyncIterator[Gateway]:
    """A running gateway over these subgraphs, those of `apps` called inside this process."""
    config = GatewayConfig(
        supergraph=supergraph,
        subgraphs={} if supergraph is not None else subgraphs,
        forward_headers=FORWARDED,
        show_plans=show_plans,
    )
    gateway = create_gateway(
        config,
        apps=apps,
        graphiql=graphiql,
        authenticate=None if verifier is None else sign_in(verifier),
        authorize=None if verifier is None else authorized(verifier),
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
