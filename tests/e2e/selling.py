"""What may be seen of an offer's `available` while orders and stock changes are under way."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.e2e.shop import Numbers, Shop, Ware


class Moved(NamedTuple):
    """How much was added and taken away."""

    up: int = 0
    down: int = 0

    def and_by(self, delta: int) -> Moved:
        """With one change more."""
        return Moved(self.up + max(delta, 0), self.down + max(-delta, 0))


@dataclass
class Bounds:
    """Between what `available` may be: a change that was sent may have happened, one that was answered has.

    Attributes:
        stock: what there was before any change.
    """

    stock: int
    sent: Moved = field(default_factory=Moved)
    answered: Moved = field(default_factory=Moved)

    def send(self, delta: int) -> None:
        """A change is sent."""
        self.sent = self.sent.and_by(delta)

    def answer(self, delta: int) -> None:
        """A change is known to have happened."""
        self.answered = self.answered.and_by(delta)

    def between(self, answered: Moved, sent: Moved) -> range:
        """What may be seen by a reading that began when so much was answered and ended when so much was sent."""
        return range(self.stock + answered.up - sent.down, self.stock + sent.up - answered.down + 1)


@dataclass
class Watch:
    """What was seen.

    Attributes:
        seen: the numbers of each offer, reading by reading.
    """

    seen: dict[Ware, list[Numbers]] = field(default_factory=lambda: defaultdict(list))


@asynccontextmanager
async def watched(shop: Shop, bounds: Mapping[Ware, Bounds]) -> AsyncIterator[Watch]:
    """Read the offers over and over, and fail where `available` is more or less than it can be."""
    watch = Watch()
    stop = asyncio.Event()

    async def sample() -> None:
        while not stop.is_set():
            answered = {ware: allowed.answered for ware, allowed in bounds.items()}
            seen = await shop.numbers_of(list(bounds))
            for ware, numbers in zip(bounds, seen, strict=True):
                possible = bounds[ware].between(answered[ware], bounds[ware].sent)
                assert numbers.available == numbers.stock - numbers.reserved
                assert numbers.available in possible, f"{numbers}, though what can be sold is in {possible}"
                watch.seen[ware].append(numbers)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sample())
        try:
            yield watch
        finally:
            stop.set()
