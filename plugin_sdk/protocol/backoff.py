"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Exponential, with full jitter, so that a thousand workers do not return in one instant.

    Args:
        random: gives a number in [0, 1); comes in so that tests choose it.
        base: the longest first wait, in seconds.
        cap: the longest wait of all.
    """

    def __init__(self, random: Callable[[], float], *, base: float = 0.1, cap: float = 5.0) -> None:
        self._random = random
        self._base = base
        self._cap = cap
        self.failures = 0

    def next(self) -> float:
        """The next wait; each is on average twice the one before, up to the cap."""
        ceiling = min(self._cap, self._base * 2.0 ** min(self.failures, 30))
        self.failures += 1
        # Never below a twentieth of the ceiling: a zero wait in a row of failures is a busy loop.
        return ceiling * (0.05 + 0.95 * self._random())

    def reset(self) -> None:
        """It worked: start again from the base."""
        self.failures = 0
