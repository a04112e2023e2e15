"""`izara up`: everything on one port, first-party plugins as processes of their own, the demo seeded once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from prometheus_client import CollectorRegistry

from flows import EngineSettings
from flows.graphql import Service
from gateway.config import GatewayConfig
from gateway.serving import settle_collector
from izara.demo import is_seeded, seed_demo
from izara.errors import StartError
from izara.listening import bind, serving, stop_signals
from izara.pages import built_console, graphiql_app, pages_routes
from izara.parts import FIRST_PARTY
from izara.plugin_processes import plugin_processes, register_plugins
from izara.root import FORWARDED, health_routes, open_gateway, root_app
from izara.services import SERVICES, open_services, store_settings
from izara.settings import Settings
from store import Store, open_store

READY_WITHIN = 60.0
DEFAULT_BASE = "http://127.0.0.1:4000"
"""Where commands look for Izara unless told otherwise."""

FIRST_QUERY = """{ businesses { edges { node { name goods { edges { node { name stock connections {
    plugin { tag } links { name object { ... on SellOffer { available } } } } } } } } } } }"""


async def up(
    settings: Settings,
    *,
    demo: bool,
    say: Callable[[str], None],
    engine_settings: EngineSettings | None = None,
    known: Mapping[str, Service] = SERVICES,
    plugins: Sequence[str] = FIRST_PARTY,
) -> None:
    """Run until SIGINT or SIGTERM.

    Args:
        demo: seed the demo where it is not there yet; the first-party plugins run either way.
        say: prints a line for the operator.
        known: the services by tag.
        plugins: tags of the first-party plugins that run beside it.
    """
    listening = bind(settings.host, settings.port)
    port = listening.getsockname()[1]
    base = settings.base_url(port)
    dist = built_console()
    registry = CollectorRegistry()
    with stop_signals() as stop:
        async with AsyncExitStack() as stack:
            stack.callback(listening.close)
            store = await stack.enter_async_context(open_store(store_settings(settings)))
            say(f"store    {store.description}")
            services = await stack.enter_async_context(
                open_services(
                    store,
                    settings,
                    port,
                    list(known),
                    page=lambda endpoint: graphiql_app(dist, endpoint, subgraphs=list(known)),
                    development=True,
                    engine_settings=engine_settings,
                    known=known,
                )
            )
            gateway = await stack.enter_async_context(
                open_gateway(
                    GatewayConfig(
                        subgraphs={tag: f"{base}/subgraphs/{tag}/graphql" for tag in known},
                        forward_headers=FORWARDED,
                        show_plans=True,
                    ),
                    apps=services.apps,
                    verifier=services.verifier,
                    graphiql=graphiql_app(dist, "/graphql", subgraphs=list(known)),
                    registry=registry,
                )
            )
            routes = [
                *health_routes(gateway, store, registry),
                *services.routes,
                *pages_routes(dist, list(known), True),
            ]
            app = root_app(gateway.endpoint, services.apps, routes)
            await stack.enter_async_context(serving(app, listening, drain=gateway.drain, http=gateway.http_protocol()))
            await _composed(gateway.wait_ready, lambda: " ".join(str(item) for item in gateway.problems))
            secrets = await _registered(store, settings.data_dir, plugins)
            await stack.enter_async_context(plugin_processes(f"{base}/graphql", secrets))
            if demo and not await is_seeded(store):
                say("demo     seeding it, once")
                await seed_demo(store, services.issuer, f"{base}/graphql")
            settle_collector()
            stop.started()
            for line in welcome(base, dist is not None):
                say(line)
            await stop.wait()
            say("stopping")


async def _composed(wait_ready: Callable[[], object], problems: Callable[[], str]) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN):
            await wait_ready()  # type: ignore[misc]
    except TimeoutError as error:
        raise StartError(f"the gateway could not compose its subgraphs: {problems()}") from error


async def _registered(store: Store, data_dir: Path, tags: Sequence[str]) -> dict[str, str]:
    try:
        return await register_plugins(store, data_dir, tags)
    except (OSError, ValueError) as error:
        reason = f"the secrets of the plugins in {data_dir} cannot be used: {error}; new ones are made without the file"
        raise StartError(reason) from error


def welcome(base: str, console: bool) -> list[str]:
    """What a newcomer needs next; its commands work as they are pasted, at whatever address this listens."""
    token = ".venv/bin/izara token --user ada" + ("" if base == DEFAULT_BASE else f" --url {base}")
    lines = [
        f"ready    {base}/graphql",
        f"         {base}/graphiql   GraphiQL over everything, signed in as a demo user",
        f"         {base}/console    plugins, connections, live runs",
        f"         {base}/subgraphs/commerce/graphql   each service alone: {', '.join(SERVICES)}",
        f"token    {token}",
        "         or as admin, bob, eve; or with --plugin market",
        "query    a first one to try:",
        f"    curl -s {base}/graphql -H 'content-type: application/json' \\",
        f'      -H "authorization: Bearer $({token})" \\',
        "      -d '" + '{"query":"' + " ".join(FIRST_QUERY.split()) + '"}' + "'",
        "stop     Ctrl-C; the data stays",
    ]
    if not console:
        lines.insert(3, "         (pages were not built: Node is missing; GraphiQL takes its assets from the web)")
    return lines
