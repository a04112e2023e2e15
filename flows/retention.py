"""Runs that ended long ago are removed, with their deliveries (architecture §6.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.machine import is_finished
from flows.parts import EngineParts
from flows.records import DELIVERIES, RUNS, DeliveryRecord, RunRecord, RunStatus
from flows.settings import EngineSettings
from store import translate_errors

PAGE = 200


class Retention:
    """Walks over the runs of a service, oldest first, a page at a time, and begins again at the end.

    What may still be needed stays: a run that has a DEAD delivery, which may be re-driven; a child that its parent
    has not taken; and a run that a plugin started under the key of such a delivery, because handling that again asks
    for its answer.
    """

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        self._walked = 0

    async def remove_some(self) -> int:
        """Look at the next page; how many runs were removed."""
        now, settings = self._parts.clock.now(), self._parts.settings
        page = await self._page(now - min(settings.retention, settings.failed_retention))
        over = [run for run in page if run.next_at is None and is_over(run, now, settings)]
        deliveries = await self._deliveries_of([run.id for run in over])
        spared = await self._spared(over, deliveries)
        gone = [run for run in over if run.id not in spared]
        for run in gone:
            await self._remove(run, [item.id for item in deliveries if item.run_id == run.id])
        return len(gone)

    async def _page(self, until: int) -> list[RunRecord]:
        where = {"service": self._parts.catalog.service, "created_at": {"$gte": self._walked, "$lt": until}}
        with translate_errors():
            found = self._parts.store.collection(RUNS).find(where).sort([("created_at", 1)]).limit(PAGE)
            page = [RunRecord.model_validate(row) for row in await found.to_list()]
        # The last of a full page is looked at again, with those of the same moment that the page had no room for.
        self._walked = max(page[-1].created_at, self._walked + 1) if len(page) == PAGE else 0
        return page

    async def _deliveries_of(self, run_ids: Sequence[str]) -> list[DeliveryRecord]:
        if not run_ids:
            return []
        with translate_errors():
            found = self._parts.store.collection(DELIVERIES).find({"run_id": {"$in": list(run_ids)}})
            return [DeliveryRecord.model_validate(row) for row in await found.to_list()]

    async def _spared(self, over: Sequence[RunRecord], deliveries: Sequence[DeliveryRecord]) -> set[str]:
        causes = {run.cause.delivery_id for run in over if run.cause is not None}
        handled = await self._parts.deliveries.read_many(sorted(causes))
        parents = await self._parts.runs.read_many(sorted({run.parent for run in over if run.parent is not None}))
        spared = {item.run_id for item in deliveries if not is_finished(item.status)}
        return spared | {run.id for run in over if is_needed(run, handled, parents)}

    async def _remove(self, run: RunRecord, deliveries: Sequence[str]) -> None:
        """Deliveries first: one without a run would be cancelled, a run without its deliveries would be none's."""
        with translate_errors():
            for id in deliveries:
                await self._parts.store.collection(DELIVERIES).delete_one({"_id": id})
            # Under the epoch: its key may begin it anew meanwhile.
            await self._parts.store.collection(RUNS).delete_one({"_id": run.id, "epoch": run.epoch, "stage": "ENDED"})


def is_over(run: RunRecord, now: int, settings: EngineSettings) -> bool:
    """Whether the run ended so long ago that it is kept no more."""
    kept = settings.retention if run.status is RunStatus.COMPLETED else settings.failed_retention
    return run.terminal and run.updated_at < now - kept


def is_needed(run: RunRecord, handled: Mapping[str, DeliveryRecord], parents: Mapping[str, RunRecord]) -> bool:
    """Whether another run or delivery may still ask for this one."""
    parent = None if run.parent is None else parents.get(run.parent)
    if parent is not None and not parent.terminal:
        return True
    cause = None if run.cause is None else handled.get(run.cause.delivery_id)
    return cause is not None and not is_finished(cause.status)
