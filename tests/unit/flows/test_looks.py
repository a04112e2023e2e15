"""Who watches the same shares the looks at it, and nobody sees less, or older things, than alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from flows.looks import KEPT, Missed, Watcher, Watches
from store import ChangeHub

TOPIC = "object:toy:Jar:a"


class Clockwork:
    """A number that changes, and looks at it that take as long as the test wants."""

    def __init__(self) -> None:
        self.value = 0
        self.looks = 0
        self.open = asyncio.Event()
        self.open.set()
        self.begun = asyncio.Event()
        self.error: Exception | None = None

    def __call__(self) -> Callable[[], Awaitable[int]]:
        return self.look

    async def look(self) -> int:
        self.looks += 1
        seen = self.value
        self.begun.set()
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return seen


def differs(before: int, after: int) -> bool:
    return before != after


@pytest.fixture
def hub() -> ChangeHub:
    return ChangeHub()


@pytest.fixture
async def watches(hub: ChangeHub) -> AsyncIterator[Watches]:
    async with asyncio.TaskGroup() as tasks:
        made = Watches(hub, tasks)
        yield made
        made.close()


async def looked(watcher: Watcher[int]) -> list[int]:
    async with asyncio.timeout(5):
        return await watcher.next()


async def test_a_change_is_looked_at_once_for_all(watches: Watches, hub: ChangeHub) -> None:
    clockwork = Clockwork()
    with watches.watch(TOPIC, clockwork, differs) as first, watches.watch(TOPIC, clockwork, differs) as second:
        for watcher in (first, second):
            watcher.begin(at_once=True)
            assert await looked(watcher) == [0]
        before = clockwork.looks
        clockwork.value = 1
        hub.notify(TOPIC)
        assert [await looked(first), await looked(second)] == [[1], [1]]
        assert clockwork.looks == before + 1


async def test_who_comes_later_is_told_how_it_is_though_nothing_changed(watches: Watches) -> None:
    clockwork = Clockwork()
    with watches.watch(TOPIC, clockwork, differs) as first:
        first.begin(at_once=True)
        assert await looked(first) == [0]
        with watches.watch(TOPIC, clockwork, differs) as second:
            second.begin(at_once=True)
            assert await looked(second) == [0]


async def test_a_look_that_began_before_the_watcher_read_for_itself_is_made_again(watches: Watches) -> None:
    clockwork = Clockwork()
    clockwork.open.clear()
    with watches.watch(TOPIC, clockwork, differs) as watcher:
        await clockwork.begun.wait()
        clockwork.value = 1  # which the watcher reads for itself now
        watcher.begin()
        clockwork.open.set()
        assert await looked(watcher) == [1]


async def test_who_falls_behind_is_told_so_and_begins_anew(watches: Watches, hub: ChangeHub) -> None:
    clockwork = Clockwork()
    with watches.watch(TOPIC, clockwork, differs) as slow, watches.watch(TOPIC, clockwork, differs) as quick:
        slow.begin()
        quick.begin(at_once=True)
        await looked(quick)
        for number in range(1, KEPT + 2):
            clockwork.value = number
            hub.notify(TOPIC)
            assert await looked(quick) == [number]
        with pytest.raises(Missed):
            await looked(slow)
        slow.begin()
        assert await looked(slow) == [KEPT + 1]


async def test_what_a_look_raises_ends_the_watching_for_all_and_the_next_who_watches_begins_anew(
    watches: Watches, hub: ChangeHub
) -> None:
    clockwork = Clockwork()
    with watches.watch(TOPIC, clockwork, differs) as first, watches.watch(TOPIC, clockwork, differs) as second:
        first.begin(at_once=True)
        await looked(first)
        clockwork.error = ValueError("broken")
        hub.notify(TOPIC)
        for watcher in (first, second):
            with pytest.raises(ValueError, match="broken"):
                while True:
                    await looked(watcher)
        clockwork.error = None
        with watches.watch(TOPIC, clockwork, differs) as third:
            third.begin(at_once=True)
            assert await looked(third) == [0]


async def test_nobody_looks_once_nobody_watches(watches: Watches, hub: ChangeHub) -> None:
    clockwork = Clockwork()
    with watches.watch(TOPIC, clockwork, differs) as watcher:
        watcher.begin(at_once=True)
        await looked(watcher)
        assert TOPIC in hub.topics
    for _ in range(5):  # turns of the loop in which the task ends
        await asyncio.sleep(0)
    assert TOPIC not in hub.topics


async def test_watching_ends_with_its_process(watches: Watches) -> None:
    clockwork = Clockwork()
    with watches.watch(TOPIC, clockwork, differs) as watcher:
        watcher.begin(at_once=True)
        await looked(watcher)
        watches.close()
        with pytest.raises(Exception, match="stopping"):
            await looked(watcher)
