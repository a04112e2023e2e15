"""Lists that can grow, as Relay connections, newest last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from flows.graphql.pages import Connection, make_connection, page
from subgraphs.shared.checks import is_id
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.documents import OwnedDocument

D = TypeVar("D", bound=OwnedDocument)
T = TypeVar("T")

FIRST = 20


def how_many(first: int | None) -> int:
    """The size of a page; a `first` of null counts as absent."""
    return FIRST if first is None else first


async def page_of(
    info: SubgraphInfo,
    cls: type[D],
    where: Mapping[str, str],
    make: Callable[[D], T],
    first: int | None,
    after: str | None,
) -> Connection[T]:
    """A page of the documents whose fields equal `where`."""
    if not all(map(is_id, where.values())):
        return make_connection([], [], has_next=False, after=after)
    return await page(info.context.store, cls, where, make, how_many(first), after)
