"""Watching runs: as they are, and then each time one moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from flows.parts import EngineParts, object_topic, run_topic
from flows.records import RunRecord
from flows.submission import RunView
from identity import CodedError

LATE_WRITES = 5_000
"""How far behind the newest `updated_at` another may still come to be stored: its writer takes the time, then writes.

Clocks of several machines that differ by more than this hide the end of a run from who watches its object.
"""
LOOK_AGAIN = 1.0
"""Seconds; wake-ups are hints and can be lost."""

Awaiting = Callable[[RunRecord], Awaitable[list[str]]]
State = tuple[Any, ...]


def state_of(view: RunView) -> State:
    """What a watcher is told again for, once it changes."""
    run = view.run
    return (run.status, run.step, view.awaiting, len(run.errors), len(run.skipped), run.failure or run.trouble)


def no_run(service: str, id: str) -> CodedError:
    """What who watches a run is told that does not exist, or not for them."""
    return CodedError("NOT_FOUND", f"{service} has no run {id[:80]!r} that you may see")


async def watch_run(parts: EngineParts, awaiting: Awaiting, id: str) -> AsyncIterator[RunView]:
    """The run of this service as it is, then each time it moves; NOT_FOUND where there is none (any more)."""
    told: State | None = None
    with parts.hub.subscribe(run_topic(id)) as waiter:
        while True:
            run = await parts.runs.read(id)
            if run is None or run.service != parts.catalog.service:
                raise no_run(parts.catalog.service, id)
            view = RunView(run, await awaiting(run))
            if state_of(view) != told:
                told = state_of(view)
                yield view
            await waiter.wait(LOOK_AGAIN)


async def watch_object(parts: EngineParts, awaiting: Awaiting, object_ref: str) -> AsyncIterator[RunView]:
    """The unfinished runs about an object, or else the one that moved last; then each that parks, moves on or ends."""
    service, runs = parts.catalog.service, parts.runs
    with parts.hub.subscribe(object_topic(object_ref)) as waiter:
        latest = await runs.latest_of_object(service, object_ref)
        since = max((run.updated_at for run in latest), default=parts.clock.now())
        before = await runs.moved_since(service, object_ref, since - LATE_WRITES)
        told = {run.id: state_of(RunView(run, [])) for run in before if run.terminal and run.updated_at <= since}
        parked = await runs.unfinished_of_object(service, object_ref)
        known = {run.id for run in parked}
        unfinished = [*parked, *(run for run in latest if not run.terminal and run.id not in known)]
        if not unfinished and latest:
            yield RunView(latest[-1], [])
        looked_at = unfinished
        while True:
            for run in looked_at:
                view = RunView(run, await awaiting(run))
                if told.get(run.id) != state_of(view):
                    told[run.id] = state_of(view)
                    yield view
            await waiter.wait(LOOK_AGAIN)
            moved = await runs.moved_since(service, object_ref, since - LATE_WRITES)
            ended = [run for run in moved if run.terminal]
            looked_at = [*await runs.unfinished_of_object(service, object_ref), *ended]
            since = max([since, *(run.updated_at for run in moved)])
            kept = {run.id for run in [*looked_at, *moved]}
            told = {run_id: state for run_id, state in told.items() if run_id in kept}
