"""Questions that are asked at once, so that what is read for them is read together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def together(ask: Callable[[T], Coroutine[Any, Any, R]], items: Sequence[T]) -> list[R]:
    """Ask about each of the items at once, so that what is read for them is read together."""
    if len(items) == 1:
        return [await ask(items[0])]
    answers = await asyncio.gather(*(ask(item) for item in items), return_exceptions=True)
    wrong = [item for item in answers if isinstance(item, BaseException)]
    if wrong:
        raise wrong[0]
    return [item for item in answers if not isinstance(item, BaseException)]


async def both(first: Coroutine[Any, Any, T], second: Coroutine[Any, Any, R]) -> tuple[T, R]:
    """Ask two things at once."""
    answers = await asyncio.gather(first, second, return_exceptions=True)
    if isinstance(answers[0], BaseException):
        raise answers[0]
    if isinstance(answers[1], BaseException):
        raise answers[1]
    return answers[0], answers[1]
