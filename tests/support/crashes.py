"""Kills a process at a chosen write, inside a test: the write is not made, or made and never heard of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from pymongo.asynchronous.collection import AsyncCollection

WRITES = (
    "insert_one",
    "insert_many",
    "update_one",
    "bulk_write",
    "replace_one",
    "find_one_and_update",
    "delete_one",
    "delete_many",
)


class Killed(BaseException):
    """The process is no more: nothing catches this, as nothing catches SIGKILL."""


class Crash:
    """Counts writes; at the one numbered `at` the process dies, before or after the write is applied."""

    def __init__(self, at: int | None, applied: bool) -> None:
        self._at = at
        self._applied = applied
        self.writes: list[str] = []
        self.happened = asyncio.Event()

    def _dies(self, name: str) -> bool:
        self.writes.append(name)
        return len(self.writes) - 1 == self._at

    async def around(self, name: str, write: Any, collection: Any, args: Any, kwargs: Any) -> Any:
        """Make the write, or die at it; a dead process writes nothing more."""
        if self.happened.is_set():
            raise Killed
        if not self._dies(f"{collection.name}.{name}"):
            return await write(collection, *args, **kwargs)
        self.happened.set()
        if self._applied:
            await write(collection, *args, **kwargs)
        raise Killed


@contextmanager
def crash_at(at: int | None, *, applied: bool) -> Iterator[Crash]:
    """Every write of this process passes the crash while the context is open; None only counts."""
    crash = Crash(at, applied)
    patches = []
    for name in WRITES:
        original = getattr(AsyncCollection, name)

        def wrapped(self: Any, *args: Any, _name: str = name, _write: Any = original, **kwargs: Any) -> Any:
            return crash.around(_name, _write, self, args, kwargs)

        patches.append(patch.object(AsyncCollection, name, wrapped))
    for item in patches:
        item.start()
    try:
        yield crash
    finally:
        for item in patches:
            item.stop()
