"""The services of a process: their store prepared, engines and bus running, apps ready to be mounted."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from flows import (
    ENGINE_INDEXES,
    Engine,
    EngineSettings,
    FlowCatalog,
    check_together,
    open_bus,
    open_engine,
    tidy_indexes,
)
from flows.graphql import Service, ServiceProcess, create_service_app
from identity import (
    IDENTITY_ROLES,
    RemoteKeys,
    RoleDocument,
    TokenVerifier,
    TrustedIssuer,
)
from identity.remote import fixed_url, http_fetch, trusted_keys
from izara.authorizing import token_settings
from izara.outgoing import http_session
from izara.parts import REGISTRAR, SERVICE_MODULES
from izara.settings import Settings
from izara.settings import engine_settings as told_engines
from registrar.catalog import announce_hooks, announced
from registrar.directory import GraphQLCall, GraphQLDirectory, asgi_call, http_call
from registrar.oauth import Issuer, TokenIssuer, oauth_routes
from store import ChangeHub, Index, Store, StoreSettings, init_documents, prepare


class _Loaded(Mapping[str, Service]):
    """Each service is loaded when it is asked for: a process has those that it serves in memory, and no others."""

    def __getitem__(self, tag: str) -> Service:
        service: Service = importlib.import_module(SERVICE_MODULES[tag]).SERVICE
        return service

    def __contains__(self, tag: object) -> bool:
        return tag in SERVICE_MODULES

    def __iter__(self) -> Iterator[str]:
        return iter(SERVICE_MODULES)

    def __len__(self) -> int:
        return len(SERVICE_MODULES)


SERVICES: Mapping[str, Service] = _Loaded()
"""Every service of the project by its tag."""

IDENTITY_INDEXES: Mapping[str, Sequence[Index]] = {
    IDENTITY_ROLES: (Index((("user_id", 1),)), Index((("object_ref", 1),)), Index((("tidy_at", 1),))),
}

Page = Callable[[str], ASGIApp | None]
"""GraphiQL for the endpoint at a path; None where the service shall bring its own."""


@dataclass
class OpenServices:
    """What was opened.

    Attributes:
        apps: by service tag; each serves `/graphql`.
        routes: of the authorization server; empty without the registrar.
        issuer: issues development tokens.
        verifier: of bearer tokens.
    """

    store: Store
    issuer: Issuer
    verifier: TokenVerifier
    apps: dict[str, ASGIApp] = field(default_factory=dict)
    routes: list[BaseRoute] = field(default_factory=list)
    engines: dict[str, Engine] = field(default_factory=dict)

    def development_routes(self) -> list[BaseRoute]:
        """The authorization server's routes, or, for a service alone, those that give development tokens."""
        return self.routes or oauth_routes(self.issuer, development=True)


def store_settings(settings: Settings) -> StoreSettings:
    """The store's part of the settings."""
    return StoreSettings(mongodb_uri=settings.mongodb_uri, mongod=settings.mongod, data_dir=settings.data_dir)


def indexes_of(service: Service) -> dict[str, list[Index]]:
    """The service's own indexes, and those that its documents are tidied by."""
    tidied = tidy_indexes([cls for cls in service.documents if cls is not RoleDocument])
    names = {**service.indexes, **tidied}
    return {name: [*service.indexes.get(name, ()), *tidied.get(name, ())] for name in names}


async def prepare_store(store: Store, services: Sequence[Service]) -> None:
    """Indexes, migrations, document classes and the hook catalog of these services; done again it changes nothing."""
    await prepare(store, "flows", ENGINE_INDEXES)
    await prepare(store, "identity", IDENTITY_INDEXES)
    for service in services:
        await prepare(store, service.tag, indexes_of(service), service.migrations)
    documents = {document: None for service in services for document in service.documents}
    await init_documents(store, [*documents, RoleDocument] if RoleDocument not in documents else [*documents])
    catalogs = [FlowCatalog(service.tag, service.flows) for service in services]
    check_together(catalogs)
    for catalog in catalogs:
        await announce_hooks(store, catalog.service, announced(catalog))


@asynccontextmanager
async def open_services(
    store: Store,
    settings: Settings,
    port: int,
    tags: Sequence[str],
    *,
    page: Page,
    development: bool,
    engine_settings: EngineSettings | None = None,
    known: Mapping[str, Service] = SERVICES,
) -> AsyncIterator[OpenServices]:
    """Prepare the store for these services and run their engines until closed.

    Args:
        port: where this process listens; part of the issuer where none is set.
        engine_settings: in place of what `settings` say of engines.
        known: every service by its tag.
        development: whether tokens for demo users are given on loopback.
    """
    services = [known[tag] for tag in tags]
    await prepare_store(store, services)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(http_session(settings))
        opened = _open_identity(store, settings, port, session, own_issuer=REGISTRAR in tags)
        hub = ChangeHub()
        await stack.enter_async_context(open_bus(store, hub))
        for service in services:
            engine = open_engine(store, hub, service.tag, service.flows, engine_settings or told_engines(settings))
            opened.engines[service.tag] = await stack.enter_async_context(engine)
        for service in services:
            if service.tag != REGISTRAR:
                process = ServiceProcess(store, opened.engines[service.tag], opened.verifier)
                opened.apps[service.tag] = create_service_app(
                    service, process, page(f"/subgraphs/{service.tag}/graphql")
                )
        if REGISTRAR in tags:
            await _add_registrar(opened, _directory_call(settings, opened.apps, session), page, development)
        yield opened


async def _add_registrar(opened: OpenServices, call: GraphQLCall, page: Page, development: bool) -> None:
    from registrar.app import create_registrar

    registrar = await create_registrar(
        opened.store,
        opened.engines[REGISTRAR],
        opened.verifier,
        opened.issuer,
        GraphQLDirectory(call),
        development=development,
        graphiql=page(f"/subgraphs/{REGISTRAR}/graphql"),
    )
    opened.apps[REGISTRAR] = registrar.app
    opened.routes = list(registrar.routes)


def _directory_call(settings: Settings, apps: Mapping[str, ASGIApp], session: aiohttp.ClientSession) -> GraphQLCall:
    return asgi_call(apps) if not settings.subgraphs else http_call(session, settings.subgraphs)


def _open_identity(
    store: Store, settings: Settings, port: int, session: aiohttp.ClientSession, *, own_issuer: bool
) -> OpenServices:
    """Our own tokens are verified with the store's keys; away from the registrar with what the issuer publishes."""
    name = settings.issuer_at(port)
    issuer = Issuer(store, TokenIssuer(name, settings.audience))
    fetch = http_fetch(session)
    in_store = own_issuer or settings.issuer is None
    published = settings.jwks_url or f"{name}/oauth/jwks"
    keys = issuer.key_source() if in_store else RemoteKeys(fixed_url(published), fetch)
    trusted = tuple(TrustedIssuer(other) for other in settings.trusted_issuers)
    verifier = TokenVerifier(token_settings(settings, name, trusted), keys, trusted=trusted_keys(trusted, fetch))
    return OpenServices(store, issuer, verifier)
