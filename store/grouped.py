"""Reads and writes of single documents that share a command with others that are asked for at the same time.

Each keeps its meaning: a read is sent after it was asked for, a write is one compare-and-set of its own. A server
says of a command with several updates only how many matched, so where some did not, the documents are read to see
which (architecture §4: after an unmatched write, look for your own mark).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import OperationFailure

from store.batching import MOST, Asked, Batches
from store.connect import Store
from store.errors import DuplicateKey, StoreUnavailable, translate_errors
from store.together import together
from store.writes import insert_new_id

Document = dict[str, Any]

Ids = Callable[[Sequence[str]], Awaitable[Sequence[str] | None]]
"""Gives the ids that documents with one of these values may have; None where they are too many to ask for."""


class GroupedFinds:
    """Finds by the equality of one field.

    Args:
        one_by_one: values are asked for in commands of their own, at once, for the server would scan for several.
        ids: tells by which ids several values can be asked for all the same: it looks those up.
    """

    def __init__(
        self,
        collection: AsyncCollection[Document],
        field: str = "_id",
        *,
        one_by_one: bool = False,
        ids: Ids | None = None,
    ) -> None:
        self._collection = collection
        self._field = field
        self._one_by_one = one_by_one
        self._ids = ids
        self._batches: Batches[str, list[Document]] = Batches(self._send)

    async def find(self, value: str) -> list[Document]:
        """The documents that have this value, as they are now."""
        return await self._batches.ask(value)

    async def find_each(self, values: Sequence[str]) -> list[list[Document]]:
        """For each of these values, the documents that have it; by one command of their own where they are many."""
        if len(values) > MOST:
            return await self._send([Asked(value) for value in values])
        return await self._batches.ask_all(values)

    async def find_those(self, values: Sequence[str]) -> list[Document]:
        """The documents that have one of these values, each given once."""
        return [row for rows in await self.find_each(list(dict.fromkeys(values))) for row in rows]

    async def find_one(self, value: str) -> Document | None:
        """The document that has this value, as it is now; None where there is none."""
        found = await self.find(value)
        return found[0] if found else None

    async def _send(self, asked: Sequence[Asked[str]]) -> list[list[Document]]:
        values = sorted({item.item for item in asked})
        with translate_errors():
            found = await (self._several(values) if len(values) > 1 else self._equal(values[0]))
        by_value: dict[str, list[Document]] = {value: [] for value in values}
        for row in found:
            if row[self._field] in by_value:
                by_value[row[self._field]].append(row)
        return [by_value[item.item] for item in asked]

    async def _several(self, values: Sequence[str]) -> list[Document]:
        if not self._one_by_one:
            return await self._collection.find({self._field: {"$in": values}}).to_list()
        ids = None if self._ids is None else await self._ids(values)
        if ids is not None:
            return await self._collection.find({"_id": {"$in": ids}}).to_list()
        return [row for rows in await together(self._equal, values) for row in rows]

    async def _equal(self, value: str) -> list[Document]:
        if self._field != "_id":
            return await self._collection.find({self._field: value}).to_list()
        one = await self._collection.find_one({"_id": value})
        return [] if one is None else [one]


@dataclass(frozen=True)
class Update:
    """A compare-and-set of one document.

    Attributes:
        where: names its `_id`, and what it must be.
        applied: whether the document as it is now shows that this update, and no other, was applied.
    """

    where: Mapping[str, Any]
    change: Mapping[str, Any]
    applied: Callable[[Document], bool]


class GroupedWrites:
    """Updates and inserts of one collection."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._collection = collection
        self._updates: Batches[Update, bool | Exception] = Batches(self._send_updates)
        self._inserts: Batches[Document, bool | Exception] = Batches(self._send_inserts)

    async def update(
        self, where: Mapping[str, Any], change: Mapping[str, Any], applied: Callable[[Document], bool] | None = None
    ) -> bool:
        """Make the update; False where nothing matched.

        Args:
            applied: how to know the update by the document; None goes by the values that it sets.

        Raises:
            DuplicateKey: it sets a unique key that is taken.
            StoreUnavailable: it may have happened; read again.
        """
        return settled(await self._updates.ask(Update(where, change, applied or shows(change))))

    async def update_all(self, updates: Sequence[Update], *, yielding: bool = False) -> list[bool]:
        """Make these updates together; for each, whether it matched. Raises like `update`.

        Args:
            yielding: one that sets a unique key which is taken counts as unmatched.
        """
        outcomes = await self._updates.ask_all(updates)
        if yielding:
            outcomes = [False if isinstance(outcome, DuplicateKey) else outcome for outcome in outcomes]
        return [settled(outcome) for outcome in outcomes]

    async def insert_all(self, documents: Sequence[Document]) -> list[bool]:
        """Insert these documents together and in their order; for each, False where its `_id` exists."""
        return [settled(outcome) for outcome in await self._inserts.ask_all(documents)]

    async def insert(self, document: Document) -> bool:
        """Insert the document; False where its `_id` exists. A document of an insert made before is a fresh dict.

        Raises:
            DuplicateKey: another unique key of the document is taken.
            StoreUnavailable: the document may be there; read again.
        """
        return settled(await self._inserts.ask(document))

    async def _send_updates(self, asked: Sequence[Asked[Update]]) -> list[bool | Exception]:
        if len(asked) == 1 and not asked[0].unsure:
            return [await self._update(asked[0].item)]
        sure = [item.item for item in asked if not item.unsure]
        if len(sure) == len(asked):
            try:
                with translate_errors():
                    requests = [UpdateOne(item.where, item.change) for item in sure]
                    answer = await self._collection.bulk_write(requests, ordered=False)
            except (OperationFailure, DuplicateKey):
                return [await self._update_unsure(item) for item in sure]
            if answer.matched_count == len(sure):
                return [True] * len(sure)
            return list(await self._seen(sure))
        return [await self._update_unsure(item.item) for item in asked]

    async def _update(self, item: Update) -> bool | Exception:
        try:
            with translate_errors():
                answer = await self._collection.update_one(item.where, item.change)
        except (OperationFailure, DuplicateKey) as error:
            return error
        return answer.matched_count == 1

    async def _update_unsure(self, item: Update) -> bool | Exception:
        """Make an update that may have been made: what it filters on keeps it from being made twice."""
        (made,) = await self._seen([item])
        return made or await self._update(item)

    async def _seen(self, items: Sequence[Update]) -> list[bool]:
        ids = sorted({item.where["_id"] for item in items})
        with translate_errors():
            found = {row["_id"]: row for row in await self._collection.find({"_id": {"$in": ids}}).to_list()}
        return [item.where["_id"] in found and item.applied(found[item.where["_id"]]) for item in items]

    async def _send_inserts(self, asked: Sequence[Asked[Document]]) -> list[bool | Exception]:
        documents = [item.item for item in asked]
        if len(documents) > 1 and not any(item.unsure for item in asked):
            try:
                with translate_errors():
                    await self._collection.insert_many([dict(item) for item in documents], ordered=True)
            except (OperationFailure, DuplicateKey):
                return [await self._insert(item, unsure=True) for item in documents]
            return [True] * len(documents)
        return [await self._insert(item.item, unsure=item.unsure) for item in asked]

    async def _insert(self, document: Document, *, unsure: bool) -> bool | Exception:
        try:
            if await insert_new_id(self._collection, document):
                return True
            if not unsure:
                return False
            with translate_errors():
                return await self._collection.find_one({"_id": document["_id"]}) == document
        except StoreUnavailable:
            raise
        except (OperationFailure, DuplicateKey) as error:
            return error


