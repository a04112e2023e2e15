"""Following one collection's changes for as long as the process lives."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymongo.errors import PyMongoError

from store.connect import Store

logger = logging.getLogger("izara.store")

_FIRST_BACKOFF, _LAST_BACKOFF = 0.05, 5.0
_AWAIT_MS = 1_000
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
    while True:
        try:
            await follower.follow()
        except PyMongoError as error:
            follower.failed(error)
            logger.warning("change stream of %s interrupted, starting it again: %s", name, error)
        if follower.told:
            backoff = _FIRST_BACKOFF
        await asyncio.sleep(backoff)
        backoff = min(backoff * 2, _LAST_BACKOFF)


class _Follower:
    """One collection's stream over its restarts; `told` says whether the last one told anything."""

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
        """Open the stream and tell its changes; returns when the server ends it (`invalidate`)."""
        self.told = False
        resumed = self._token is not None
        full = "updateLookup" if self._store.capabilities.embedded else None
        async with await self._store.collection(self._name).watch(
            resume_after=self._token, max_await_time_ms=_AWAIT_MS, full_document=full
        ) as stream:
            if not resumed:
                self._on_gap()
            idle = _IDLE_POLL
            while stream.alive:
                change = await stream.try_next()
                if self._store.capabilities.resume_tokens:
                    self._token = stream.resume_token
                if change is not None:
                    idle = _IDLE_POLL
                    self.told = True
                    self._tell(change)
                elif not self._store.capabilities.awaits_changes:
                    await asyncio.sleep(idle)
                    idle = min(idle * 2, _LAST_IDLE_POLL)
        # An invalidated stream cannot be resumed: the collection was dropped or renamed.
        self._token = None

    def failed(self, error: PyMongoError) -> None:
        """Forget the token where the server says, or may mean, that it is of no more use."""
        if not error.has_error_label("ResumableChangeStreamError"):
            self._token = None

    def _tell(self, change: dict[str, Any]) -> None:
        id = change.get("documentKey", {}).get("_id")
        if id is not None:
            self._on_change(
                ChangeEvent(self._name, str(id), str(change["operationType"]), change.get("fullDocument"))
            )
