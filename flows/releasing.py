"""Deliveries whose connections have ended, or which no run waits for any more, are cancelled.

Who ends a connection, or decides what was asked about, cancels what exists then. This finds what it missed: deliveries
that were outbox entries still, and everything where it died before it had come to the end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from flows.kinds import HookKind
from flows.machine import is_finished, is_unwanted
from flows.parts import EngineParts
from flows.records import DELIVERIES, DeliveryRecord, DeliveryStatus, RunRecord
from store import translate_errors

UNFINISHED = (DeliveryStatus.PENDING, DeliveryStatus.LEASED, DeliveryStatus.DEAD)
VALIDATE = HookKind.VALIDATE.value
PAGE = 500


class Releasing:
    """Walks over the unfinished deliveries of a service, a page at a time, and begins again at the end.

    Args:
        take_on: takes a run on, if it can be.
    """

    def __init__(self, parts: EngineParts, take_on: Callable[[RunRecord], Awaitable[None]]) -> None:
        self._parts = parts
        self._take_on = take_on
        self._walked = dict.fromkeys(UNFINISHED, 0)

    async def release(self) -> bool:
        """Look at the next page of each kind, and count it; whether the walk has come to its end."""
        for status in UNFINISHED:
            page = [] if self._walked[status] < 0 else await self._page(status)
            self._parts.backlog.met(page)
            runs = await self._parts.runs.read_many(sorted({item.run_id for item in page if item.kind == VALIDATE}))
            for delivery, standing in zip(page, await self._parts.plugins.standings(page), strict=True):
                moot = delivery.kind == VALIDATE and is_unwanted(delivery, runs.get(delivery.run_id))
                if moot or (standing == "GONE" and not self._outlives(delivery)):
                    await self._cancel(delivery)
        if any(place >= 0 for place in self._walked.values()):
            return False
        self._walked = dict.fromkeys(UNFINISHED, 0)
        self._parts.backlog.walked()
        return True

    async def _cancel(self, delivery: DeliveryRecord) -> None:
        finished = await self._parts.deliveries.finish(delivery, DeliveryStatus.CANCELLED)
        if is_finished(finished.status):
            self._parts.notify_outcome(finished)
            run = await self._parts.runs.read(delivery.run_id)
            if run is not None:
                await self._take_on(run)

    async def _page(self, status: DeliveryStatus) -> list[DeliveryRecord]:
        begin = self._walked[status]
        where = {"status": status.value, "service": self._parts.catalog.service, "created_at": {"$gte": begin}}
        with translate_errors():
            rows = (
                await self._parts.store.collection(DELIVERIES)
                .find(where)
                .sort([("created_at", 1)])
                .limit(PAGE)
                .to_list()
            )
        page = [DeliveryRecord.model_validate(row) for row in rows]
        # -1: there are no more. The last of a full page is looked at again, with those of the same moment that had no
        # room in it.
        self._walked[status] = max(page[-1].created_at, begin + 1) if len(page) == PAGE else -1
        return page

    def _outlives(self, delivery: DeliveryRecord) -> bool:
        bound = self._parts.catalog.hooks.get(delivery.hook_id)
        return bound is None or bound.hook.outlives_connection