class Grouped:
    """The grouped reads and writes of one part of a process, by collection; made as they are asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._finds: dict[tuple[str, str, Ids | None], GroupedFinds] = {}
        self._writes: dict[str, GroupedWrites] = {}

    def finds(self, collection: str, field: str = "_id", ids: Ids | None = None) -> GroupedFinds:
        """Reads of that collection by that field; `ids` as for `GroupedFinds`, for the server that scans."""
        key = (collection, field, ids)
        if key not in self._finds:
            scans = field != "_id" and self._store.capabilities.embedded
            made = GroupedFinds(self._store.collection(collection), field, one_by_one=scans, ids=ids)
            self._finds[key] = made
        return self._finds[key]

    def writes(self, collection: str) -> GroupedWrites:
        """Writes of that collection."""
        if collection not in self._writes:
            self._writes[collection] = GroupedWrites(self._store.collection(collection))
        return self._writes[collection]


def settled(outcome: bool | Exception) -> bool:
    """The answer to one of a batch; raises what is wrong with it alone."""
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def shows(change: Mapping[str, Any]) -> Callable[[Document], bool]:
    """Whether a document has the values that the update sets at its top level."""
    values = {name: value for name, value in (change.get("$set") or {}).items() if "." not in name}
    return lambda document: all(document.get(name) == value for name, value in values.items())
