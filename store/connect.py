"""Opening the store: which server, started or not, and one client on it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from store.cancellation import cancellation_kept
from store.capabilities import Capabilities, probe
from store.embedded.server import run_embedded
from store.errors import StoreError, StoreErrorCode
from store.lock import data_dir_lock
from store.mongod import find_mongod, run_mongod
from store.settings import StoreSettings

_SCHEMES = ("mongodb://", "mongodb+srv://")
_SOCKET_TIMEOUT_MS = 20_000
_WRITE_TIMEOUT_MS = 10_000


@dataclass(frozen=True)
class Store:
    """A connected store. Opened once per process by `open_store`.

    Attributes:
        description: one line that says which server this is and what it can do.
        uri: where it is, for child processes; may hold a password.
    """

    client: AsyncMongoClient[dict[str, Any]]
    database: AsyncDatabase[dict[str, Any]]
    capabilities: Capabilities
    description: str
    uri: str

    def collection(self, name: str) -> AsyncCollection[dict[str, Any]]:
        """The collection `name` of the store's database."""
        return self.database[name]

    async def answers(self, seconds: float = 2.0) -> bool:
        """Whether the server answers a ping in time."""
        try:
            async with asyncio.timeout(seconds):
                with cancellation_kept():
                    await self.database.command("ping")
        except (PyMongoError, TimeoutError):
            return False
        return True


@asynccontextmanager
async def open_store(settings: StoreSettings) -> AsyncIterator[Store]:
    """Connect to the server that `settings` name, starting one where they name none.

    Raises:
        StoreError: with a code and one line that says what to do.
    """
    async with (
        serve_store(settings) as uri,
        connect_store(uri, settings.database, connect_seconds=settings.connect_seconds) as store,
    ):
        yield store


@asynccontextmanager
async def serve_store(settings: StoreSettings) -> AsyncIterator[str]:
    """The URI of the server that `settings` name; one started here runs as long as the context.

    For a parent of several processes: it gives them the URI, which they open like any other.
    """
    if settings.mongodb_uri is not None:
        yield settings.mongodb_uri
        return
    async with data_dir_lock(settings.data_dir) as lock_fd, _started(settings, lock_fd) as uri:
        yield uri


def _started(settings: StoreSettings, lock_fd: int) -> AbstractAsyncContextManager[str]:
    mongod = None if settings.prefer_embedded else find_mongod(settings.mongod)
    if mongod is not None:
        return run_mongod(mongod, settings.data_dir, lock_fd)
    return run_embedded(settings.data_dir, lock_fd)


@asynccontextmanager
async def connect_store(
    uri: str,
    database: str = "izara",
    capabilities: Capabilities | None = None,
    *,
    connect_seconds: float = 5.0,
) -> AsyncIterator[Store]:
    """A client on the running server at `uri`.

    Args:
        capabilities: what a former probe of the same server found; None asks it.
    """
    client = _client(uri, connect_seconds)
    try:
        try:
            known = capabilities or await probe(client.get_database(database))
        except OperationFailure as error:
            raise StoreError(StoreErrorCode.UNREACHABLE, f"The store refused us: {_short(error)}") from error
        except PyMongoError as error:
            raise StoreError(
                StoreErrorCode.UNREACHABLE,
                f"No store answers at {_hosts(uri)} (IZARA_MONGODB_URI): {_short(error)}",
            ) from error
        if not known.change_streams:
            raise StoreError(
                StoreErrorCode.UNSUPPORTED,
                f"The store at {_hosts(uri)} has no change streams. "
                "Run MongoDB as a replica set: one member is enough.",
            )
        yield Store(client, _database(client, database, known), known, known.describe(), uri)
    finally:
        await client.close()


def _client(uri: str, connect_seconds: float) -> AsyncMongoClient[dict[str, Any]]:
    milliseconds = int(connect_seconds * 1000)
    try:
        if not uri.startswith(_SCHEMES):
            raise InvalidURI("it does not start with mongodb:// or mongodb+srv://")
        return AsyncMongoClient(
            uri,
            appname="izara",
            tz_aware=True,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            socketTimeoutMS=_SOCKET_TIMEOUT_MS,
            retryWrites=True,
            retryReads=True,
        )
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise StoreError(
            StoreErrorCode.URI_INVALID,
            f"IZARA_MONGODB_URI is not a MongoDB URI: {_short(error)}. Write mongodb://host:port/?replicaSet=name.",
        ) from error


def _database(
    client: AsyncMongoClient[dict[str, Any]], name: str, known: Capabilities
) -> AsyncDatabase[dict[str, Any]]:
    if known.embedded:
        return client.get_database(name)
    # Majority reads too: what a step concludes from an effect must not be undone by a fail-over.
    return client.get_database(
        name,
        write_concern=WriteConcern(w="majority", wtimeout=_WRITE_TIMEOUT_MS),
        read_concern=ReadConcern("majority"),
    )


def _hosts(uri: str) -> str:
    """The hosts of `uri`, without its password."""
    with contextlib.suppress(PyMongoError, ValueError):
        return ",".join(f"{host}:{port}" for host, port in parse_uri(uri, validate=False)["nodelist"])
    return "the given URI"


def _short(error: Exception) -> str:
    """The first sentence of a driver's error, which goes on with its view of the topology."""
    return str(error).splitlines()[0].split(" (configured timeouts")[0].split(", Timeout:")[0].rstrip(".")
