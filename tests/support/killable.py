"""`izara up` behind a proxy that counts the store's writes; service, plugins and store are killed and start again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from pymongo import AsyncMongoClient

from izara.listening import bind
from store import serve_store
from tests.support.store import embedded_settings
from tests.support.write_tap import WriteTap, write_tap

PATIENCE = 45.0
PAUSE = 0.05
"""Between two questions to a platform that is down."""


FRESH = 240.0
"""Seconds for which a token, which lives for ten minutes, is used."""
REGISTER = """mutation ($m: PluginManifestInput!) { registerPlugin(input: {manifest: $m}) {
    clientSecret errors { code message } } }"""
FLOOR: dict[str, Any] = {
    "tag": "stockFloor",
    "name": "Stock floor",
    "objTypes": ["Good"],
    "permissions": [],
    "configSchema": {},
    "hooks": [{"id": "commerce_adjustStock_validate_beforeStockChange", "mode": "SYNC", "onFailure": "CONTINUE"}],
}


class Down(Exception):
    """The platform does not answer now."""


@dataclass
class Platform:
    """`izara up` behind the proxy, and the stock floor plugin; all are killed and started again at will."""

    tap: WriteTap
    store_uri: str
    data_dir: Path
    store_pid: Path | None
    port: int
    session: aiohttp.ClientSession
    up: asyncio.subprocess.Process | None = None
    floor: asyncio.subprocess.Process | None = None
    secret: str = ""
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    patience: float = PATIENCE

    @property
    def url(self) -> str:
        """Where `izara up` listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        """The gateway that clients call."""
        return f"{self.url}/graphql"

    async def start(self) -> None:
        """Start `izara up` without waiting for it."""
        self.up = await process(
            *("tests.support.quick_up", str(self.port), str(self.data_dir)), IZARA_MONGODB_URI=self.store_uri
        )

    async def start_floor(self) -> None:
        """Start the sync plugin."""
        self.floor = await self.plugin("tests.support.plugins.stock_floor", "stockFloor", self.secret)

    async def plugin(self, module: str, tag: str, secret: str, **environment: str) -> asyncio.subprocess.Process:
        """Start a plugin."""
        own = {"IZARA_URL": f"{self.url}/graphql", "IZARA_CLIENT_ID": tag, "IZARA_CLIENT_SECRET": secret}
        return await process(module, quiet=True, **own, **environment)

    async def register(self, manifest: dict[str, Any]) -> str:
        """Register a plugin; gives its secret."""
        made = await self.insist(REGISTER, user="admin", m=manifest)
        secret: str = made["registerPlugin"]["clientSecret"]
        assert secret, made
        return secret

    def processes(self) -> list[asyncio.subprocess.Process | None]:
        """All that were started, in the order in which they are ended."""
        return [self.floor, self.up]

    async def kill_service(self) -> None:
        """SIGKILL the process of gateway and services; its plugins go with it. Start it again."""
        assert self.up is not None
        self.up.kill()
        await self.up.wait()
        await self.start()

    async def kill_plugins(self) -> None:
        """SIGKILL the market plugin, which is started again by `up`, and the sync plugin."""
        assert self.up is not None and self.floor is not None
        for pid in children_of(self.up.pid):
            os.kill(pid, signal.SIGKILL)
        self.floor.kill()
        await self.floor.wait()
        await self.start_floor()

    async def kill_store(self) -> None:
        """SIGKILL the store's server; whoever runs it starts it again."""
        assert self.store_pid is not None, "only a server that we run is ours to kill"
        os.kill(int(self.store_pid.read_text().split()[0]), signal.SIGKILL)

    async def token(self, user: str) -> str:
        """A token of a development user, not about to end."""
        token, since = self.tokens.get(user, ("", 0.0))
        if not token or time.monotonic() - since > FRESH:
            since = time.monotonic()
            async with self.session.post(f"{self.url}/oauth/dev-token", json={"user": user}) as response:
                if response.status != 200:
                    raise Down(await response.text())
                token = (await response.json())["access_token"]
            self.tokens[user] = token, since
        return token

    async def ask(self, query: str, user: str = "ada", **variables: Any) -> dict[str, Any]:
        """The data of one operation; raises Down for an answer that asks to try again."""
        try:
            headers = {"Authorization": f"Bearer {await self.token(user)}"}
            body = {"query": query, "variables": variables}
            async with self.session.post(self.endpoint, json=body, headers=headers) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Down(str(error)) from error
        if answer.get("errors"):
            raise Down(str(answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    async def insist(self, query: str, user: str = "ada", **variables: Any) -> dict[str, Any]:
        """Ask until the platform answers, as a client with an idempotency key may."""
        async with asyncio.timeout(self.patience):
            while True:
                try:
                    return await self.ask(query, user, **variables)
                except Down:
                    await asyncio.sleep(PAUSE)


async def process(module: str, *arguments: str, quiet: bool = False, **settings: str) -> asyncio.subprocess.Process:
    """Start a module of Python with these settings and no others of ours."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("IZARA_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        env=own | settings,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL if quiet else None,
    )


def free_port() -> int:
    """A port that nothing listens on."""
    with bind("127.0.0.1", 0) as free:
        return int(free.getsockname()[1])


def children_of(pid: int) -> list[int]:
    """The process ids of all descendants."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == pid:
                    found += [int(entry.name), *children_of(int(entry.name))]
    return found


P = TypeVar("P", bound=Platform)


def open_platform(directory: Path) -> AbstractAsyncContextManager[Platform]:
    """A platform on an embedded store with the sync plugin registered and everything answering."""
    return open_platform_of(Platform, directory)


@asynccontextmanager
async def open_platform_of(cls: type[P], directory: Path, store: str | None = None) -> AsyncIterator[P]:
    """The same of another class.

    Args:
        store: the URI of a replica set or cluster, whose primary (or mongos) of now is used; None serves an embedded
            one. It is not killed, and its database must be empty.
    """
    async with AsyncExitStack() as stack:
        uri = store or str(await stack.enter_async_context(serve_store(embedded_settings(directory / "store"))))
        host, port = await primary_of(uri)
        tap = await stack.enter_async_context(write_tap(port, host))
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)))
        given = urlsplit(uri)
        login = f"{given.username}:{given.password}@" if given.username else ""
        through = f"mongodb://{login}127.0.0.1:{tap.port}/?directConnection=true"
        pid = directory / "store" / "store.pid" if store is None else None
        platform = cls(tap, through, directory / "up", pid, free_port(), session)
        stack.push_async_callback(stop, platform)
        await platform.start()
        platform.secret = await platform.register(FLOOR)
        await platform.start_floor()
        yield platform


