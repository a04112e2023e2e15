"""The composition root of a gateway: what is opened here is closed here."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.assembly import Assembled, Assembler, AssemblyError, Problem, check_apps
from gateway.config import ConfigError, GatewayConfig
from gateway.executor.transports import BadAuthorities, open_http_session, tls_context
from gateway.pipeline.authorize import Authorize, Authorizer, authorizer_of
from gateway.pipeline.execute import Pipeline
from gateway.pipeline.generation import Generation
from gateway.pipeline.http import HttpEndpoint
from gateway.pipeline.metrics import GatewayMetrics
from gateway.serving import Lane, protocol_class
from gateway.subscriptions import Authenticate, WebSocketServer, WebSocketSettings
from gateway.supergraph import Supergraph, load_supergraph

_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0
_GRACE = 5.0
_logger = logging.getLogger(__name__)


def create_gateway(
    config: GatewayConfig,
    *,
    apps: Mapping[str, ASGIApp] | None = None,
    graphiql: ASGIApp | None = None,
    authenticate: Authenticate | None = None,
    authorize: Authorize | Authorizer | None = None,
    registry: CollectorRegistry | None = None,
) -> Gateway:
    """Makes a gateway, which serves once it is `running`.

    Args:
        apps: ASGI apps of this process by subgraph name, called without a network, at `/graphql`. Their
            lifespans are the caller's to run.
        graphiql: answers browsers that open the endpoint.
        authenticate: judges the sign-in of WebSockets, in place of `authorize`.
        authorize: judges each request and each sign-in of a WebSocket, and says what clients are granted of what
            `@authenticated`, `@requiresScopes` and `@policy` protect; without it they are granted nothing.
        registry: where metrics go; None makes one.

    Raises:
        ConfigError: the configuration cannot work.
        SupergraphError: the given supergraph cannot be served.
    """
    return Gateway(config, apps or {}, graphiql, authenticate, authorize, registry or CollectorRegistry())


class Gateway:
    """One GraphQL endpoint over many subgraphs.

    Attributes:
        endpoint: the ASGI app of `/graphql`, HTTP and WebSocket, to be mounted by whoever runs the gateway.
        app: the same as a whole application, with health and metrics, that runs itself in its lifespan.
    """

    def __init__(
        self,
        config: GatewayConfig,
        apps: Mapping[str, ASGIApp],
        graphiql: ASGIApp | None,
        authenticate: Authenticate | None,
        authorize: Authorize | Authorizer | None,
        registry: CollectorRegistry,
    ) -> None:
        self._config = config
        self._apps = apps
        self._metrics = GatewayMetrics(registry)
        self._given = None if config.supergraph is None else load_supergraph(config.supergraph)
        subgraphs = config.subgraphs if self._given is None else self._given.subgraphs
        check_apps(apps, subgraphs, config.event_streams)
        self._tls = None if config.ca_file is None else _tls(config.ca_file)
        self._assembler: Assembler | None = None
        self._assembled: Assembled | None = None
        self._problems: tuple[Problem, ...] = (Problem("STARTING", "The gateway has not asked its subgraphs yet"),)
        self._generations = 0
        self._became_ready = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._draining = asyncio.Event()
        self._pipeline = Pipeline(config, self._current, self._why_unavailable, self._metrics, authorizer_of(authorize))
        self.endpoint: ASGIApp = _Endpoint(
            HttpEndpoint(self._pipeline, config, self._metrics, graphiql, self._draining),
            WebSocketServer(
                self._pipeline,
                _websocket_settings(config),
                self._metrics,
                self._draining,
                authenticate or self._pipeline.sign_in,
            ),
        )
        self.app = _application(self, registry)

    def http_protocol(self, path: str = "/graphql") -> type[asyncio.Protocol]:
        """What to give uvicorn as `http`, where nothing stands between the server and the endpoint.

        It answers usual queries itself, and leaves everything else to uvicorn and the app that it serves.

        Args:
            path: where that app has the endpoint.
        """
        return protocol_class(self.lane(path))

    def lane(self, path: str) -> Lane:
        """What answers usual requests to the endpoint at this path."""
        return Lane(self._pipeline, self._config, path)

    @property
    def ready(self) -> bool:
        """Whether there is a supergraph to serve."""
        return self._assembled is not None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the last attempt to compose failed; empty where it did not."""
        return self._problems

    @property
    def supergraph(self) -> str | None:
        """The supergraph in service, as text."""
        return None if self._assembled is None else self._assembled.supergraph

    async def wait_ready(self) -> None:
        """Returns once there is a supergraph to serve. Cancel it to give up."""
        await self._became_ready.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Gateway]:
        """Opens connections and composes in the background until it succeeds; closes everything at the end."""
        async with open_http_session(self._tls) as client, asyncio.TaskGroup() as tasks:
            self._draining.clear()
            self._assembler = Assembler(self._config, self._apps, client, self._metrics)
            assembling = tasks.create_task(self._assemble(self._given), name="composition of the supergraph")
            try:
                yield self
            finally:
                assembling.cancel()
                self.drain()
                await self._pipeline.finish(_GRACE)
                self._assembled = None
                self._assembler = None
                self._became_ready.clear()

    def drain(self) -> None:
        """Ends all streams, so that clients connect again elsewhere; for whoever is about to stop the server.

        Servers wait for open responses before they stop, and a subscription's stays open for ever.
        """
        self._draining.set()

    async def reload(self) -> bool:
        """Composes again and serves the result from the next request on; running ones keep what they have.

        Returns whether the supergraph changed. On failure the old one stays.

        Raises:
            AssemblyError: with the problems.
        """
        if self._assembler is None:
            raise RuntimeError("reload() needs a gateway that is running")
        if self._given is not None:
            return False
        async with self._reloading:
            try:
                assembled = await self._assembler.composed(self._assembled)
            except AssemblyError as error:
                self._problems = error.problems
                raise
            changed = assembled is not self._assembled
            self._serve(assembled)
        return changed

    async def _assemble(self, given: Supergraph | None) -> None:
        assert self._assembler is not None
        if given is not None:
            assert self._config.supergraph is not None
            self._serve(self._assembler.given(self._config.supergraph, given))
            return
        delay = _FIRST_DELAY
        told: tuple[Problem, ...] = ()
        while True:
            try:
                await self.reload()
                return
            except AssemblyError as error:
                if error.problems != told:
                    _logger.warning("No supergraph yet: %s", error)
                told = error.problems
            except Exception:
                _logger.exception("The composition failed in a way nobody foresaw")
                self._problems = (Problem("INTERNAL", "The composition failed; the log says more"),)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY)

    def _serve(self, assembled: Assembled) -> None:
        self._problems = ()
        if assembled is self._assembled:
            return
        self._assembled = assembled
        self._generations += 1
        self._metrics.generation(self._generations)
        self._became_ready.set()

    def _current(self) -> Generation | None:
        return None if self._assembled is None else self._assembled.generation

    def _why_unavailable(self) -> str:
        message = "The gateway has no supergraph yet, try again soon"
        if self._config.mask_errors or not self._problems:
            return message
        return f"{message}: {'; '.join(problem.message for problem in self._problems)}"


