"""Keeps Python's garbage collector out of the way of requests. For whoever owns the process: it is for all of it."""

from __future__ import annotations

import gc
from typing import Final

_THRESHOLDS: Final = (20_000, 10, 3)


def settle_collector() -> None:
    """Call once, when everything that stays has been made.

    What there is then is never looked at again. A request leaves no cycles behind, so the collector has little
    to find and is asked seldom; what it does cost at a time grows with the objects that it looks at.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
