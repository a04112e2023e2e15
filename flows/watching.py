"""Watching runs: as they are, and then each time one moves. Who watches the same shares what is read for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flows.looks import Missed, Watches
from flows.parts import EngineParts, object_topic, run_topic
from flows.records import RunRecord
from flows.submission import RunView
from identity import CodedError

LATE_WRITES = 5_000
"""How far behind the newest `updated_at` another may still come to be stored: its writer takes the time, then writes.

Clocks of several machines that differ by more than this hide the end of a run from who watches its object.
"""

View = Callable[[RunRecord], Awaitable[RunView]]
State = tuple[Any, ...]


def no_run(service: str, id: str) -> CodedError:
    """What who watches a run is told that does not exist, or not for them."""
    return CodedError("NOT_FOUND", f"{service} has no run {id[:80]!r} that you may see")


async def watch_run(parts: EngineParts, watches: Watches, view: View, id: str) -> AsyncIterator[RunView]:
    """The run of this service as it is, then each time it moves; NOT_FOUND where there is none (any more)."""

    async def look() -> RunView | None:
        run = await parts.runs.read(id)
        if run is None or run.service != parts.catalog.service:
            return None
        return await view(run)

    told: State | None = None
    with watches.watch(run_topic(id), lambda: look, run_differs) as watcher:
        watcher.begin(at_once=True)
        while True:
            try:
                seen = (await watcher.next())[-1]
            except Missed:
                watcher.begin(at_once=True)
                continue
            if seen is None:
                raise no_run(parts.catalog.service, id)
            if seen.state != told:
                told = seen.state
                yield seen


def run_differs(before: RunView | None, after: RunView | None) -> bool:
    """Whether a watcher of the run has something to be told."""
    return before is None or after is None or before.state != after.state


@dataclass(frozen=True)
class ObjectLook:
    """The runs about an object at one moment.

    Attributes:
        views: those that wait for others, and then those that ended lately.
        moved: those that moved lately, the oldest move first.
    """

    views: Sequence[RunView]
    moved: Sequence[RunRecord]


def object_differs(before: ObjectLook, after: ObjectLook) -> bool:
    """Whether a watcher of the object may have something to be told."""
    return states_of(before) != states_of(after)


def states_of(look: ObjectLook) -> list[tuple[str, State]]:
    """What is shown of each run."""
    return [(view.run.id, view.state) for view in look.views]


class ObjectLooks:
    """Looks at the runs about an object, each from shortly before the newest move that the one before saw."""

    def __init__(self, parts: EngineParts, view: View, object_ref: str) -> None:
        self._parts = parts
        self._view = view
        self._object_ref = object_ref
        self._since = parts.clock.now()

    async def __call__(self) -> ObjectLook:
        look = await self.since(self._since)
        self._since = max([self._since, *(run.updated_at for run in look.moved)])
        return look

    async def since(self, since: int) -> ObjectLook:
        """What is unfinished, and what moved since then or is stored late."""
        service, runs = self._parts.catalog.service, self._parts.runs
        moved = await runs.moved_since(service, self._object_ref, since - LATE_WRITES)
        unfinished = await runs.unfinished_of_object(service, self._object_ref)
        looked_at = [*unfinished, *(run for run in moved if run.terminal)]
        return ObjectLook([await self._view(run) for run in looked_at], moved)


class Told:
    """What one watcher of an object was told of its runs."""

    def __init__(self, since: int, before: Sequence[RunRecord]) -> None:
        self.since = since
        ended = [run for run in before if run.terminal and run.updated_at <= self.since]
        self._told = {run.id: RunView(run, []).state for run in ended}

    def news(self, look: ObjectLook) -> list[RunView]:
        """What the look shows that was not told; told by that."""
        moved = [run for run in look.moved if run.updated_at >= self.since - LATE_WRITES]
        recent = {run.id for run in moved}
        views = [view for view in look.views if not view.run.terminal or view.run.id in recent]
        self.since = max([self.since, *(run.updated_at for run in moved)])
        kept = recent | {view.run.id for view in views}
        news = self.of(views)
        self._told = {run_id: state for run_id, state in self._told.items() if run_id in kept}
        return news

    def of(self, views: Sequence[RunView]) -> list[RunView]:
        """What of these was not told; told by that."""
        news = [view for view in views if self._told.get(view.run.id) != view.state]
        self._told |= {view.run.id: view.state for view in news}
        return news


async def watch_object(parts: EngineParts, watches: Watches, view: View, object_ref: str) -> AsyncIterator[RunView]:
    """The unfinished runs about an object, or else the one that moved last; then each that parks, moves on or ends."""
    service, runs = parts.catalog.service, parts.runs
    looks = ObjectLooks(parts, view, object_ref)
    with watches.watch(object_topic(object_ref), lambda: looks, object_differs) as watcher:
        latest = await runs.latest_of_object(service, object_ref)
        since = parts.clock.now() if latest is None else latest.updated_at
        told = Told(since, await runs.moved_since(service, object_ref, since - LATE_WRITES))
        # In this order: what parks between the two is in the first look.
        parked = await runs.unfinished_of_object(service, object_ref)
        running = await runs.running_of_object(service, object_ref)
        watcher.begin()
        unfinished = [*{run.id: run for run in (*parked, *running)}.values()]
        if not unfinished and latest is not None:
            yield RunView(latest, [])
        for news in told.of([await view(run) for run in unfinished]):
            yield news
        while True:
            try:
                for look in await watcher.next():
                    for news in told.news(look):
                        yield news
            except Missed:
                missed = await looks.since(told.since)
                watcher.begin()
                for news in told.news(missed):
                    yield news
