"""A real store for tests, as a pytest plugin: `store`, `store_uri`, `store_capabilities`.

    async def test_something(store: Store) -> None: ...

`store` is empty at the start of each test. One server serves the whole session: the one at
IZARA_MONGODB_URI where that is set, else the embedded one (starting it takes half a second). On MongoDB each
test has a database of its own, dropped afterwards. The embedded server keeps one set of collections whatever
the database's name, so there the collections are dropped instead: a test that uses `store` has the
server for itself, and opens further clients with `connect_store(store.uri, store.database.name)`.
"""

import os
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from store import Capabilities, Store, StoreSettings, connect_store, serve_store


def given_mongodb_uri() -> str | None:
    """The MongoDB that the caller of the tests wants them run on; None means the embedded server."""
    return os.environ.get("IZARA_MONGODB_URI")


def found_mongod() -> Path | None:
    """The `mongod` of this machine, if it has one."""
    found = shutil.which(os.environ.get("IZARA_MONGOD", "mongod"))
    return Path(found) if found else None


def available_servers() -> list[str]:
    """What the store's contract can be run on here: "embedded", "uri", "mongod"."""
    present = {"embedded": True, "uri": given_mongodb_uri() is not None, "mongod": found_mongod() is not None}
    return [kind for kind, there in present.items() if there]


def embedded_settings(data_dir: Path) -> StoreSettings:
    """The embedded server on `data_dir`, even where a `mongod` could be found."""
    return StoreSettings(mongodb_uri=None, mongod=None, data_dir=data_dir, prefer_embedded=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store_uri(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The session's server."""
    given = given_mongodb_uri()
    if given is not None:
        yield given
        return
    async with serve_store(embedded_settings(tmp_path_factory.mktemp("store"))) as uri:
        yield uri


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store_capabilities(store_uri: str) -> Capabilities:
    """What the session's server can do, asked once."""
    async with connect_store(store_uri, "izara_test_probe") as store:
        return store.capabilities


@pytest_asyncio.fixture
async def store(store_uri: str, store_capabilities: Capabilities) -> AsyncIterator[Store]:
    """An empty store."""
    async with empty_store(store_uri, store_capabilities) as store:
        yield store


@asynccontextmanager
async def empty_store(uri: str, capabilities: Capabilities) -> AsyncIterator[Store]:
    """A client on the server at `uri` that finds nothing there and leaves nothing."""
    async with connect_store(uri, f"izara_test_{uuid.uuid4().hex[:12]}", capabilities) as store:
        await clear(store)
        yield store
        await clear(store)


async def clear(store: Store) -> None:
    """Remove everything that the store's database holds."""
    if not store.capabilities.embedded:
        await store.client.drop_database(store.database.name)
        return
    for name in await store.database.list_collection_names():
        await store.database.drop_collection(name)
