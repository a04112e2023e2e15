"""Finds out where waiting objects stand, when an error has to name their places."""

from __future__ import annotations

from typing import Any

from gateway.executor.compiled.represent import Slot
from gateway.executor.gather import Batch, Waiting, objects_at
from gateway.planner.nodes import EntityCall


def restore(data: dict[str, Any], call: EntityCall, slots: list[Slot], count: int) -> Batch:
    """The batch that the Gatherer would have made, for the representations that were sent.

    Objects are told by identity: what has been merged since then has not replaced them.
    """
    positions = [
        {id(item): position for position, slot in enumerate(slots) for item in slot[group]}
        for group in range(len(call.targets))
    ]
    batch = Batch([{} for _ in range(count)], [[] for _ in range(count)])
    for group, target in enumerate(call.targets):
        for number, (item, location) in enumerate(objects_at(data, target.path)):
            position = positions[group].get(id(item))
            if position is not None:
                batch.waiting[position].append(Waiting(item, location, (group, number if call.distinct else 0)))
    return batch
