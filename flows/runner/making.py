"""Outbox entries become deliveries; done twice, it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.outbox import from_entry
from flows.parts import EngineParts
from flows.records import RunRecord
from flows.run_store import new_claim


async def make_deliveries(parts: EngineParts, entries: Mapping[str, Any], effects: Mapping[str, Any]) -> bool:
    """The deliveries of these entries of a document exist afterwards, oldest first; whether none did before.

    Their runs exist before them: a delivery without a run is cancelled, because nothing waits for it.
    """
    unmade = [key for key in sorted(entries) if key not in parts.known.made]
    fresh = len(unmade) == len(entries)
    if unmade:
        await store_runs(parts, effects)
    for key in unmade:
        deliveries = from_entry(entries[key])
        stored = await parts.deliveries.insert_all(deliveries)
        parts.backlog.made(item for item, new in zip(deliveries, stored, strict=True) if new)
        fresh = all(stored) and fresh
        parts.known.made.add(key)
        for delivery in deliveries:
            parts.notify_inbox(delivery)
    return fresh


async def store_runs(parts: EngineParts, effects: Mapping[str, Any]) -> dict[str, RunRecord]:
    """The runs that these effects hold are stored afterwards, for anybody to take on; gives those that were before.

    An effect holds its run where that is to be stored by a write that comes after the effect.
    """
    unsure = {item["run_id"]: item["run"] for id, item in effects.items() if "run" in item and not recorded(parts, id)}
    stored = await parts.runs.read_many(sorted(unsure))
    for id, run in unsure.items():
        if id not in stored:
            await parts.runs.insert(due_run(run, parts.clock.now()))
    return stored


def recorded(parts: EngineParts, effect_id: str) -> bool:
    """Whether this process knows that the effect's step is recorded."""
    return effect_id in parts.known.recorded


def due_run(stored: Mapping[str, Any], now: int) -> RunRecord:
    """The run as its effect holds it: who takes it on finds its effect and goes on from there."""
    run = RunRecord.model_validate(stored)
    return run.model_copy(update={"claim": new_claim(), "leased_until": 0, "next_at": now})
