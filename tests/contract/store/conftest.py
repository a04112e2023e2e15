"""The suite runs on every server there is: the embedded one, IZARA_MONGODB_URI, a found `mongod`."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pymongo.asynchronous.collection import AsyncCollection

from store import Capabilities, Store, StoreSettings, connect_store, serve_store
from tests.support.store import (
    available_servers,
    embedded_settings,
    empty_store,
    found_mongod,
    given_mongodb_uri,
)


def _settings(kind: str, data_dir: Path) -> StoreSettings:
    if kind == "embedded":
        return embedded_settings(data_dir)
    return StoreSettings(
        mongodb_uri=given_mongodb_uri() if kind == "uri" else None, mongod=found_mongod(), data_dir=data_dir
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=available_servers())
async def contract_uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with serve_store(_settings(request.param, tmp_path_factory.mktemp("contract"))) as uri:
        yield uri


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def contract_capabilities(contract_uri: str) -> Capabilities:
    async with connect_store(contract_uri, "izara_test_probe") as store:
        return store.capabilities


@pytest_asyncio.fixture
async def store(contract_uri: str, contract_capabilities: Capabilities) -> AsyncIterator[Store]:
    """An empty store on each server in turn."""
    async with empty_store(contract_uri, contract_capabilities) as store:
        yield store


@pytest.fixture
def things(store: Store) -> AsyncCollection[dict[str, Any]]:
    """An empty collection."""
    return store.collection("contract_things")
