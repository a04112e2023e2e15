"""One service as a process of its own, on the same paths as in `izara up`; it loads nothing of the other services."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from gateway.serving import settle_collector
from izara.listening import bind, serving, stop_signals
from izara.pages import built_console, graphiql_app, pages_routes
from izara.root import health_routes, root_app
from izara.services import open_services, store_settings
from izara.settings import Settings
from store import open_store


async def serve_service(tag: str, settings: Settings, *, say: Callable[[str], None]) -> None:
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
