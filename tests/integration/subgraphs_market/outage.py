"""A store that goes away after so many writes, and comes back for the next process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import AutoReconnect

WRITES = ("insert_one", "insert_many", "bulk_write", "update_one", "find_one_and_update", "replace_one")


class Outage:
    """Lets `writes` writes through once it is begun; `struck` is set when one more is tried."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.struck = asyncio.Event()
        for name in WRITES:
            monkeypatch.setattr(AsyncCollection, name, self._counted(getattr(AsyncCollection, name)))

    def begin(self, writes: int) -> None:
        """From now on so many writes happen and no more."""
        self.left = writes
        self.struck = asyncio.Event()

    def end(self) -> None:
        """The store is back."""
        self.left = None

    def _counted(self, write: Any) -> Any:
        async def counted(*args: Any, **options: Any) -> Any:
            if self.left is not None:
                if self.left == 0:
                    self.struck.set()
                    raise AutoReconnect("the store is away")
                self.left -= 1
            return await write(*args, **options)

        return counted
