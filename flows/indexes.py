"""Indexes of the engine's collections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.records import DELIVERIES, PAYLOADS, RUNS
from store import Index

ENGINE_INDEXES: Mapping[str, Sequence[Index]] = {
    RUNS: (
        Index((("service", 1), ("next_at", 1))),
        Index((("object_refs", 1), ("service", 1), ("updated_at", 1)), listed=True),
        Index((("service", 1), ("status", 1))),
        Index((("service", 1), ("created_at", 1))),
        Index((("created_at", 1),)),
        Index((("parent", 1), ("created_at", 1))),
        Index((("page_of", 1),)),
    ),
    DELIVERIES: (
        Index((("inbox", 1), ("mode", 1), ("next_at", 1))),
        Index((("queue", 1), ("seq", 1))),
        Index((("settle_at", 1),)),
        Index((("slot_of", 1), ("slot", 1)), unique=True),
        # MongoDB looks nothing up by a partial index unless the filter repeats its conditions, and unique ones are.
        Index((("slot_of", 1),)),
        Index((("run_id", 1),)),
        Index((("plugin_tag", 1), ("created_at", 1))),
        Index((("status", 1), ("created_at", 1))),
        Index((("created_at", 1),)),
    ),
    PAYLOADS: (Index((("created_at", 1),)),),
}
