"""Following one collection's changes for as long as the process lives."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.command_cursor import AsyncCommandCursor
from pymongo.errors import ConnectionFailure, PyMongoError

from store.cancellation import cancellation_kept
from store.connect import Store

logger = logging.getLogger("izara.store")

_FIRST_BACKOFF, _LAST_BACKOFF = 0.05, 5.0
_STEADY = 1.0  # a stream that lived this long starts the back-off anew
_AWAIT_MS = 500
_IDLE_POLL, _LAST_IDLE_POLL = 0.002, 0.05


@dataclass(frozen=True)
class ChangeEvent:
    """One change, as a wake-up: read the document for what it is now.

    Attributes:
        operation: insert, update, replace or delete.
        document_id: its `_id`.
        full_document: a hint at most; can be absent, or older or newer than the change.
    """

    collection: str
    document_id: str
    operation: str
    full_document: dict[str, Any] | None


async def watch_collection(
    store: Store,
    name: str,
    on_change: Callable[[ChangeEvent], None],
    on_gap: Callable[[], None],
) -> None:
    """Call `on_change` for every change of collection `name`, until cancelled.

    `on_gap` is called each time the stream is open, the first included, unless it resumed where it was:
    from then on changes are told, what came before is unknown, so readers read again.
    An error restarts the stream with back-off.
    """
    follower = _Follower(store, name, on_change, on_gap)
    backoff = _FIRST_BACKOFF
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        try:
            await follower.follow()
        except PyMongoError as error:
            follower.failed(error)
            logger.warning("change stream of %s interrupted, starting it again: %s", name, error)
        if follower.told or loop.time() - started > _STEADY:
            backoff = _FIRST_BACKOFF
        await asyncio.sleep(backoff)
        backoff = min(backoff * 2, _LAST_BACKOFF)


class _Follower:
    """One collection's stream over its restarts; `told` says whether the last one told anything.

    The stream is a plain cursor on `$changeStream`: PyMongo's own ChangeStream resumes by itself, and on
    a server without resume tokens nobody would learn of the gap.
    """

    def __init__(
        self, store: Store, name: str, on_change: Callable[[ChangeEvent], None], on_gap: Callable[[], None]
    ) -> None:
        self._store = store
        self._name = name
        self._on_change = on_change
        self._on_gap = on_gap
        self._token: Any = None
        self.told = False

    async def follow(self) -> None:
        """Open the stream and tell its changes; returns when the server ends it."""
        self.told = False
        options: dict[str, Any] = {"fullDocument": "updateLookup"}  # without it an update tells only what it set
        if self._token is not None:
            options["resumeAfter"] = self._token
        with cancellation_kept():
            cursor = await self._store.collection(self._name).aggregate(
                [{"$changeStream": options}], maxAwaitTimeMS=_AWAIT_MS
            )
        async with cursor:
            if self._token is None:
                self._on_gap()
            await self._tell_all(cursor)
        # Ended without an error: the collection was dropped or renamed, or the server forgot the stream.
        self._token = None

    async def _tell_all(self, cursor: AsyncCommandCursor[dict[str, Any]]) -> None:
        known = self._store.capabilities
        idle = _IDLE_POLL
        while cursor.alive:
            with cancellation_kept():
                change = await cursor.try_next()
            if change is not None:
                idle = _IDLE_POLL
                self._tell(change)
                # After the telling: a reader that fails in it is told again.
                self._token = change["_id"] if known.resume_tokens else None
            elif not known.awaits_changes:
                await asyncio.sleep(idle)
                idle = min(idle * 2, _LAST_IDLE_POLL)

    def failed(self, error: PyMongoError) -> None:
        """Forget the token unless the error says that the stream can go on where it was."""
        resumable = isinstance(error, ConnectionFailure) or error.has_error_label("ResumableChangeStreamError")
        if not resumable:
            self._token = None

    def _tell(self, change: dict[str, Any]) -> None:
        self.told = True
        id = change.get("documentKey", {}).get("_id")
        if id is not None:
            operation = str(change["operationType"])
            self._on_change(ChangeEvent(self._name, str(id), operation, change.get("fullDocument")))
