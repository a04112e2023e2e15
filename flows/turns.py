"""Writers of one document take turns once they have missed each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

PATIENCE = 15.0
"""Seconds; who has the turn may wait for a plugin, whose own call may be waiting for the turn."""


class Turns:
    """Keeps the writers of this process that missed a document's version from missing it again and again.

    Versions alone keep writes right, so a turn that does not come is gone without. But two hundred writers at once
    would need twenty thousand attempts, and most would give up.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for the turn of that document, in the order of asking, and have it for the block."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with asyncio.timeout(PATIENCE):
                await lock.acquire()
        except TimeoutError:
            yield
            return
        try:
            yield
        finally:
            lock.release()