class _Endpoint:
    """HTTP and WebSockets at one path."""

    def __init__(self, http: ASGIApp, websocket: ASGIApp) -> None:
        self._http = http
        self._websocket = websocket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._websocket if scope["type"] == "websocket" else self._http
        await app(scope, receive, send)


def _tls(ca_file: Path) -> ssl.SSLContext:
    try:
        return tls_context(ca_file)
    except BadAuthorities as error:
        raise ConfigError(f"ca_file: {error}") from error


def _websocket_settings(config: GatewayConfig) -> WebSocketSettings:
    return WebSocketSettings(
        sign_in_timeout=config.sign_in_timeout.total_seconds(),
        keep_alive=config.keep_alive.total_seconds(),
        max_operations=config.limits.operations,
        max_values=config.limits.values,
        max_message=config.limits.body,
        forward_headers=frozenset(config.forward_headers),
    )


def _application(gateway: Gateway, registry: CollectorRegistry) -> Starlette:
    """A gateway that stands alone."""

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        problems = [{"code": problem.code, "message": problem.message} for problem in gateway.problems]
        status = 200 if gateway.ready else 503
        return JSONResponse({"ready": gateway.ready, "problems": problems}, status)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with gateway.running():
            yield

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", gateway.endpoint),
            WebSocketRoute("/graphql", gateway.endpoint),
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
        ],
    )
