"""Where a client starts: the objects it has a role on, as a Relay connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flows.graphql.pages import Connection, check_first, decode_cursor, encode_cursor, make_connection
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.documents import OwnedDocument
from subgraphs.shared.lists import how_many, page_of

D = TypeVar("D", bound=OwnedDocument)
T = TypeVar("T")


async def page_of_roots(
    info: SubgraphInfo, cls: type[D], make: Callable[[D], T], first: int | None, after: str | None
) -> Connection[T]:
    """Where a client starts: the documents of a class on which the caller has a role; all of them for an admin."""
    context = info.context
    context.access.require_signed_in()
    if context.principal.is_admin:
        return await page_of(info, cls, {}, make, first, after)
    most = check_first(how_many(first))
    ids = await context.access.owned(cls.service, cls.obj_type)
    loaded = await context.loaders.load_many(cls, ids)
    found = sorted((item for item in loaded if item), key=lambda item: (item.created_at, item.id))
    if after is not None:
        place = decode_cursor(after)
        found = [item for item in found if (item.created_at, item.id) > place]
    cursors = [encode_cursor(item.created_at, item.id) for item in found[:most]]
    return make_connection([make(item) for item in found[:most]], cursors, len(found) > most, after)
