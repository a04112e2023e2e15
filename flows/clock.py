"""The clocks of a process, in one place so that tests can move them."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time decides when to try; the monotonic clock alone tells whether a lease still stands."""

    def now(self) -> int:
        """Milliseconds since the epoch, UTC."""

    def monotonic(self) -> int:
        """Milliseconds on a clock that is never set."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> int:
        return time.monotonic_ns() // 1_000_000
