"""Time-outs without a timer each: things that all get the same time expire in the order in which they began."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Deadlines(Generic[T]):
    """Whatever is added and not discarded within `seconds` is handed to `expire`, once.

    One timer runs for the oldest; what is discarded in time costs two operations on a dict.

    Attributes:
        seconds: that each has.
    """

    def __init__(self, seconds: float, expire: Callable[[T], None], loop: asyncio.AbstractEventLoop) -> None:
        self.seconds = seconds
        self._expire = expire
        self._loop = loop
        self._ends: dict[T, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._ends))

    def add(self, item: T) -> None:
        """Begins its time."""
        end = self._loop.time() + self.seconds
        self._ends[item] = end
        if self._timer is None:
            self._timer = self._loop.call_at(end, self._look)

    def discard(self, item: T) -> None:
        """Ends its time, if it has any."""
        self._ends.pop(item, None)

    def close(self) -> None:
        """Forgets all of them; nothing expires any more."""
        self._ends.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for item, end in list(self._ends.items()):
            if end > now:
                self._timer = self._loop.call_at(end, self._look)
                return
            del self._ends[item]
            self._expire(item)
