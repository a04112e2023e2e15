"""How long a lease lasts, seen from a clock that may differ from the platform's."""

from __future__ import annotations

from datetime import datetime

ASSUMED = 30.0
SHORTEST = 1.0
LONGEST = 3600.0


class PlatformClock:
    """The platform's time, as far as its heartbeats tell it.

    Before the first heartbeat the local clock is taken for right.
    """

    def __init__(self) -> None:
        self._ahead = 0.0

    def heard(self, at: datetime, now: datetime) -> None:
        """Take note of a heartbeat that says `at` and arrived at local time `now`."""
        self._ahead = (at - now).total_seconds()

    def seconds_until(self, deadline: datetime | None, now: datetime) -> float:
        """The length of a lease that ends at `deadline`, at local time `now`.

        Within bounds: a wrong clock must neither flood the platform with extensions nor forget them.
        """
        if deadline is None:
            return ASSUMED
        remaining = (deadline - now).total_seconds() - self._ahead
        return min(LONGEST, max(SHORTEST, remaining))