async def primary_of(uri: str) -> tuple[str, int]:
    """Where the server is that takes writes now; refuses one whose database is in use."""
    async with AsyncMongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=10_000) as client:
        used = await client["izara"].list_collection_names()
        assert not used, f"the database `izara` at {uri} is in use: give a server where it may be filled"
        address = await client.address
    assert address is not None, f"{uri} has no primary"
    return address


async def stop(platform: Platform) -> None:
    """End every process of the platform."""
    for running in platform.processes():
        if running is not None and running.returncode is None:
            running.terminate()
            await running.wait()


@dataclass(frozen=True)
class Pair:
    """A good and the offer that follows its stock."""

    good_id: str
    offer_id: str


class Scene:
    """Goods with offers of one business and seller, each connected to both plugins.

    Args:
        name: tells it from other scenes of the platform.
    """

    def __init__(self, platform: Platform, name: str) -> None:
        self._platform = platform
        self._name = name
        self._count = 0

    async def _do(self, mutation: str, selection: str, **given: Any) -> dict[str, Any]:
        self._count += 1
        name = mutation[0].upper() + mutation[1:]
        answer = await self._platform.insist(
            f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} errors {{ message }} }} }}",
            input={**given, "idempotencyKey": f"{self._name}/{self._count}"},
        )
        payload: dict[str, Any] = answer[mutation]
        assert payload["errors"] == [], payload
        return payload

    async def begin(self) -> None:
        """The owners, and what they allow."""
        business = (await self._do("createBusiness", "business { id objectRef }", name="B"))["business"]
        seller = (await self._do("createSeller", "seller { id objectRef }", name="S"))["seller"]
        self.business, self._seller = business["id"], seller["id"]
        for owner in (business, seller):
            await self._do(
                "authorizePlugin", "authorization { id }", target={"ownerRef": owner["objectRef"]}, pluginTag="market"
            )

    async def connect(self, good_id: str, plugin: str) -> None:
        """Connect a plugin to a good."""
        await self._do("connectPlugin", "connection { id }", objectRef=f"commerce:Good:{good_id}", pluginTag=plugin)

    async def pair(self) -> Pair:
        """A new good of 10 with its offer."""
        price = {"amount": "1.00", "currency": "EUR"}
        good = await self._do(
            "createGood",
            "good { id objectRef }",
            **{"businessId": self.business, "sku": f"g{self._count}", "name": "G", "price": price, "stock": 10},
        )
        product = await self._do("createProduct", "product { id }", sellerId=self._seller, title="P")
        offer = await self._do(
            "createSellOffer",
            "sellOffer { id objectRef }",
            **{"sellerId": self._seller, "productId": product["product"]["id"], "price": price, "stock": 10},
        )
        ref = good["good"]["objectRef"]
        link = {"name": "sellOffer", "objectRef": offer["sellOffer"]["objectRef"]}
        await self._do("connectPlugin", "connection { id }", objectRef=ref, pluginTag="market", links=[link])
        await self._do(
            "connectPlugin", "connection { id }", objectRef=ref, pluginTag="stockFloor", config={"minimum": 0}
        )
        return Pair(good["good"]["id"], offer["sellOffer"]["id"])
