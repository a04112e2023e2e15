"""`flows_deliveries`: deliveries are the log; each change is one compare-and-set on the attempt that was read."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flows.clock import Clock
from flows.machine import BackOff, is_finished, look_again_after
from flows.records import DELIVERIES, AttemptError, DeliveryRecord, DeliveryStatus, RejectionRecord
from flows.settings import EngineSettings
from store import Grouped, Store, translate_errors
from store.grouped import Update
from store.together import together

UNSETTLED_PAGE = 200
NO_SLOT = {"slot_of": None, "slot": None}
"""Set with whatever ends a lease."""


class DeliveryStore:
    """Reads and writes deliveries of any service."""

    def __init__(self, store: Store, grouped: Grouped, clock: Clock, settings: EngineSettings) -> None:
        self._deliveries = store.collection(DELIVERIES)
        self._scans_lists = store.capabilities.embedded
        self._finds = grouped.finds(DELIVERIES)
        self._writes = grouped.writes(DELIVERIES)
        self._clock = clock
        self._settings = settings

    async def insert(self, delivery: DeliveryRecord) -> bool:
        """Store a delivery; False where it exists, which is as good."""
        return await self._writes.insert(delivery.to_mongo())

    async def insert_all(self, deliveries: Sequence[DeliveryRecord]) -> list[bool]:
        """Store deliveries in their order; for each, False where it exists, which is as good."""
        return await self._writes.insert_all([item.to_mongo() for item in deliveries])

    async def read(self, id: str) -> DeliveryRecord | None:
        """The delivery as stored; None where there is none (any more)."""
        found = await self._finds.find_one(id)
        return None if found is None else DeliveryRecord.model_validate(found)

    async def read_many(self, ids: Sequence[str]) -> dict[str, DeliveryRecord]:
        """The deliveries of these ids that exist, by id."""
        found = await self._finds.find_those(ids)
        return {row["_id"]: DeliveryRecord.model_validate(row) for row in found}

    async def _swap(self, seen: DeliveryRecord, changes: Mapping[str, Any]) -> DeliveryRecord | None:
        """Change the delivery as it was read; returns it as it is then, None where it has changed meanwhile."""
        dated = {**changes, "updated_at": self._clock.now()}
        if not await self._writes.update(as_read(seen), {"$set": dated}):
            return None
        return changed(seen, dated)

    async def finish(
        self,
        seen: DeliveryRecord,
        status: DeliveryStatus,
        *,
        result: Any = None,
        rejection: RejectionRecord | None = None,
        error: str | None = None,
    ) -> DeliveryRecord:
        """Store an outcome; the first one stays. Returns the delivery as it is then, finished by whomever.

        Args:
            error: what was wrong with the plugin's answer, for its author.
        """
        while not is_finished(seen.status):
            changes: dict[str, Any] = {
                "status": status.value,
                "result": result,
                "rejection": rejection and rejection.model_dump(mode="json"),
                "leased_until": 0,
                "next_at": None,
                "inbox": None,
                "queue": None,
                **NO_SLOT,
                "settle_at": self._settle_at(seen, status),
            }
            if error is not None:
                changes |= {"last_error": error, "last_error_code": AttemptError.BAD_RESULT.value}
            found = await self._swap(seen, changes) or await self.read(seen.id)
            if found is None:
                break
            seen = found
        return seen

    def _settle_at(self, seen: DeliveryRecord, status: DeliveryStatus) -> int | None:
        """When a sweep looks whether the run has taken the end: at once where nobody replied, who would take it on."""
        if seen.mode == "SYNC":
            return None
        now = self._clock.now()
        return now if status is DeliveryStatus.CANCELLED else now + self._settings.settle_delay

    async def lease(
        self, seen: Sequence[DeliveryRecord], worker: str, slots: Sequence[int] | None = None
    ) -> list[DeliveryRecord]:
        """Lease deliveries as they were read, each as a new attempt.

        Those are left out that another was quicker at, or whose slot another has by now.

        Args:
            slots: one of their plugin's for each; None where it has no bound.
        """
        now = self._clock.now()
        until = now + self._settings.delivery_lease
        given: Sequence[int | None] = [None] * len(seen) if slots is None else slots
        leases = [
            {
                "status": DeliveryStatus.LEASED.value,
                "attempt": item.attempt + 1,
                "claim": secrets.token_hex(8),
                "worker": worker,
                "leased_at": now,
                "kept": False,
                "leased_until": until,
                "next_at": until,
                "updated_at": now,
                **({} if slot is None else {"slot_of": item.plugin_tag, "slot": slot}),
            }
            for item, slot in zip(seen, given, strict=True)
        ]
        return await self._swap_all(seen, leases)

    async def _swap_all(
        self, seen: Sequence[DeliveryRecord], changes: Sequence[Mapping[str, Any]]
    ) -> list[DeliveryRecord]:
        """Change those that are still as they were read, each under a new claim of its own; returns those."""
        updates = [
            Update(as_read(item), {"$set": to}, has_claim(str(to["claim"])))
            for item, to in zip(seen, changes, strict=True)
        ]
        done = await self._writes.update_all(updates, yielding=True)
        return [changed(item, to) for item, to, mine in zip(seen, changes, done, strict=True) if mine]

    async def back_off(self, seen: DeliveryRecord, to: BackOff) -> bool:
        """Give the delivery back after a failed attempt; DEAD where its time is over."""
        dead = to.next_at is None
        changes: dict[str, Any] = {
            "status": (DeliveryStatus.DEAD if dead else DeliveryStatus.PENDING).value,
            "failures": to.failures,
            "first_failed_at": to.first_failed_at,
            "last_error": to.error,
            "last_error_code": to.code.value,
            "leased_until": 0,
            "next_at": to.next_at,
            **NO_SLOT,
        }
        if dead:
            changes["inbox"] = None
            if seen.on_dead == "SKIP":
                changes["queue"] = None
        return await self._swap(seen, changes) is not None

    async def extend(self, seen: DeliveryRecord, until: int, keep: bool) -> bool:
        """Move the end of the lease of the attempt that was read; with `keep` it outlives its subscription."""
        kept = {"kept": True} if keep else {}
        return await self._swap(seen, {"leased_until": until, "next_at": until, **kept}) is not None

    async def hand_back(self, id: str, attempt: int) -> None:
        """Give an unfinished lease back at once, without counting a failure: its worker is gone.

        One that is kept stays: its worker drains, and its handler would be run by two.
        """
        seen = await self.read(id)
        if seen is None or seen.kept:
            return
        if seen.status is DeliveryStatus.LEASED and seen.attempt == attempt:
            await self._swap(
                seen,
                {"status": DeliveryStatus.PENDING.value, "leased_until": 0, "next_at": self._clock.now(), **NO_SLOT},
            )

    async def revive(self, seen: Sequence[DeliveryRecord]) -> list[DeliveryRecord]:
        """Re-drive DEAD deliveries as they were read: due at once, their back-off begins anew.

        Those that another was quicker at are left out.
        """
        now = self._clock.now()
        revivals = [
            {
                "status": DeliveryStatus.PENDING.value,
                "claim": secrets.token_hex(8),
                "inbox": inbox(item.service, item.plugin_tag),
                "queue": None if item.mode == "SYNC" else queue(item.plugin_tag, item.subject),
                "failures": 0,
                "first_failed_at": None,
                "next_at": now,
                "updated_at": now,
            }
            for item in seen
        ]
        return await self._swap_all(seen, revivals)

    async def settle(self, ids: Sequence[str]) -> None:
        """Drop the marks of deliveries whose outcome the run has taken."""
        marks = {"$set": {"settle_at": None}}
        await self._writes.update_all([Update({"_id": id}, marks, lambda row: row["settle_at"] is None) for id in ids])

    async def postpone(self, seen: DeliveryRecord) -> None:
        """Look at the mark of a finished delivery later: its run still waits for others."""
        now = self._clock.now()
        later = now + look_again_after(now - seen.updated_at, self._settings)
        with translate_errors():
            await self._deliveries.update_one(
                {"_id": seen.id, "settle_at": seen.settle_at}, {"$set": {"settle_at": later}}
            )

    async def first(self, inbox_key: str, mode: str, limit: int, skip: int = 0) -> list[DeliveryRecord]:
        """Unfinished deliveries of an inbox, longest due first, then those that come due next."""
        with translate_errors():
            found = (
                await self._deliveries.find({"inbox": inbox_key, "mode": mode})
                .sort([("next_at", 1), ("seq", 1)])
                .skip(skip)
                .limit(limit)
                .to_list()
            )
        return [DeliveryRecord.model_validate(row) for row in found]

    async def heads(self, queues: Sequence[str]) -> dict[str, int]:
        """The lowest seq that is unfinished in each of these queues."""
        wanted = sorted(set(queues))
        if self._scans_lists:
            return {queue: seq for head in await together(self._head, wanted) for queue, seq in head.items()}
        if not wanted:
            return {}
        most = 4 * len(wanted)
        with translate_errors():
            found = (
                await self._deliveries.find({"queue": {"$in": wanted}}, {"queue": 1, "seq": 1})
                .sort([("seq", 1)])
                .limit(most)
                .to_list()
            )
        heads: dict[str, int] = {}
        for row in found:
            heads.setdefault(row["queue"], row["seq"])
        if len(found) == most:  # those of one long queue may have hidden another's
            for queue in wanted:
                if queue not in heads:
                    heads |= await self._head(queue)
        return heads

    async def _head(self, queue: str) -> dict[str, int]:
        with translate_errors():
            found = (
                await self._deliveries.find({"queue": queue}, {"queue": 1, "seq": 1})
                .sort([("seq", 1)])
                .limit(1)
                .to_list()
            )
        return {row["queue"]: row["seq"] for row in found}

    async def held_slots(self, plugin_tag: str) -> list[tuple[str, int, int]]:
        """The plugin's deliveries that have a slot, in all services: id, slot, and when their lease runs out."""
        with translate_errors():
            found = await self._deliveries.find({"slot_of": plugin_tag}, {"slot": 1, "leased_until": 1}).to_list()
        return [(row["_id"], row["slot"], row["leased_until"]) for row in found]

    async def unsettled(self, service: str, limit: int = UNSETTLED_PAGE) -> list[DeliveryRecord]:
        """Finished deliveries whose run has not taken the outcome in time."""
        with translate_errors():
            found = (
                await self._deliveries.find({"service": service, "settle_at": {"$lte": self._clock.now()}})
                .sort([("settle_at", 1)])
                .limit(limit)
                .to_list()
            )
        return [DeliveryRecord.model_validate(row) for row in found]


def as_read(seen: DeliveryRecord) -> dict[str, Any]:
    """What a delivery must still be so that a change of it is made."""
    return {
        "_id": seen.id,
        "status": seen.status.value,
        "attempt": seen.attempt,
        "leased_until": seen.leased_until,
    }


def changed(seen: DeliveryRecord, changes: Mapping[str, Any]) -> DeliveryRecord:
    """The delivery with these stored values."""
    update = dict(changes)
    if "status" in update:
        update["status"] = DeliveryStatus(update["status"])
    if update.get("rejection") is not None:
        update["rejection"] = RejectionRecord.model_validate(update["rejection"])
    return seen.model_copy(update=update)


def has_claim(claim: str) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a stored delivery has that claim."""
    return lambda row: bool(row["claim"] == claim)


def inbox(service: str, plugin_tag: str) -> str:
    """Key of a plugin's unfinished deliveries of one service."""
    return f"{service}|{plugin_tag}"


def queue(plugin_tag: str, subject: str) -> str:
    """Key within which order is kept."""
    return f"{plugin_tag}|{subject}"
