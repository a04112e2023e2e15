"""In-memory wake-ups: who waits for what inside one process."""

import asyncio
from types import TracebackType
from typing import Self


class ChangeHub:
    """Topics and those who wait for them. One per process, used from its event loop only.

    A reader subscribes, then reads the database, then waits; a notification that comes between the
    subscription and the wait ends the wait at once, so nothing is slept through.
    """

    def __init__(self) -> None:
        self._waiters: dict[str, set[Waiter]] = {}

    def subscribe(self, *topics: str) -> "Waiter":
        """A waiter on any of `topics`; use it as a context manager so that it is given back."""
        return Waiter(self, topics)

    def notify(self, *topics: str) -> None:
        """Wake everyone who waits for one of `topics`."""
        for topic in topics:
            for waiter in self._waiters.get(topic, ()):
                waiter.wake()

    def notify_all(self) -> None:
        """Wake everyone: what changed meanwhile is unknown (a change stream was interrupted)."""
        for waiters in self._waiters.values():
            for waiter in waiters:
                waiter.wake()

    @property
    def topics(self) -> frozenset[str]:
        """The topics somebody waits for."""
        return frozenset(self._waiters)

    def _add(self, waiter: "Waiter", topics: tuple[str, ...]) -> None:
        for topic in topics:
            self._waiters.setdefault(topic, set()).add(waiter)

    def _remove(self, waiter: "Waiter", topics: tuple[str, ...]) -> None:
        for topic in topics:
            waiters = self._waiters.get(topic)
            if waiters is not None:
                waiters.discard(waiter)
                if not waiters:
                    del self._waiters[topic]


class Waiter:
    """One subscription; counts as notified from the moment it is made."""

    def __init__(self, hub: ChangeHub, topics: tuple[str, ...]) -> None:
        self._hub = hub
        self._topics = topics
        self._event = asyncio.Event()
        hub._add(self, topics)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the subscription back; harmless when done twice."""
        self._hub._remove(self, self._topics)

    def wake(self) -> None:
        self._event.set()

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - running out of time is an answer here
        """Wait for a notification since the subscription or the last `wait`; False when none came in time."""
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True
