"""A real store for tests, as a pytest plugin: `store`, `store_uri`, `store_kind`.

    async def test_something(store: Store) -> None: ...

`store` is empty at the start of each test. One server serves the whole session: the one at
IZARA_MONGODB_URI where that is set, else the embedded one (starting it takes half a second). On MongoDB each
test has a database of its own, dropped afterwards. The embedded server keeps one set of collections whatever
the database's name, so there the collections are dropped instead: a test that uses `store` has the
server for itself, and opens further clients with `connect_store(store.uri, store.database.name)`.
"""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from store import Capabilities, Store, StoreSettings, connect_store, serve_store


@pytest.fixture(scope="session")
def given_mongodb_uri() -> str | None:
    """The MongoDB that the caller of the tests wants them run on; None means the embedded server."""
    return os.environ.get("IZARA_MONGODB_URI")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store_uri(
    given_mongodb_uri: str | None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """The session's server."""
    settings = StoreSettings(
        mongodb_uri=given_mongodb_uri,
        mongod=None,
        data_dir=Path(tmp_path_factory.mktemp("store")),
        prefer_embedded=True,
    )
    async with serve_store(settings) as uri:
        yield uri


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store_capabilities(store_uri: str) -> Capabilities:
    """What the session's server can do, asked once."""
    async with connect_store(store_uri, "izara_test_probe") as store:
        return store.capabilities


@pytest_asyncio.fixture
async def store(store_uri: str, store_capabilities: Capabilities) -> AsyncIterator[Store]:
    """An empty store."""
    name = f"izara_test_{uuid.uuid4().hex[:12]}"
    async with connect_store(store_uri, name, store_capabilities) as store:
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
