"""Waits until something changes around files, whether they are there or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from watchfiles import awatch

_logger = logging.getLogger(__name__)


class FileWatch:
    """Watches the directories of files, for editors replace files rather than write them.

    Its owner gives it a task group, which ends its task.
    """

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._task: asyncio.Task[None] | None = None
        self._directories: frozenset[Path] = frozenset()
        self._changed = asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether changes are noticed."""
        return self._task is not None and not self._task.done()

    async def over(self, files: Iterable[Path], *, anew: bool = False) -> None:
        """Watch around these files from now on. What changes after this returns is noticed.

        Args:
            anew: even where the directories are the same, for one may have been removed and made again.
        """
        directories = frozenset(_nearest(path) for file in files for path in {file.absolute(), file.resolve()})
        if directories == self._directories and not anew:
            return
        self._directories = directories
        await self.end()
        if directories:
            self._task = self._tasks.create_task(self._watch(directories), name="watch over files")
            await asyncio.sleep(0)  # its first step sets the watch up

    async def changed(self, seconds: float | None) -> bool:
        """Return True once something changed, or False after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    async def end(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _watch(self, directories: frozenset[Path]) -> None:
        try:
            async for _ in awatch(*directories, watch_filter=None, recursive=False, step=20, debounce=400):
                self._changed.set()
        except (OSError, RuntimeError) as error:
            _logger.warning("Changes of files cannot be watched (%s); they are looked for at intervals", error)


def _nearest(file: Path) -> Path:
    """The directory of a file, or the nearest above it that exists."""
    return next((parent for parent in file.parents if parent.is_dir()), file.parents[-1])
