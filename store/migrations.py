from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.connect import Store


@dataclass(frozen=True)
class Index:
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    partial: dict[str, Any] | None = None
    name: str | None = None


@dataclass(frozen=True)
class Migration:
    owner: str
    number: int
    name: str
    run: Callable[[Store], Awaitable[None]]


async def prepare(
    store: Store, owner: str, indexes: Mapping[str, Sequence[Index]], migrations: Sequence[Migration] = ()
) -> None:
    for collection, wanted in indexes.items():
        for index in wanted:
            options: dict[str, Any] = {"unique": index.unique}
            if index.name:
                options["name"] = index.name
            await store.collection(collection).create_index(list(index.keys), **options)
