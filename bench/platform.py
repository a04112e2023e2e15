"""A platform to measure: services and gateway in this process, store and plugins in their own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import aiohttp
from pymongo import monitoring

from bench.operations import OperationCounter
from flows import Engine
from gateway.config import GatewayConfig
from gateway.serving import settle_collector
from izara.graphql_call import mutate
from izara.listening import bind, serving
from izara.plugin_processes import end
from izara.root import FORWARDED, open_gateway, root_app
from izara.services import SERVICES, open_services, store_settings
from izara.settings import read_settings
from plugin_sdk import Plugin
from registrar.oauth import Issuer
from store import Store, open_store

_TOKEN_SECONDS = 60.0


@dataclass
class Platform:
    """What runs, and who calls it.

    Attributes:
        base: its address.
        data_dir: where the embedded store has its file.
        operations: what is asked of the store.
        engine: that of Commerce.
    """

    base: str
    data_dir: Path
    store: Store
    issuer: Issuer
    engine: Engine
    session: aiohttp.ClientSession
    operations: OperationCounter
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)
    _registered: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def mutate(self, user: str, field: str, selection: str, **given: Any) -> dict[str, Any]:
        """Run a mutation as that user; raises where it has errors."""
        return await mutate(self.session, f"{self.base}/graphql", await self.token(user), field, selection, **given)

    async def token(self, user: str) -> str:
        """A token of that user, the same one for a minute: clients do not sign in for each request."""
        until, token = self._tokens.get(user, (0.0, ""))
        if until < monotonic():
            token = await self.issuer.issue_user_token(user)
            self._tokens[user] = (monotonic() + _TOKEN_SECONDS, token)
        return token

    async def good(self, business: str, sku: str) -> str:
        """Make a good with more stock than is ever taken; gives its object ref."""
        price = {"amount": "1.00", "currency": "EUR"}
        given = {"businessId": business, "sku": sku, "name": sku, "price": price, "stock": 1_000_000}
        return str((await self.mutate("ada", "createGood", "good { objectRef }", **given))["good"]["objectRef"])

    @asynccontextmanager
    async def plugin(self, plugin: Plugin, owner: str, *goods: str) -> AsyncIterator[None]:
        """Connect the plugin, registered the first time, and run it as a process until the context ends."""
        if plugin.tag not in self._registered:
            answer = await self.mutate("admin", "registerPlugin", "clientId clientSecret", manifest=plugin.manifest())
            self._registered[plugin.tag] = answer
        registered = self._registered[plugin.tag]
        await self.mutate(
            "ada", "authorizePlugin", "authorization { id }", target={"ownerRef": owner}, pluginTag=plugin.tag
        )
        for good in goods:
            await self.mutate("ada", "connectPlugin", "connection { id }", objectRef=good, pluginTag=plugin.tag)
        credentials = {"IZARA_CLIENT_ID": registered["clientId"], "IZARA_CLIENT_SECRET": registered["clientSecret"]}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IZARA_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "izara.tethered", "bench.plugin"),
            env={**inherited, **credentials, "IZARA_URL": self.base},
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            await _subscribed(process)
            yield
        finally:
            await end(process)


async def _subscribed(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    said = []
    async with asyncio.timeout(30):
        async for line in process.stderr:
            said.append(line.decode())
            if b"subscribed to" in line:
                return
    raise RuntimeError(f"the plugin ended: {''.join(said)}")


@asynccontextmanager
async def open_platform(data_dir: Path) -> AsyncIterator[Platform]:
    """Everything on a free port of loopback, in a database of its own."""
    operations = OperationCounter()
    monitoring.register(operations)
    settings = read_settings(host="127.0.0.1", port=0, data_dir=data_dir)
    database = f"izara_bench_{uuid4().hex[:12]}"
    listening = bind(settings.host, 0)
    port = listening.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        stack.callback(listening.close)
        store = await stack.enter_async_context(open_store(replace(store_settings(settings), database=database)))
        if not store.capabilities.embedded:  # that one's data goes with its directory
            stack.push_async_callback(store.client.drop_database, database)
        services = await stack.enter_async_context(
            open_services(store, settings, port, list(SERVICES), page=lambda endpoint: None, development=True)
        )
        urls = {tag: f"{base}/subgraphs/{tag}/graphql" for tag in SERVICES}
        config = GatewayConfig(subgraphs=urls, forward_headers=FORWARDED)
        gateway = await stack.enter_async_context(open_gateway(config, apps=services.apps, verifier=services.verifier))
        app = root_app(gateway.endpoint, services.apps, services.routes)
        await stack.enter_async_context(serving(app, listening, drain=gateway.drain, http=gateway.http_protocol()))
        async with asyncio.timeout(60):
            await gateway.wait_ready()
        settle_collector()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Platform(base, data_dir, store, services.issuer, services.engines["commerce"], session, operations)
