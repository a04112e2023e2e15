"""Runs and deliveries as a list shows them: also those whose status a newer program has stored.

While a deployment goes on, an older registrar reads what newer services wrote. It changes nothing of such a record, and
a list of many must not end at one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.records import (
    DELIVERIES,
    RUNS,
    DeliveryRecord,
    DeliveryStatus,
    ErrorRecord,
    RunRecord,
    RunStatus,
    Stage,
    Verdict,
)
from store import Store, translate_errors

STATUS_UNKNOWN = "STATUS_UNKNOWN"


def delivery_of(row: Mapping[str, Any]) -> tuple[DeliveryRecord, bool]:
    """A stored delivery, and whether its status is known; where it is not, the record stands as a cancelled one."""
    known = row["status"] in DeliveryStatus.__members__
    return DeliveryRecord.model_validate(row if known else {**row, "status": DeliveryStatus.CANCELLED}), known


def run_of(row: Mapping[str, Any]) -> RunRecord:
    """A stored run; one of a status, stage or verdict that is not known is shown as BLOCKED, and says why."""
    known: tuple[tuple[str, type[RunStatus | Stage | Verdict]], ...] = (
        ("status", RunStatus),
        ("stage", Stage),
        ("verdict", Verdict),
    )
    strange = [name for name, values in known if row[name] not in list(values)]
    if not strange:
        return RunRecord.model_validate(row)
    said = ", ".join(f"{name} {row[name]!r}" for name in strange)
    trouble = ErrorRecord(code=STATUS_UNKNOWN, message=f"a newer program has stored the {said}; ask that one")
    stands = {
        "status": RunStatus.BLOCKED,
        "stage": Stage.WAITING,
        "verdict": Verdict.NONE,
        "awaited": [],
        "children": [],
    }
    return RunRecord.model_validate({**row, **stands, "trouble": trouble.model_dump()})


async def read_delivery(store: Store, id: str) -> tuple[DeliveryRecord, bool] | None:
    """The delivery of that id, as `delivery_of` gives it."""
    with translate_errors():
        row = await store.collection(DELIVERIES).find_one({"_id": id})
    return None if row is None else delivery_of(row)


async def read_run(store: Store, id: str) -> RunRecord | None:
    """The run of that id, of any service, as `run_of` gives it."""
    with translate_errors():
        row = await store.collection(RUNS).find_one({"_id": id})
    return None if row is None else run_of(row)
