"""`flows_runs`: claims, and writes that only the holder of the claim can make."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ReturnDocument

from flows.clock import Clock
from flows.ids import hash_id
from flows.machine import look_again_after, may_claim
from flows.records import RUNS, RunRecord, RunStatus
from flows.settings import EngineSettings
from store import Grouped, Store, find_listed, translate_errors
from store.grouped import Update

WAITS = {"$gte": RunStatus.AWAITING.value, "$lte": RunStatus.BLOCKED.value}
"""What a run is while others have to move. No other status is between these two: the embedded server looks a range up
by its index, and several values by a scan."""


class LostClaim(Exception):
    """Another worker holds the run by now: let go, its stored state is the truth."""


class RunStore:
    """Reads and writes runs of any service."""

    def __init__(self, store: Store, grouped: Grouped, clock: Clock, settings: EngineSettings) -> None:
        self._store = store
        self._runs = store.collection(RUNS)
        self._finds = grouped.finds(RUNS)
        self._writes = grouped.writes(RUNS)
        self._clock = clock
        self._settings = settings

    async def read(self, id: str) -> RunRecord | None:
        """The run as stored; None where there is none (any more)."""
        found = await self._finds.find_one(id)
        return None if found is None else RunRecord.model_validate(found)

    async def read_many(self, ids: list[str]) -> dict[str, RunRecord]:
        """The runs of these ids that exist, by id."""
        found = await self._finds.find_those(ids)
        return {row["_id"]: RunRecord.model_validate(row) for row in found}

    async def all_ended(self, ids: list[str]) -> bool:
        """Whether the runs of these ids all exist and are terminal."""
        if not ids:
            return True
        # Plain reads of ids instead of a count, which the embedded server answers by a scan.
        with translate_errors():
            found = await self._runs.find({"_id": {"$in": ids}, "stage": "ENDED"}, {"_id": 1}).to_list()
        return len(found) == len(ids)

    async def of_page(self, page_of: str) -> list[RunRecord]:
        """The children of one page of a step over many objects, in the order of their ids."""
        with translate_errors():
            found = await self._runs.find({"page_of": page_of}).sort([("_id", 1)]).to_list()
        return [RunRecord.model_validate(row) for row in found]

    async def insert_all(self, runs: Sequence[RunRecord]) -> list[bool]:
        """Store new runs together; for each, False where its id exists."""
        return await self._writes.insert_all([run.to_mongo() for run in runs])

    async def insert(self, run: RunRecord) -> bool:
        """Store a new run; False where its id exists."""
        return await self._writes.insert(run.to_mongo())

    async def store(self, run: RunRecord, **changes: Any) -> RunRecord:
        """Store a run for the first time, changed so; raises LostClaim where another has stored it."""
        after = run.model_copy(update={**changes, "updated_at": self._clock.now()})
        if await self.insert(after):
            return after
        stored = await self.read(run.id)
        if stored is None or stored.claim != run.claim:
            raise LostClaim(run.id)
        return after  # our own insert, retried by the driver after it was applied

    def held(self, run: RunRecord) -> RunRecord:
        """The new run as its first worker holds it: stored so, it needs no claim."""
        until = self._clock.now() + self._settings.run_lease
        return run.model_copy(update={"epoch": 1, "claim": new_claim(), "leased_until": until, "next_at": until})

    async def claim(self, run: RunRecord) -> RunRecord | None:
        """Claim the run as it was read; None where it is leased, terminal, or another was quicker.

        The epoch grows with every claim; the random claim id tells a lost race from an applied write that looked
        lost, which the epoch alone cannot.
        """
        now = self._clock.now()
        if not may_claim(run, now):
            return None
        claim, until = new_claim(), now + self._settings.run_lease
        claimed: dict[str, Any] = {"claim": claim, "leased_until": until, "next_at": until}
        if run.status is RunStatus.BLOCKED:
            claimed["status"] = RunStatus.RUNNING.value
        with translate_errors():
            found = await self._runs.find_one_and_update(
                {"_id": run.id, "epoch": run.epoch, "leased_until": run.leased_until},
                {"$set": claimed, "$inc": {"epoch": 1}},
                return_document=ReturnDocument.AFTER,
            )
        if found is None:
            found = await self._runs.find_one({"_id": run.id, "claim": claim})
        return None if found is None else RunRecord.model_validate(found)

    async def write(self, run: RunRecord, **changes: Any) -> RunRecord:
        """Change a run that the caller holds; raises LostClaim where somebody else claimed it."""
        after = run.model_copy(update={**changes, "updated_at": self._clock.now()})
        dumped = after.model_dump(mode="json", include={*changes, "updated_at"})
        where = {"_id": run.id, "epoch": run.epoch, "claim": run.claim}
        if not await self._writes.update(where, {"$set": dumped}):
            raise LostClaim(run.id)
        return after

    async def take(self, run: RunRecord, **changes: Any) -> RunRecord | None:
        """Claim a parked run and change it in one write; None where another was quicker.

        Nobody holds it, so whoever writes it claims it first: the epoch that was read pins the whole of it.
        """
        update = {**changes, "epoch": run.epoch + 1, "claim": new_claim(), "updated_at": self._clock.now()}
        after = run.model_copy(update=update)
        dumped = after.model_dump(mode="json", include=set(update))
        where = {"_id": run.id, "epoch": run.epoch, "leased_until": 0, "stage": run.stage.value}
        taken = await self._writes.update(where, {"$set": dumped}, lambda row: row["claim"] == after.claim)
        return after if taken else None

    async def block(self, run: RunRecord) -> bool:
        """Show a run that no flow of this process fits as BLOCKED, and look again later; nothing else is touched.

        Returns whether it is shown so since now. One that is BLOCKED and due is left alone for two sweeps, in which a
        process that knows its flow finds it.
        """
        now, blocked = self._clock.now(), run.status is RunStatus.BLOCKED
        if blocked and run.next_at is not None and now < run.next_at + 2 * self._settings.sweep_interval:
            return False
        shown = {} if blocked else {"status": RunStatus.BLOCKED.value, "updated_at": now}
        with translate_errors():
            answer = await self._runs.update_one(
                {"_id": run.id, "epoch": run.epoch, "leased_until": run.leased_until, "status": run.status.value},
                {"$set": {**shown, "next_at": now + self._settings.blocked_interval}},
            )
        return not blocked and answer.matched_count == 1

    async def restart(self, old: RunRecord, new: RunRecord) -> RunRecord | None:
        """Begin anew under the id of a run that ended with a retryable answer, in a later epoch and generation.

        Returns the run as stored; None where another caller was quicker.
        """
        fresh = new.model_copy(update={"epoch": old.epoch + 1, "generation": old.generation + 1})
        with translate_errors():
            answer = await self._runs.replace_one(
                {"_id": old.id, "epoch": old.epoch, "stage": old.stage.value}, fresh.to_mongo()
            )
        if answer.matched_count == 1:
            return fresh
        stored = await self.read(old.id)
        return stored if stored is not None and stored.claim == fresh.claim else None

    async def unmark(self, ids: Sequence[str]) -> None:
        """Drop the marks of terminal runs whose parents have taken their ends."""
        await self._writes.update_all([drop_mark(id) for id in ids])

    async def postpone(self, runs: Sequence[RunRecord]) -> None:
        """Look at the marks of terminal runs later: their parents still wait for others."""
        now = self._clock.now()
        await self._writes.update_all(
            [
                Update(
                    {"_id": run.id, "stage": "ENDED", "next_at": run.next_at},
                    {"$set": {"next_at": now + look_again_after(now - run.updated_at, self._settings)}},
                    lambda row: True,
                )
                for run in runs
            ]
        )

    async def count_difference(self, id: str) -> None:
        """Flag that the run's key came again with another input."""
        with translate_errors():
            await self._runs.update_one({"_id": id}, {"$inc": {"differences": 1}})

    async def due(self, service: str, limit: int = 200) -> list[RunRecord]:
        """Runs of the service whose time has come, longest due first; a page of each kind where BLOCKED ones fill it.

        These come due together, by thousands after a deployment, and stay due while others may know their flow.
        """
        found = await self._due(service, limit)
        blocked = [run for run in found if run.status is RunStatus.BLOCKED]
        if len(found) < limit or not blocked:
            return found
        return await self._due(service, limit, {"status": {"$ne": RunStatus.BLOCKED.value}}) + blocked

    async def _due(self, service: str, limit: int, where: Mapping[str, Any] | None = None) -> list[RunRecord]:
        due = {"service": service, "next_at": {"$lte": self._clock.now()}, **(where or {})}
        with translate_errors():
            found = await self._runs.find(due).sort([("next_at", 1)]).limit(limit).to_list()
        return [RunRecord.model_validate(row) for row in found]

    async def moved_since(self, service: str, object_ref: str, since: int) -> list[RunRecord]:
        """Runs of the service about that object that moved since then, oldest move first."""
        return await self._of_object(service, object_ref, {"updated_at": {"$gte": since}}, order=1)

    async def latest_of_object(self, service: str, object_ref: str) -> RunRecord | None:
        """The run of the service about that object that moved last; None where there is none."""
        found = await self._of_object(service, object_ref, {}, order=-1, limit=1)
        return found[0] if found else None

    async def running_of_object(self, service: str, object_ref: str, limit: int = 100) -> list[RunRecord]:
        """Runs of the service about that object that are under way, oldest move first."""
        return await self._with_status(service, object_ref, RunStatus.RUNNING.value, limit)

    async def unfinished_of_object(self, service: str, object_ref: str, limit: int = 100) -> list[RunRecord]:
        """Runs of the service about that object that wait for others: these move without a write of their own."""
        return await self._with_status(service, object_ref, WAITS, limit)

    async def _with_status(self, service: str, object_ref: str, status: Any, limit: int) -> list[RunRecord]:
        # Found among those of the service: of an object with a long history that is by far the less to look at.
        # `$all` of one ref because the embedded server matches plain equality with the list as a whole.
        where = {"service": service, "status": status, "object_refs": {"$all": [object_ref]}}
        with translate_errors():
            found = await self._runs.find(where).sort([("updated_at", -1)]).limit(limit).to_list()
        return [RunRecord.model_validate(row) for row in found][::-1]

    async def _of_object(
        self, service: str, object_ref: str, where: dict[str, Any], order: int, limit: int = 0
    ) -> list[RunRecord]:
        found = await find_listed(
            self._store,
            RUNS,
            ("object_refs", object_ref),
            {"service": service, **where},
            order=[("updated_at", order)],
            limit=limit,
        )
        return [RunRecord.model_validate(row) for row in found]


def drop_mark(id: str) -> Update:
    """Leaves a run undue if it is terminal."""
    return Update({"_id": id, "stage": "ENDED"}, {"$set": {"next_at": None}}, lambda row: row["next_at"] is None)


def new_claim() -> str:
    """A random id that tells this claim from every other."""
    return secrets.token_hex(8)


def run_id(principal_ref: str, response_key: str, idempotency_key: str | None) -> str:
    """Deterministic where there is a key, so that the same call attaches to the same run; else fresh."""
    if idempotency_key is None:
        return secrets.token_hex(12)
    return hash_id("run", principal_ref, response_key, idempotency_key)
