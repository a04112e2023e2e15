"""The gateway as a process of its own, on the same paths as in `izara up`; it loads nothing of the services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta

from prometheus_client import CollectorRegistry

from gateway.app import Gateway
from gateway.config import GatewayConfig
from gateway.serving import settle_collector
from izara.authorizing import described, open_verifier
from izara.errors import StartError
from izara.listening import bind, serving, stop_signals
from izara.pages import built_console, graphiql_app, pages_routes
from izara.root import FORWARDED, health_routes, open_gateway, root_app
from izara.settings import Settings
from izara.supergraph_source import naming, read_supergraph

Say = Callable[[str], None]


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
