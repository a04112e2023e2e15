"""The shapes that `prepare` brings a store into: indexes and numbered migrations."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.connect import Store


@dataclass(frozen=True)
class Index:
    """An index of one collection.

    A unique index may leave documents out only by `partial={field: {"$type": ...}}` on a field of its
    own: the embedded server drops the filter, but never counts documents that lack a field of the index,
    so this one form means the same on every server.

    Attributes:
        keys: (field, 1 or -1), the leading field first.
        partial: the filter of a partial index.
        name: None lets the server make one from the keys.
    """

    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    partial: dict[str, Any] | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("an index needs at least one key")
        if self.unique and self.partial is not None and not _leaves_out_only_lacking(self):
            fields = ", ".join(name for name, _ in self.keys)
            raise ValueError(
                f"the unique index on {fields} cannot have the filter {self.partial}: write "
                '{field: {"$type": "string"}} on a field of the index, and null in those not to count'
            )


def _leaves_out_only_lacking(index: Index) -> bool:
    fields = {name for name, _ in index.keys}
    return all(
        name in fields and isinstance(condition, dict) and set(condition) == {"$type"}
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
    """What to create, in order: where compound indexes serve no query, their leading fields get one each."""
    result: list[tuple[str, Index]] = []
    for collection, wanted in indexes.items():
        result += [(collection, index) for index in wanted]
        if compound_used:
            continue
        covered = {index.keys[0][0] for index in wanted if len(index.keys) == 1} | {"_id"}
        for field in dict.fromkeys(index.keys[0][0] for index in wanted):
            if field not in covered:
                result.append((collection, Index(((field, 1),))))
    return result


def fingerprint(indexes: Sequence[tuple[str, Index]]) -> str:
    """Tells one set of indexes from another, in any order."""
    lines = sorted(repr((collection, index)) for collection, index in indexes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
