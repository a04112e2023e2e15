"""Counting what is asked of the store, and asking the same of it directly: the floor under what we measure."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from flows import ENGINE_INDEXES
from flows.records import RUNS
from store import Grouped, Store, insert_unique
from store.schema import effective_indexes

READS = ("find",)
WRITES = ("insert", "update", "findAndModify", "delete")
_SCRATCH = "bench_floor"
_DOCUMENTS = 64
_SHARED = frozenset({"find", "insert", "update"})
_FILLER = "x" * 800
"""Documents of about the size of a run or a delivery."""
_INDEXES = {_SCRATCH: ENGINE_INDEXES[RUNS]}
"""The floor's documents have the indexes of runs, as the server keeps them: the same writes keep as many up to date.
Deliveries have more, the documents of services fewer."""


@dataclass(frozen=True)
class Operations:
    """What came on each of some number of rounds.

    Attributes:
        commands: sent to the store, by kind.
        documents: read by id or written by these commands, by kind; a command may carry several.
        by_collection: commands by kind and collection, the most frequent first.
    """

    commands: Mapping[str, float]
    documents: Mapping[str, float]
    by_collection: Mapping[str, float]

    @property
    def reads(self) -> float:
        """Commands that read."""
        return sum(self.commands.get(kind, 0) for kind in READS)

    @property
    def writes(self) -> float:
        """Commands that write."""
        return sum(self.commands.get(kind, 0) for kind in WRITES)

    @property
    def documents_written(self) -> float:
        """Documents that these commands wrote."""
        return sum(self.documents.get(kind, 0) for kind in WRITES)

    def written_apart(self) -> Operations:
        """The same with a command for each document that is written."""
        apart = {kind: self.documents[kind] for kind in WRITES if kind in self.documents}
        return replace(self, commands={**self.commands, **apart})


class OperationCounter(CommandListener):
    """Counts commands by kind, from each `reset` on; change streams and the engines' sweeps are left out.

    Clients that are made after `pymongo.monitoring.register` tell it.
    """

    def __init__(self) -> None:
        self._commands: Counter[tuple[str, str]] = Counter()
        self._documents: Counter[str] = Counter()

    def reset(self) -> None:
        """Begin anew."""
        self._commands.clear()
        self._documents.clear()

    def per(self, count: int) -> Operations:
        """How many of each kind came on each of `count`."""
        kinds: Counter[str] = Counter()
        for (kind, _), number in self._commands.items():
            kinds[kind] += number
        return Operations(
            {kind: kinds[kind] / count for kind in (*READS, *WRITES) if kinds[kind]},
            {kind: number / count for kind, number in self._documents.items()},
            {f"{kind} {name}": number / count for (kind, name), number in self._commands.most_common()},
        )

    def started(self, event: CommandStartedEvent) -> None:
        """Count a command."""
        kind = event.command_name
        if kind in (*READS, *WRITES) and not _is_sweep(event.command):
            self._commands[kind, str(event.command[kind])] += 1
            self._documents[kind] += _documents(event.command)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to do."""


def _documents(command: Mapping[str, Any]) -> int:
    """How many documents a command is about."""
    for part in ("documents", "updates"):
        if part in command:
            return len(command[part])
    ids = (command.get("filter") or {}).get("_id")
    return len(ids["$in"]) if isinstance(ids, dict) and "$in" in ids else 1


def _is_sweep(command: Mapping[str, Any]) -> bool:
    """Whether the command looks for due work of a service, which happens whether there is any or not."""
    fields = set(command.get("filter") or ())
    return "tidy_at" in fields or ("service" in fields and bool(fields & {"next_at", "settle_at"}))


class _Share:
    """So many of something over all rounds, given out evenly: each round's part is a whole number."""

    def __init__(self, per_round: float) -> None:
        self._per_round = per_round

    def of(self, number: int) -> int:
        """The part of that round."""
        return int(self._per_round * (number + 1) + 0.5) - int(self._per_round * number + 0.5)


async def replay(
    store: Store, operations: Operations, rounds: int, clients: int, *, sharing: bool = False
) -> tuple[list[float], float]:
    """Ask the store for the same kinds and numbers of commands on as many documents, one after the other in each round.

    Args:
        sharing: rounds that are under way at once share commands, as the engine's do; `operations` are then those of a
            round by itself, which are the round trips that it waits for.

    Returns:
        The seconds of each round, and of all together.
    """
    collection = store.collection(_SCRATCH)
    for _, index in effective_indexes(_INDEXES, compound_used=store.capabilities.compound_indexes):
        await collection.create_index(list(index.keys), **index.options)
    for number in range(_DOCUMENTS):
        await insert_unique(collection, _document(str(number), number))
    grouped = Grouped(store)
    shares = {kind: _Share(count) for kind, count in operations.commands.items()}
    sizes = {kind: operations.documents[kind] / count for kind, count in operations.commands.items()}
    numbers = iter(range(rounds))
    took: list[float] = []

    async def client() -> None:
        for number in numbers:
            started = perf_counter()
            for kind, share in shares.items():
                for _ in range(share.of(number)):
                    if sharing and kind in _SHARED:
                        await _shared(grouped, kind, number)
                    else:
                        await _command(collection, kind, max(1, round(sizes[kind])), number)
            took.append(perf_counter() - started)

    began = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(clients):
            tasks.create_task(client())
    return took, perf_counter() - began


def _document(id: str, number: int) -> dict[str, Any]:
    """One of the floor's, with the fields that a run is looked up by."""
    return {
        "_id": id,
        "version": 0,
        "service": "bench",
        "object_refs": [f"bench:Floor:{number}"],
        "next_at": number,
        "created_at": number,
        "updated_at": number,
        "parent": None,
        "page_of": None,
        "filler": _FILLER,
    }


def _change(number: int) -> dict[str, Any]:
    """A claim, or what is stored at its end."""
    return {"$set": {"next_at": number, "updated_at": number}, "$inc": {"version": 1}}


async def _shared(grouped: Grouped, kind: str, number: int) -> None:
    id = str(number * 7 % _DOCUMENTS)
    if kind == "find":
        await grouped.finds(_SCRATCH).find_one(id)
    elif kind == "insert":
        await grouped.writes(_SCRATCH).insert(_document(uuid.uuid4().hex, number))
    else:
        await grouped.writes(_SCRATCH).update({"_id": id}, _change(number))


async def _command(collection: AsyncCollection[dict[str, Any]], kind: str, size: int, number: int) -> None:
    ids = [str((number * 7 + place) % _DOCUMENTS) for place in range(size)]
    change = _change(number)
    if kind == "find":
        await (collection.find_one({"_id": ids[0]}) if size == 1 else collection.find({"_id": {"$in": ids}}).to_list())
    elif kind == "insert":
        await collection.insert_many([_document(uuid.uuid4().hex, number) for _ in ids])
    elif kind == "update":
        await collection.bulk_write([UpdateOne({"_id": id}, change) for id in ids], ordered=False)
    elif kind == "findAndModify":
        await collection.find_one_and_update({"_id": ids[0]}, change)
    else:
        await collection.delete_one({"_id": "none"})
