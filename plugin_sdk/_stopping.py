"""Waiting for something, but no longer than the worker goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def or_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event, grace: float = 0) -> T | None:
    """Do the work; once `stop` is set it has `grace` more seconds, and is then cancelled.

    Returns:
        What it gave, or None where it was cancelled.
    """
    task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await asyncio.wait({task}, timeout=grace)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopping.cancel()
        await asyncio.gather(task, stopping, return_exceptions=True)
