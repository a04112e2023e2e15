"""One look for all who watch the same thing: it is read once when it may have changed, however many are to be told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from identity import CodedError
from store import ChangeHub, Waiter

T = TypeVar("T")

KEPT = 32
"""Looks that are kept for a watcher who is slower than the others."""
LOOK_AGAIN = 1.0
"""Seconds; wake-ups are hints and can be lost."""


class Missed(Exception):
    """The watcher is further behind than looks are kept: it has to look for itself, and begins anew."""


class Watcher(Generic[T]):
    """One of those who watch."""

    def __init__(self, watched: Watched[T]) -> None:
        self._watched = watched
        self._woken = asyncio.Event()
        self._looks: deque[T] = deque()
        self._missed = False
        self._joined_at = watched.begun
        self.after = watched.begun
        self.waits_for_first = True

    def begin(self, *, at_once: bool = False) -> None:
        """See what is looked at from now on, the first look whatever it shows.

        What the watcher has read for itself before this is older than any look that it is given, and nothing that
        happened since is left out: a look that was begun meanwhile is made again.

        Args:
            at_once: the watcher has read nothing for itself, so look as soon as may be.
        """
        watched = self._watched
        self._looks.clear()
        self._missed = False
        self.waits_for_first = True
        self.after = watched.begun
        if at_once or watched.begun > min(watched.taken, self._joined_at):
            watched.look_again()

    def give(self, look: T) -> None:
        """A look was taken."""
        self.waits_for_first = False
        if len(self._looks) == KEPT:
            self._missed = True
        else:
            self._looks.append(look)
        self._woken.set()

    def wake(self) -> None:
        """There will be no other look."""
        self._woken.set()

    async def next(self) -> list[T]:
        """The looks since the last ones, the oldest first; waits for one.

        Raises:
            Missed: there were too many; call `begin` when you have looked.
            Exception: what ended the watching.
        """
        while not self._looks and self._watched.ended is None:
            self._woken.clear()
            await self._woken.wait()
        if self._watched.ended is not None:
            raise self._watched.ended
        if self._missed:
            raise Missed
        looks = list(self._looks)
        self._looks.clear()
        return looks


class Watched(Generic[T]):
    """Something that is watched.

    Args:
        look: reads it; what it raises ends the watching, for all who watch.
        differs: whether a look shows anything that the one before did not.
    """

    def __init__(self, look: Callable[[], Awaitable[T]], differs: Callable[[T, T], bool]) -> None:
        self.watchers: set[Watcher[T]] = set()
        self.begun = 0
        self.taken = 0
        self.ended: Exception | None = None
        self._look = look
        self._differs = differs
        self._last: T | None = None
        self._waiter: Waiter | None = None

    def look_again(self) -> None:
        """Look once more, soon."""
        if self._waiter is not None:
            self._waiter.wake()

    async def follow(self, hub: ChangeHub, topic: str) -> None:
        """Look at each wake-up, and at an interval, until cancelled."""
        try:
            with hub.subscribe(topic) as self._waiter:
                while True:
                    self.begun += 1
                    self._take(await self._look())
                    await self._waiter.wait(LOOK_AGAIN)
        except asyncio.CancelledError:
            self._end(CodedError("UNAVAILABLE", "this process is stopping; watch again"))
            raise
        except Exception as error:
            self._end(error)

    def _take(self, look: T) -> None:
        new = self._last is None or self._differs(self._last, look)
        self._last = look
        self.taken = self.begun
        for watcher in self.watchers:
            if watcher.after < self.taken and (new or watcher.waits_for_first):
                watcher.give(look)

    def _end(self, error: Exception) -> None:
        self.ended = error
        for watcher in self.watchers:
            watcher.wake()


class Watches:
    """What is watched in one process.

    Args:
        tasks: owns a task for each thing that is watched, while it is.
    """

    def __init__(self, hub: ChangeHub, tasks: asyncio.TaskGroup) -> None:
        self._hub = hub
        self._tasks = tasks
        self._watched: dict[str, tuple[Watched[Any], asyncio.Task[None]]] = {}

    @contextmanager
    def watch(
        self, topic: str, make_look: Callable[[], Callable[[], Awaitable[T]]], differs: Callable[[T, T], bool]
    ) -> Iterator[Watcher[T]]:
        """Watch what a hub topic is about, with all others who do.

        Args:
            make_look: makes what reads it, for the first who watches.
        """
        watched, task = self._watched.get(topic) or (None, None)
        if watched is None or task is None or watched.ended is not None:
            watched = Watched(make_look(), differs)
            task = self._follow(watched, topic)
            self._watched[topic] = watched, task
        watcher = Watcher(watched)
        watched.watchers.add(watcher)
        try:
            yield watcher
        finally:
            watched.watchers.discard(watcher)
            if not watched.watchers:
                task.cancel()
                if self._watched.get(topic) == (watched, task):
                    del self._watched[topic]

    def _follow(self, watched: Watched[Any], topic: str) -> asyncio.Task[None]:
        following = watched.follow(self._hub, topic)
        try:
            return self._tasks.create_task(following, name=f"watching {topic}")
        except RuntimeError as error:  # the group is coming down
            following.close()
            raise CodedError("UNAVAILABLE", "this process is stopping; watch again") from error

    def close(self) -> None:
        """End all watching."""
        for _, task in self._watched.values():
            task.cancel()
