"""How late the event loop is while something goes on: by the clock, and by what the process computed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Final, TypeVar

T = TypeVar("T")

_PROBE: Final = 0.001


@dataclass(frozen=True)
class Lag:
    """Milliseconds.

    Attributes:
        own: the longest time that the process computed while the loop waited for it. Other than what the clock
            says, it does not depend on what else the machine has to do.
        took: how long the whole went on.
    """

    p50: float
    p99: float
    most: float
    own: float
    took: float

    def __str__(self) -> str:
        waits = f"p50 {self.p50:5.1f}  p99 {self.p99:5.1f}  most {self.most:6.1f}  own {self.own:5.1f}"
        return f"{waits}  in {self.took:7.1f} ms"


async def lag_during(work: Awaitable[T]) -> tuple[T, Lag]:
    """Waits for the work, and wakes the loop each millisecond meanwhile."""
    late: list[tuple[float, float]] = []

    async def probe() -> None:
        while True:
            began, computed = perf_counter(), process_time()
            await asyncio.sleep(_PROBE)
            waited = perf_counter() - began - _PROBE
            late.append((waited, min(waited, process_time() - computed)))

    probing = asyncio.create_task(probe(), name="probe")
    await asyncio.sleep(2 * _PROBE)
    started = perf_counter()
    found = await work
    took = perf_counter() - started
    await asyncio.sleep(2 * _PROBE)
    probing.cancel()
    with suppress(asyncio.CancelledError):
        await probing
    waits = sorted(wait for wait, _ in late)
    p50, p99 = (waits[int(len(waits) * part)] * 1e3 for part in (0.5, 0.99))
    return found, Lag(p50, p99, waits[-1] * 1e3, max(own for _, own in late) * 1e3, took * 1e3)
