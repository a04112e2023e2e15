"""Writers of one document take turns once they have missed each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

PATIENCE = 4.0
"""Seconds: less than a SYNC plugin has to answer, and than half the lease of a run (see EngineSettings)."""


class Turn:
    """A writer's turn, until it is given back; one that never came is none."""

    def __init__(self, lock: asyncio.Lock | None) -> None:
        self._lock = lock

    def give_back(self) -> None:
        """Let the next one have it, before the end of the block; done twice it is done once."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class Turns:
    """Keeps the writers of this process that missed a document's version from missing it again and again.

    Versions alone keep writes right, so a turn that does not come is gone without. But two hundred writers at once
    would need twenty thousand attempts, and most would give up.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[Turn]:
        """Wait for the turn of that document, in the order of asking, and have it for the block or until given back."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with asyncio.timeout(PATIENCE):
                await lock.acquire()
        except TimeoutError:
            yield Turn(None)
            return
        turn = Turn(lock)
        try:
            yield turn
        finally:
            turn.give_back()
