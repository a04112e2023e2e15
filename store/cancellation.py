"""Cancellation that PyMongo loses, found again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cancellation_kept() -> Iterator[None]:
    """Raise CancelledError at the end of the block if the task was cancelled in it and the block says otherwise.

    PyMongo awaits its writes in `asyncio.wait_for`, which before Python 3.12 drops a cancellation that meets
    the end of what it waits for (https://github.com/python/cpython/issues/86296). A loop around such
    a call would go on for ever, and whoever cancelled it would wait for ever.
    """
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no event loop, so nothing to cancel
        task = None
    before = task.cancelling() if task is not None else 0
    try:
        yield
    except Exception as error:  # the driver may fail instead, when it is cancelled while the server is away
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError from error
        raise
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
