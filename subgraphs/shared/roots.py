"""Where a client starts: the objects it has a role on, as a Relay connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flows.graphql.pages import Connection, check_first, decode_cursor, encode_cursor, make_connection, page

from .context import SubgraphInfo
from .documents import OwnedDocument

D = TypeVar("D", bound=OwnedDocument)
T = TypeVar("T")


async def page_of_roots(
    info: SubgraphInfo, cls: type[D], make: Callable[[D], T], first: int, after: str | None
) -> Connection[T]:
    """The documents of a class on which the caller has a role, newest last; all of them for an admin."""
    context = info.context
    context.access.require_signed_in()
    if context.principal.is_admin:
        return await page(context.store, cls, {}, make, first, after)
    check_first(first)
    ids = await context.access.owned(cls.service, cls.obj_type)
    loaded = await context.loaders.load_many(cls, ids)
    found = sorted((item for item in loaded if item), key=lambda item: (item.created_at, item.id))
    if after is not None:
        place = decode_cursor(after)
        found = [item for item in found if (item.created_at, item.id) > place]
    shown = found[:first]
    cursors = [encode_cursor(item.created_at, item.id) for item in shown]
    return make_connection([make(item) for item in shown], cursors, len(found) > first, after)
