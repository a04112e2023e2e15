"""Ends what a client may see only for a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")


def on_loop(moment: datetime) -> float:
    """A moment on the running loop's clock."""
    return asyncio.get_running_loop().time() + (moment - datetime.now(UTC)).total_seconds()


async def until(results: AsyncGenerator[T, None], end: datetime | None, last: T) -> AsyncGenerator[T, None]:
    """Yields results up to a moment; then closes them and yields `last`. None is a moment that never comes."""
    deadline = None if end is None else on_loop(end)
    async with aclosing(results):
        while True:
            try:
                async with asyncio.timeout_at(deadline) as time:
                    result = await anext(results)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if not time.expired():
                    raise
                break
            yield result
    yield last
