"""Look-ups made once, however many ask for them at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Memo(Generic[V]):
    """Results by key. The first to ask looks up, the others wait for it; a failed look-up is not kept."""

    def __init__(self) -> None:
        self._values: dict[str, V] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """The value of `key`, by `load()` where it is not known yet."""
        if key in self._values:
            return self._values[key]
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._values:
                self._values[key] = await load()
        return self._values[key]
