"""One service or the gateway as a process of its own, on the same paths as in `izara up`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from gateway.app import Gateway
from gateway.config import GatewayConfig
from gateway.serving import settle_collector
from gateway.supergraph import SupergraphError
from izara.authorizing import described, open_verifier
from izara.listening import bind, serving, stop_signals
from izara.pages import graphiql_app, pages_routes
from izara.root import FORWARDED, health_routes, open_gateway, root_app
from izara.services import open_services
from izara.settings import Settings
from izara.up import StartError, built_console, store_settings
from store import open_store

FETCH = aiohttp.ClientTimeout(total=30)

Say = Callable[[str], None]


async def serve_service(tag: str, settings: Settings, *, say: Say) -> None:
    """Serve one service until SIGINT or SIGTERM, with GraphiQL of its own at `/subgraphs/<tag>/graphql`."""
    listening = bind(settings.host, settings.port)
    port = listening.getsockname()[1]
    dist, registry = built_console(), CollectorRegistry()
    development = settings.issuer is None

    def page(endpoint: str) -> ASGIApp:
        return graphiql_app(dist, endpoint, subgraphs=[tag], development=development, whole=False)

    with stop_signals() as stop:
        async with AsyncExitStack() as stack:
            stack.callback(listening.close)
            store = await stack.enter_async_context(open_store(store_settings(settings)))
            services = await stack.enter_async_context(
                open_services(
                    store,
                    settings,
                    port,
                    [tag],
                    page=page,
                    development=development,
                )
            )
            routes = [
                *health_routes(None, store, registry),
                *services.development_routes(),
                *pages_routes(dist, [tag], development, whole=False),
            ]
            app = root_app(None, services.apps, routes)
            await stack.enter_async_context(serving(app, listening))
            settle_collector()
            stop.started()
            say(f"store    {store.description}")
            say(f"ready    {settings.base_url(port)}/subgraphs/{tag}/graphql")
            await stop.wait()


async def read_supergraph(source: str) -> str:
    """The text of a supergraph at a file or URL; raises StartError where there is none."""
    if source.startswith(("http://", "https://")):
        try:
            async with aiohttp.ClientSession(timeout=FETCH) as session, session.get(source) as response:
                response.raise_for_status()
                return await response.text()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise StartError(f"no supergraph at {source}: {error or type(error).__name__}") from error
    try:
        return await asyncio.to_thread(Path(source).read_text)
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"no supergraph in {source}: {error}") from error


@contextmanager
def naming(source: str | None) -> Iterator[None]:
    """What is wrong with a supergraph is told with where it is from, as a StartError."""
    try:
        yield
    except SupergraphError as error:
        raise StartError(f"{source}: {error}") from error


async def _settled(gateway: Gateway) -> None:
    """Once there is a supergraph, what is in memory stays there."""
    await gateway.wait_ready()
    settle_collector()


def gateway_config(settings: Settings, supergraph: str | None) -> GatewayConfig:
    """A gateway that stands alone, as the settings want it.

    Args:
        supergraph: its SDL; None to compose the settings' subgraphs.

    Raises:
        ConfigError: a setting cannot work.
    """
    return GatewayConfig(
        supergraph=supergraph,
        subgraphs={} if supergraph is not None else settings.subgraphs,
        event_streams=settings.event_streams,
        ca_file=settings.ca_file,
        forward_headers=tuple(dict.fromkeys((*FORWARDED, *settings.forward_headers))),
        request_timeout=timedelta(seconds=settings.request_timeout),
        subgraph_timeout=timedelta(seconds=settings.subgraph_timeout),
        introspection=settings.introspection,
        mask_errors=settings.mask_errors,
        show_plans=settings.show_plans,
    )


async def serve_gateway(settings: Settings, *, say: Say) -> None:
    """Serve the gateway alone until SIGINT or SIGTERM."""
    if settings.supergraph is None and not settings.subgraphs:
        raise StartError("a gateway needs IZARA_SUBGRAPHS (name=url,…), or --supergraph FILE|URL")
    supergraph = None if settings.supergraph is None else await read_supergraph(settings.supergraph)
    config = gateway_config(settings, supergraph)
    listening = bind(settings.host, settings.port)
    port = listening.getsockname()[1]
    dist, registry = built_console(), CollectorRegistry()
    with stop_signals() as stop:
        async with AsyncExitStack() as stack:
            stack.callback(listening.close)
            verifier = await stack.enter_async_context(open_verifier(settings))
            with naming(settings.supergraph):
                gateway = await stack.enter_async_context(
                    open_gateway(
                        config,
                        verifier=verifier,
                        graphiql=graphiql_app(dist, "/graphql", development=False),
                        registry=registry,
                    )
                )
            routes = [*health_routes(gateway, None, registry), *pages_routes(dist, [], False)]
            app = root_app(gateway.endpoint, {}, routes)
            await stack.enter_async_context(serving(app, listening, drain=gateway.drain, http=gateway.http_protocol()))
            stop.started()
            say(f"tokens   {described(settings)}")
            say(f"ready    {settings.base_url(port)}/graphql")
            settling = asyncio.create_task(_settled(gateway), name="settling")
            stack.callback(settling.cancel)
            await stop.wait()
