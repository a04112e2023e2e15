"""Large payloads: stored once beside the documents, which carry a reference; what a plugin gets is the same.

A payload is stored before the write that refers to it. Its id has its content in it, so a payload that is computed
anew for another version, or by an older holder of the run, is another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import encode

from flows.clock import Clock
from flows.ids import hash_id
from flows.known import Keys
from flows.records import PAYLOADS, DeliveryRecord, RunRecord
from flows.run_store import RunStore
from flows.settings import EngineSettings
from store import Grouped, Store, insert_unique, translate_errors

LARGEST = 4 * 1024 * 1024
"""Bytes; a quarter of what a message to a plugin may have: JSON may need thrice as much, and live values come too."""
TOGETHER = 16
"""How many times the limit the copies of one hook call may have together inside a document."""
PAGE = 200


class PayloadTooLarge(Exception):
    """A hook call has a payload that no plugin could be given; the message is for who calls."""

    def __init__(self, hook_id: str, size: int) -> None:
        super().__init__(
            f"the payload of hook {hook_id} would have {size} bytes, and {LARGEST} are the most: let the change, or "
            "the object that it is about, hold less"
        )
        self.hook_id = hook_id
        self.size = size


@dataclass(frozen=True)
class Kept:
    """A hook call's payload as its deliveries carry it.

    Attributes:
        payload: the values; empty where they are stored under `ref`.
        large: what is to be stored under `ref` before anything refers to it.
    """

    payload: Mapping[str, Any]
    ref: str | None = None
    large: Mapping[str, Any] | None = None


def keep(seed: str, hook_id: str, round: int, payload: Mapping[str, Any], copies: int, limit: int) -> Kept:
    """Decide whether a payload is carried by its deliveries or stored beside them.

    Args:
        copies: how many deliveries of the call there are.
        limit: the largest payload, in bytes, that deliveries carry themselves.

    Raises:
        PayloadTooLarge: it has more than LARGEST bytes.
    """
    encoded = encode(payload)
    if len(encoded) > LARGEST:
        raise PayloadTooLarge(hook_id, len(encoded))
    if len(encoded) <= limit and len(encoded) * copies <= TOGETHER * limit:
        return Kept(payload)
    content = hashlib.sha256(encoded).hexdigest()
    return Kept({}, hash_id("payload", seed, hook_id, round, content), payload)


class Payloads:
    """Reads and writes `flows_payloads` of one service."""

    def __init__(self, store: Store, grouped: Grouped, runs: RunStore, clock: Clock, settings: EngineSettings) -> None:
        self._payloads = store.collection(PAYLOADS)
        self._finds = grouped.finds(PAYLOADS)
        self._runs = runs
        self._clock = clock
        self._settings = settings
        self._stored = Keys()
        self._walked = 0

    async def store(self, run: RunRecord, kept: Iterable[Kept]) -> None:
        """These are stored afterwards, those that are large; done again, it changes nothing."""
        for item in kept:
            if item.ref is not None and item.large is not None and item.ref not in self._stored:
                about = {"_id": item.ref, "service": run.service, "run_id": run.id, "created_at": self._clock.now()}
                await insert_unique(self._payloads, {**about, "payload": item.large})
                self._stored.add(item.ref)

    async def fill(self, deliveries: Sequence[DeliveryRecord]) -> list[DeliveryRecord | None]:
        """The deliveries with their payloads; None for one whose payload is gone."""
        refs = [item.payload_ref for item in deliveries if item.payload_ref is not None]
        found = {row["_id"]: row["payload"] for row in await self._finds.find_those(refs)} if refs else {}
        return [
            item
            if item.payload_ref is None
            else item.model_copy(update={"payload": found[item.payload_ref]})
            if item.payload_ref in found
            else None
            for item in deliveries
        ]

    async def remove_some(self, service: str) -> int:
        """Remove payloads whose run is no more, a page at a time; returns how many.

        A run that was never stored, because its process died before its write, leaves one behind too. Until then it
        may be about to be: only what is as old as ended runs are kept is looked at.
        """
        until = self._clock.now() - min(self._settings.retention, self._settings.failed_retention)
        where = {"service": service, "created_at": {"$gte": self._walked, "$lt": until}}
        with translate_errors():
            found = self._payloads.find(where, {"run_id": 1, "created_at": 1}).sort([("created_at", 1)]).limit(PAGE)
            page = await found.to_list()
        self._walked = max(page[-1]["created_at"], self._walked + 1) if len(page) == PAGE else 0
        runs = await self._runs.read_many(sorted({row["run_id"] for row in page})) if page else {}
        gone = [row["_id"] for row in page if row["run_id"] not in runs]
        with translate_errors():
            for id in gone:
                await self._payloads.delete_one({"_id": id})
        return len(gone)
