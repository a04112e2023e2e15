"""Documents are tidied: what steps left in them goes once their runs have recorded it and its deliveries exist.

A write sets the time at which its document is looked at, so what has to go is found by the document itself, whoever
died in between. A run that was never stored, because its process died after its first effect, is stored then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flows.parts import EngineParts
from flows.records import RunRecord
from flows.runner.making import make_deliveries, store_runs
from flows.schema import WriteStep
from store import Index, VersionedDocument, collection_of, tidy_document, translate_errors
from store.together import together

PAGE = 200


def tidy_indexes(documents: Sequence[type[VersionedDocument]]) -> dict[str, list[Index]]:
    """What these documents are found by when they are to be tidied."""
    return {collection_of(cls): [Index((("tidy_at", 1),))] for cls in documents}


class Tidying:
    """Tidies the documents that a service's flows write."""

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        steps = [step for flow in parts.catalog for step in flow.steps if isinstance(step, WriteStep)]
        self._documents = list(dict.fromkeys(step.document for step in steps))

    async def tidy(self) -> bool:
        """Look at every document that is due; False where some are left for the next time."""
        left = [not await self._tidy_some(collection_of(cls)) for cls in self._documents]
        return not any(left)

    async def _tidy_some(self, collection: str) -> bool:
        """A page of what is due; whether that was all, and all of it could go."""
        with translate_errors():
            rows = (
                await self._parts.store.collection(collection)
                .find({"tidy_at": {"$lte": self._parts.clock.now()}})
                .sort([("tidy_at", 1)])
                .limit(PAGE)
                .to_list()
            )
        effects = [effect for row in rows for effect in row["effects"].values()]
        runs = await self._parts.runs.read_many(sorted({item["run_id"] for item in effects if "run_id" in item}))
        gone = await together(lambda row: self._tidy_one(collection, row, runs), rows)
        return len(rows) < PAGE and all(gone)

    async def _tidy_one(self, collection: str, row: Mapping[str, Any], runs: Mapping[str, RunRecord]) -> bool:
        parts = self._parts
        await store_runs(parts, {id: item for id, item in row["effects"].items() if item.get("run_id") not in runs})
        await make_deliveries(parts, row["outbox"], {})
        gone = [id for id, effect in row["effects"].items() if is_recorded(effect, runs.get(effect.get("run_id")))]
        left = len(gone) < len(row["effects"])
        later = parts.clock.now() + parts.settings.tidy_delay if left else None
        writes = parts.grouped.writes(collection)
        return await tidy_document(writes, row["_id"], row["version"], gone, row["outbox"], later) and not left


def is_recorded(effect: Mapping[str, Any], run: RunRecord | None) -> bool:
    """Whether the effect's step is recorded on its run, so that nobody will look for the effect again."""
    if "run_id" not in effect:  # an older program's: its own run takes it away
        return False
    if run is None:  # removed after it had ended, or about to be stored
        return "run" not in effect
    if run.terminal or run.seed != effect["seed"]:
        return True
    return effect["step"] in (run.undone if effect["undo"] else run.results)
