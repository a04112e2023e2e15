"""The slots of a plugin: how many ASYNC deliveries all its workers together have in hand (manifest, `maxInFlight`).

A lease takes a free number of its plugin's, in the write that makes it, and a unique key keeps two from having the
same; whatever ends the lease gives it back in its own write. Where a plugin declares no bound, nothing is asked.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

from flows.machine import free_slots
from flows.parts import EngineParts
from flows.records import DeliveryRecord
from store.together import both

PAUSE = 10
"""Most milliseconds that who found too few slots leaves a freed one to others."""
AGAIN = 5
"""Milliseconds until a look that lost a slot to another is repeated."""


class Slots:
    """The slots of one plugin, as one of its subscriptions sees them.

    Args:
        count_lost: ends the lease of a delivery that ran out, so that its slot is free.
    """

    def __init__(
        self, parts: EngineParts, plugin_tag: str, count_lost: Callable[[DeliveryRecord], Awaitable[None]]
    ) -> None:
        self._parts = parts
        self._plugin = plugin_tag
        self._count_lost = count_lost
        self._looked = False
        self._free: list[int] = []
        self._short = False
        self._pause_ends: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether the plugin declared a bound, as far as is known."""
        return self._parts.plugins.bound(self._plugin) is not None

    def left(self) -> int | None:
        """How many more may be leased; None where that is not bounded, or was not looked at."""
        return len(self._free) if self._looked else None

    async def begin(self, now: int) -> int | None:
        """Begin a look for deliveries; returns until when ASYNC ones are left alone, None where they are looked for.

        All who had too few slots are told of a freed one at once. Where they are of several services, each waits for
        a random moment, or the one that is told first would have it every time, and the others' deliveries would wait
        for as long as it has any.
        """
        self._looked = False
        if not self.bounded:
            return None
        if self._short and self._parts.plugins.serves_several(self._plugin):
            if self._pause_ends is None:
                self._pause_ends = now + random.randint(1, PAUSE)
            if now < self._pause_ends:
                return self._pause_ends
        self._pause_ends = None
        self._short = False
        await self.look()
        self._short = self._looked and not self._free
        return None

    async def look(self) -> None:
        """See which slots are free, unless that is known, or there is no bound."""
        if self._looked or not self.bounded:
            return
        deliveries = self._parts.deliveries
        bound, held = await both(self._parts.plugins.read_bound(self._plugin), deliveries.held_slots(self._plugin))
        if bound is None:
            return
        now = self._parts.clock.now()
        lost = [id for id, _, until in held if until <= now]
        for delivery in (await deliveries.read_many(lost)).values():
            await self._count_lost(delivery)
        self._free = free_slots(bound, [slot for id, slot, _ in held if id not in lost])
        random.shuffle(self._free)  # two who look at once should not want the same
        self._looked = True

    def take(self, count: int) -> list[int]:
        """Free slots for as many deliveries, or as there are; that it was too few is remembered."""
        taken, self._free = self._free[:count], self._free[count:]
        self._short = self._short or len(taken) < count
        return taken
