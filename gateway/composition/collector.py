"""Holds Python's cyclic garbage collector back while very many objects are made that all stay alive."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause it; whoever found it running starts it again.

    Syntax trees and models are large and live on, so that looking through them again and again for garbage
    takes two fifths of the time of a composition, and finds next to nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
