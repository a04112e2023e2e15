"""Composes again whenever files or subgraphs change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from izara.composing.file_watch import FileWatch
from izara.composing.old_schema import OldSchema
from izara.composing.outcome import Outcome
from izara.composing.sources import Gathered


@dataclass(frozen=True)
class Round:
    """What one look at all sources found.

    Attributes:
        files: those that it depends on, there or not.
        remote: whether there are sources that only asking again tells about.
    """

    gathered: Gathered
    old: OldSchema | None
    files: frozenset[Path]
    remote: bool

    @property
    def fingerprint(self) -> object:
        """Equal for two looks that found the same."""
        old = None if self.old is None else (self.old.text, self.old.problems)
        return self.gathered.subgraphs, self.gathered.problems, old


async def watch(
    files: frozenset[Path],
    look: Callable[[], Awaitable[Round]],
    compose: Callable[[Round], Outcome],
    show: Callable[[Outcome, Round], None],
    interval: float,
) -> None:
    """Look, compose and show, again after each change, until SIGINT or SIGTERM.

    Args:
        files: those that are known before the first look.
        interval: seconds between two looks where only looking tells of a change.
    """
    from izara.listening import stop_signals

    with stop_signals():
        async with asyncio.TaskGroup() as tasks:
            watching, seen, missing = FileWatch(tasks), None, False
            while True:
                await watching.over(files, anew=missing)
                found = await look()
                if found.files != files:
                    files = found.files
                    continue  # to look once more, now that they are watched
                if found.fingerprint != seen:
                    seen = found.fingerprint
                    show(await asyncio.to_thread(compose, found), found)
                missing = bool(found.gathered.problems)
                await watching.changed(interval if missing or found.remote or not watching.alive else None)
