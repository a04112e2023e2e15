"""A bound on how long a piece of a test may take, so that what hangs fails with a name."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class HangsError(AssertionError):
    """Something took longer than it ever should."""


@contextmanager
def bounded(seconds: float, what: str) -> Iterator[None]:
    """Raise HangsError inside the block once the processor time is spent, however busy the machine is."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise HangsError(f"still busy after {seconds} s: {what}")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
