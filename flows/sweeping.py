"""The sweep: what no wake-up announced, or whoever was told of did not live to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from flows.delivery_store import UNSETTLED_PAGE
from flows.parts import EngineParts
from flows.records import DeliveryRecord, RunRecord, Stage
from flows.releasing import Releasing
from flows.retention import Retention
from flows.tidying import Tidying


class Sweep:
    """Finds what is due in one service.

    Args:
        take_on: takes a run on, if it can be.
    """

    def __init__(self, parts: EngineParts, take_on: Callable[[RunRecord], Awaitable[None]]) -> None:
        self._parts = parts
        self._take_on = take_on
        self._tidying = Tidying(parts)
        self._tidied_at = 0
        self._releasing = Releasing(parts, take_on)
        self._released_at = 0
        self._retention = Retention(parts)
        self._removed_at = 0

    async def once(self) -> None:
        """Look at everything once."""
        now, settings = self._parts.clock.now(), self._parts.settings
        if now - self._tidied_at >= settings.tidy_delay and await self._tidying.tidy():
            self._tidied_at = now
        if now - self._released_at >= settings.release_interval and await self._releasing.release():
            self._released_at = now
        # Only while no document holds what an old run left in it: an entry would be made a delivery again.
        if self._tidied_at == now and now - self._removed_at >= settings.retention_interval:
            await self._retention.remove_some()
            await self._parts.payloads.remove_some(self._parts.catalog.service)
            self._removed_at = now
        due = await self._parts.runs.due(self._parts.catalog.service)
        for run in due:
            await self._take_on(run)
        await self._settle_children([run for run in due if run.terminal])
        await self.settle()

    async def settle(self) -> None:
        """Take on the runs of outcomes whose mark is due."""
        while await self._settle():
            pass

    async def _settle_children(self, ended: Sequence[RunRecord]) -> None:
        """Take on the parents of these children, and drop the marks of those whose ends are taken.

        A parent lists other children only once it has taken the ends of those before.
        """
        runs = self._parts.runs
        parents = await runs.read_many(sorted({run.parent for run in ended if run.parent is not None}))
        wanted = {
            child.run_id: parent for parent in parents.values() if not parent.terminal for child in parent.children
        }
        await runs.unmark([run.id for run in ended if run.id not in wanted])
        untaken = [run for run in ended if run.id in wanted]
        for id in dict.fromkeys(wanted[run.id].id for run in untaken):
            await self._take_on(parents[id])
        await runs.postpone(untaken)

    async def _settle(self) -> bool:
        """Take on the runs of outcomes that none has taken, and drop the marks of the others; whether more wait."""
        parts = self._parts
        page = await parts.deliveries.unsettled(parts.catalog.service)
        runs = await parts.runs.read_many(sorted({item.run_id for item in page}))
        wanted: list[tuple[DeliveryRecord, RunRecord]] = []
        taken: list[str] = []
        for item in page:
            run = runs.get(item.run_id)
            if run is None or run.terminal or not waits_for(run, item):
                taken.append(item.id)
            else:
                wanted.append((item, run))
        await parts.deliveries.settle(taken)
        for item, run in wanted:
            await self._take_on(run)
            await parts.deliveries.postpone(item)
        return len(page) == UNSETTLED_PAGE


def waits_for(run: RunRecord, delivery: DeliveryRecord) -> bool:
    """Whether the run has not taken this delivery's outcome yet."""
    return run.stage in (Stage.NEW, Stage.RECORDED) or any(item.delivery_id == delivery.id for item in run.awaited)
