"""Counting what is asked of the store, and asking the same of it directly: the floor under what we measure."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from store import Store, insert_unique

READS = ("find",)
WRITES = ("insert", "update", "findAndModify", "delete")
_SCRATCH = "bench_floor"
_DOCUMENTS = 16
_FILLER = "x" * 800
"""Documents of about the size of a run or a delivery."""


class OperationCounter(CommandListener):
    """Counts commands by kind, from each `reset` on; change streams and the engines' sweeps are left out.

    Clients that are made after `pymongo.monitoring.register` tell it.
    """

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, str]] = Counter()

    def reset(self) -> None:
        """Begin anew."""
        self._counted.clear()

    def per(self, count: int) -> dict[str, float]:
        """How many of each kind came on each of `count`."""
        kinds: Counter[str] = Counter()
        for (kind, _), number in self._counted.items():
            kinds[kind] += number
        return {kind: kinds[kind] / count for kind in (*READS, *WRITES) if kinds[kind]}

    def by_collection(self, count: int) -> dict[str, float]:
        """The same by kind and collection, the most frequent first."""
        return {f"{kind} {name}": number / count for (kind, name), number in self._counted.most_common()}

    def started(self, event: CommandStartedEvent) -> None:
        """Count a command."""
        if event.command_name in (*READS, *WRITES) and not _is_sweep(event.command):
            self._counted[event.command_name, str(event.command[event.command_name])] += 1

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to do."""


def _is_sweep(command: Mapping[str, Any]) -> bool:
    """Whether the command looks for due work of a service, which happens whether there is any or not."""
    fields = set(command.get("filter") or ())
    return "service" in fields and bool(fields & {"next_at", "settle_at"})


def writes(operations: Mapping[str, float]) -> float:
    """How many of the operations are writes."""
    return sum(operations.get(kind, 0) for kind in WRITES)


def reads(operations: Mapping[str, float]) -> float:
    """How many of the operations are reads."""
    return sum(operations.get(kind, 0) for kind in READS)


async def replay(store: Store, operations: Mapping[str, float], rounds: int, clients: int) -> tuple[list[float], float]:
    """Ask the store for the same kinds and numbers of operations, one after the other in each round.

    Returns:
        The seconds of each round, and of all together.
    """
    collection = store.collection(_SCRATCH)
    for number in range(_DOCUMENTS):
        await insert_unique(collection, {"_id": str(number), "version": 0, "filler": _FILLER})
    numbers = iter(range(rounds))
    took: list[float] = []

    async def one(number: int) -> None:
        where = {"_id": str(number % _DOCUMENTS)}
        change = {"$set": {"at": number}, "$inc": {"version": 1}}
        for kind, count in operations.items():
            for _ in range(round(count)):
                if kind == "find":
                    await collection.find_one(where)
                elif kind == "insert":
                    await collection.insert_one({"_id": uuid.uuid4().hex, "filler": _FILLER})
                elif kind == "update":
                    await collection.update_one(where, change)
                elif kind == "findAndModify":
                    await collection.find_one_and_update(where, change)
                else:
                    await collection.delete_one({"_id": "none"})

    async def client() -> None:
        for number in numbers:
            started = perf_counter()
            await one(number)
            took.append(perf_counter() - started)

    began = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(clients):
            tasks.create_task(client())
    return took, perf_counter() - began
