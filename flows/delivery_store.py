"""`flows_deliveries`: deliveries are the log; each change is one compare-and-set on the attempt that was read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ReturnDocument

from flows.clock import Clock
from flows.machine import BackOff, is_finished, look_again_after
from flows.records import DELIVERIES, DeliveryRecord, DeliveryStatus, RejectionRecord
from flows.settings import EngineSettings
from store import Store, insert_unique, translate_errors


class DeliveryStore:
    """Reads and writes deliveries of any service."""

    def __init__(self, store: Store, clock: Clock, settings: EngineSettings) -> None:
        self._deliveries = store.collection(DELIVERIES)
        self._clock = clock
        self._settings = settings

    async def insert(self, delivery: DeliveryRecord) -> bool:
        """Store a delivery; False where it exists, which is as good."""
        return await insert_unique(self._deliveries, delivery.to_mongo())

    async def read(self, id: str) -> DeliveryRecord | None:
        """The delivery as stored; None where there is none (any more)."""
        with translate_errors():
            found = await self._deliveries.find_one({"_id": id})
        return None if found is None else DeliveryRecord.model_validate(found)

    async def read_many(self, ids: Sequence[str]) -> dict[str, DeliveryRecord]:
        """The deliveries of these ids that exist, by id."""
        if not ids:
            return {}
        with translate_errors():
            found = await self._deliveries.find({"_id": {"$in": list(ids)}}).to_list()
        return {row["_id"]: DeliveryRecord.model_validate(row) for row in found}

    async def _swap(self, seen: DeliveryRecord, changes: Mapping[str, Any]) -> bool:
        where = {
            "_id": seen.id,
            "status": seen.status.value,
            "attempt": seen.attempt,
            "leased_until": seen.leased_until,
        }
        with translate_errors():
            answer = await self._deliveries.update_one(where, {"$set": {**changes, "updated_at": self._clock.now()}})
        return answer.matched_count == 1

    async def finish(
        self,
        seen: DeliveryRecord,
        status: DeliveryStatus,
        *,
        result: Any = None,
        rejection: RejectionRecord | None = None,
    ) -> DeliveryRecord:
        """Store an outcome; the first one stays. Returns the delivery as it is then, finished by whomever."""
        while not is_finished(seen.status):
            changes: dict[str, Any] = {
                "status": status.value,
                "result": result,
                "rejection": rejection and rejection.model_dump(mode="json"),
                "leased_until": 0,
                "next_at": None,
                "inbox": None,
                "queue": None,
                "settle_at": None if seen.mode == "SYNC" else self._clock.now() + self._settings.settle_delay,
            }
            await self._swap(seen, changes)
            found = await self.read(seen.id)
            if found is None:
                break
            seen = found
        return seen

    async def lease(self, seen: DeliveryRecord, worker: str) -> DeliveryRecord | None:
        """Lease the delivery as it was read, as a new attempt; None where another was quicker."""
        claim, until = secrets.token_hex(8), self._clock.now() + self._settings.delivery_lease
        with translate_errors():
            found = await self._deliveries.find_one_and_update(
                {
                    "_id": seen.id,
                    "status": seen.status.value,
                    "attempt": seen.attempt,
                    "leased_until": seen.leased_until,
                },
                {
                    "$set": {
                        "status": DeliveryStatus.LEASED.value,
                        "claim": claim,
                        "worker": worker,
                        "leased_at": self._clock.now(),
                        "leased_until": until,
                        "next_at": until,
                        "updated_at": self._clock.now(),
                    },
                    "$inc": {"attempt": 1},
                },
                return_document=ReturnDocument.AFTER,
            )
            if found is None:
                found = await self._deliveries.find_one({"_id": seen.id, "claim": claim})
        return None if found is None else DeliveryRecord.model_validate(found)

    async def back_off(self, seen: DeliveryRecord, to: BackOff) -> bool:
        """Give the delivery back after a failed attempt; DEAD where its time is over."""
        dead = to.next_at is None
        changes: dict[str, Any] = {
            "status": (DeliveryStatus.DEAD if dead else DeliveryStatus.PENDING).value,
            "failures": to.failures,
            "first_failed_at": to.first_failed_at,
            "last_error": to.error,
            "leased_until": 0,
            "next_at": to.next_at,
        }
        if dead:
            changes["inbox"] = None
            if seen.on_dead == "SKIP":
                changes["queue"] = None
        return await self._swap(seen, changes)

    async def extend(self, seen: DeliveryRecord, until: int) -> bool:
        """Move the end of the lease of the attempt that was read."""
        return await self._swap(seen, {"leased_until": until, "next_at": until})

    async def hand_back(self, id: str, attempt: int) -> None:
        """Give an unfinished lease back at once, without counting a failure: its worker is gone or drained."""
        seen = await self.read(id)
        if seen is not None and seen.status is DeliveryStatus.LEASED and seen.attempt == attempt:
            await self._swap(
                seen,
                {"status": DeliveryStatus.PENDING.value, "leased_until": 0, "next_at": self._clock.now()},
            )

    async def revive(self, seen: DeliveryRecord) -> bool:
        """Re-drive a DEAD delivery: due at once, its back-off begins anew."""
        now = self._clock.now()
        return await self._swap(
            seen,
            {
                "status": DeliveryStatus.PENDING.value,
                "inbox": inbox(seen.service, seen.plugin_tag),
                "queue": None if seen.mode == "SYNC" else queue(seen.plugin_tag, seen.subject),
                "failures": 0,
                "first_failed_at": None,
                "next_at": now,
            },
        )

    async def settle(self, ids: Sequence[str]) -> None:
        """Drop the marks of deliveries whose outcome the run has taken."""
        for id in ids:
            with translate_errors():
                await self._deliveries.update_one({"_id": id}, {"$set": {"settle_at": None}})

    async def postpone(self, seen: DeliveryRecord) -> None:
        """Look at the mark of a finished delivery later: its run still waits for others."""
        now = self._clock.now()
        later = now + look_again_after(now - seen.updated_at, self._settings)
        with translate_errors():
            await self._deliveries.update_one(
                {"_id": seen.id, "settle_at": seen.settle_at}, {"$set": {"settle_at": later}}
            )

    async def due(self, inbox_key: str, limit: int, skip: int = 0) -> list[DeliveryRecord]:
        """Unfinished deliveries of an inbox whose time has come, longest due first."""
        with translate_errors():
            found = (
                await self._deliveries.find({"inbox": inbox_key, "next_at": {"$lte": self._clock.now()}})
                .sort([("next_at", 1), ("seq", 1)])
                .skip(skip)
                .limit(limit)
                .to_list()
            )
        return [DeliveryRecord.model_validate(row) for row in found]

    async def next_due(self, inbox_key: str) -> int | None:
        """When the next delivery of an inbox comes due; None where it is empty."""
        with translate_errors():
            found = (
                await self._deliveries.find({"inbox": inbox_key}, {"next_at": 1})
                .sort([("next_at", 1)])
                .limit(1)
                .to_list()
            )
        return found[0]["next_at"] if found else None

    async def is_blocked(self, delivery: DeliveryRecord) -> bool:
        """Whether an unfinished delivery of lower seq stands before this one in its queue."""
        if delivery.queue is None:
            return False
        with translate_errors():
            found = await self._deliveries.find_one({"queue": delivery.queue, "seq": {"$lt": delivery.seq}}, {"_id": 1})
        return found is not None

    async def unsettled(self, service: str, limit: int = 200) -> list[DeliveryRecord]:
        """Finished deliveries whose run has not taken the outcome in time."""
        with translate_errors():
            found = (
                await self._deliveries.find({"service": service, "settle_at": {"$lte": self._clock.now()}})
                .sort([("settle_at", 1)])
                .limit(limit)
                .to_list()
            )
        return [DeliveryRecord.model_validate(row) for row in found]


def inbox(service: str, plugin_tag: str) -> str:
    """Key of a plugin's unfinished deliveries of one service."""
    return f"{service}|{plugin_tag}"


def queue(plugin_tag: str, subject: str) -> str:
    """Key within which order is kept."""
    return f"{plugin_tag}|{subject}"
