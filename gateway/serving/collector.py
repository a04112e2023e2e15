"""Keeps Python's garbage collector out of the way of requests. For whoever owns the process: it is for all of it."""

from __future__ import annotations

import gc
from typing import Final

_THRESHOLDS: Final = (10_000, 5, 200)


def settle_collector() -> None:
    """Call once, when everything that stays has been made.

    What there is then is never looked at again. A request leaves next to no cycles behind, so the collector has
    little to find; one of a service leaves some fifty objects, which are young when they are found. What it costs at
    a time grows with the objects that it looks at, and nothing else runs meanwhile: so it looks at what is young
    often, in small portions, and at everything, cached plans and connected clients included, very seldom.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
