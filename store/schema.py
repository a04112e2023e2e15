"""The shapes that `prepare` brings a store into: indexes and numbered migrations."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.connect import Store

PLACES = 3
"""Values of a list that the embedded server looks up by their places; of longer lists it looks through the rest."""

_ANY_VALUE = {"$type": ["string", "int", "long", "double", "bool"]}


@dataclass(frozen=True)
class Index:
    """An index of one collection.

    A unique index never counts a document that lacks a field of it or has null there. That is how the
    embedded server has it, and `prepare` makes it so on MongoDB. It cannot have any other filter: the
    embedded server would drop it.

    Attributes:
        keys: (field, 1 or -1), the leading field first.
        partial: the filter of a partial index; of a unique one only `{field: {"$type": …}}` on own fields.
        name: None makes one from the keys.
        listed: the leading field is a list of texts, by each of which `find_listed` finds the document.
    """

    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    partial: dict[str, Any] | None = None
    name: str | None = None
    listed: bool = False

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("an index needs at least one key")
        if self.unique and not _is_about_types(self):
            fields = ", ".join(self.fields)
            raise ValueError(
                f"the unique index on {fields} cannot have the filter {self.partial}: a unique index leaves out "
                "the documents that have null in one of its fields, and no others"
            )

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.keys)

    @property
    def options(self) -> dict[str, Any]:
        """What `create_index` is told beside the keys."""
        direction = "_".join(f"{field}_{order}" for field, order in self.keys)
        if not self.unique:
            options: dict[str, Any] = {"name": self.name or direction}
            return options if self.partial is None else {**options, "partialFilterExpression": self.partial}
        present = {field: _ANY_VALUE for field in self.fields if field != "_id"} | (self.partial or {})
        return {"name": self.name or f"unique_{direction}", "unique": True, "partialFilterExpression": present}


def _is_about_types(index: Index) -> bool:
    return all(
        name in index.fields and isinstance(condition, dict) and set(condition) == {"$type"}
        for name, condition in (index.partial or {}).items()
    )


@dataclass(frozen=True)
class Migration:
    """One numbered change of an owner's data.

    `run` can be interrupted and run again, and in the worst case (a holder of the lease that slept through
    its end) beside another: it is written so that doing any part twice changes nothing.

    Attributes:
        number: 1, 2, 3 … per owner, without gaps.
        name: what people read when it fails.
    """

    owner: str
    number: int
    name: str
    run: Callable[[Store], Awaitable[None]]


def check_numbers(owner: str, migrations: Sequence[Migration]) -> None:
    """Refuse a list that is not this owner's 1, 2, 3 …

    Raises:
        ValueError: naming the first migration out of place.
    """
    for expected, migration in enumerate(migrations, start=1):
        if migration.owner != owner or migration.number != expected:
            raise ValueError(
                f"migration {migration.owner} {migration.number} ({migration.name}) stands where "
                f"{owner} {expected} belongs"
            )


def effective_indexes(indexes: Mapping[str, Sequence[Index]], *, compound_used: bool) -> list[tuple[str, Index]]:
    """What to create, in order: the given ones, and what queries need beside them.

    MongoDB does not look up by a partial index unless the query repeats its filter, and the embedded server
    not by a compound one: the leading fields of those get an index each. There a compound index that names
    `_id` (the last key of a list's order) is left out too: with it, every insert fails. An index that begins with
    a list becomes one for each of the places that `find_listed` asks for there.
    """
    result: list[tuple[str, Index]] = []
    for collection, wanted in indexes.items():
        if not compound_used:
            result += [(collection, index) for listed in wanted if listed.listed for index in _by_place(listed)]
            wanted = [index for index in wanted if not index.listed]
        result += [(collection, index) for index in wanted if compound_used or not _breaks_embedded(index)]
        usable = [index for index in wanted if not index.unique and index.partial is None]
        served = {index.fields[0] for index in usable if compound_used or len(index.keys) == 1} | {"_id"}
        missing = dict.fromkeys(index.fields[0] for index in wanted if index.fields[0] not in served)
        result += [(collection, Index(((field, 1),))) for field in missing]
    return result


def place(field: str, number: int) -> str:
    """What the embedded server calls that place of a list, the first being 0."""
    return f"{field}[{number}]"


def _by_place(index: Index) -> list[Index]:
    (field, direction), *others = index.keys
    return [Index(((place(field, number), direction), *others)) for number in range(PLACES + 1)]


def _breaks_embedded(index: Index) -> bool:
    return "_id" in index.fields and len(index.keys) > 1 and not index.unique


def fingerprint(indexes: Sequence[tuple[str, Index]]) -> str:
    """Tells one set of indexes from another, in any order."""
    lines = sorted(repr((collection, index)) for collection, index in indexes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
