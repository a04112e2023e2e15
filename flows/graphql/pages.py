"""Relay connections over a collection: `first: Int = 20, after: String`, at most 100, newest last."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import strawberry

from flows.graphql.types import PageInfo
from identity import CodedError
from store import Store, VersionedDocument, find_listed, translate_errors

T = TypeVar("T")
D = TypeVar("D", bound=VersionedDocument)

MAX_PAGE = 100
LATEST = 2**53
"""No document is made later; the store takes no number of any size."""


@strawberry.type
class Edge(Generic[T]):
    node: T
    cursor: str


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    page_info: PageInfo


def encode_cursor(created_at: int, id: str) -> str:
    """An opaque cursor for the place behind the document created then with that id."""
    return base64.urlsafe_b64encode(f"{created_at}:{id}".encode()).decode()


def decode_cursor(cursor: str) -> tuple[int, str]:
    """What `encode_cursor` was given; BAD_USER_INPUT for anything that it did not make."""
    try:
        created_at, _, id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
        if abs(int(created_at)) > LATEST:
            raise ValueError(created_at)
        return int(created_at), id
    except (ValueError, binascii.Error) as error:
        raise CodedError("BAD_USER_INPUT", f"after: {cursor!r:.200} is not a cursor of this list") from error


def check_first(first: int, most: int = MAX_PAGE) -> int:
    """`first` within 1 to `most`; BAD_USER_INPUT otherwise."""
    if not 1 <= first <= most:
        raise CodedError("BAD_USER_INPUT", f"first: must be from 1 to {most}, not {first}")
    return first


async def find_page(
    store: Store,
    collection: str,
    where: Mapping[str, Any],
    first: int,
    after: str | None,
    most: int = MAX_PAGE,
    listed: tuple[str, str] | None = None,
) -> tuple[list[dict[str, Any]], bool]:
    """Up to `first` stored documents behind `after` that `where` selects, oldest first, and whether more follow.

    What it says of `created_at` are bounds, `$gte` and `$lt`. With `listed`, a list field must have that text too, as
    `find_listed` has it.

    Two plain range reads instead of one `$or`, which the embedded server answers by a scan.
    """
    check_first(first, most)
    rows: list[dict[str, Any]] = []
    order = [("created_at", 1), ("_id", 1)]

    async def find(among: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
        if listed is not None:
            return await find_listed(store, collection, listed, among, order=order, limit=limit)
        with translate_errors():
            return await store.collection(collection).find(among).sort(order).limit(limit).to_list()

    later: dict[str, Any] = {}
    bounds: Mapping[str, Any] = where.get("created_at", {})
    if after is not None:
        created_at, id = decode_cursor(after)
        same = {**where, "created_at": {**bounds, "$eq": created_at}, "_id": {"$gt": id}}
        rows = await find(same, first + 1)
        later = {"created_at": {**bounds, "$gt": created_at}}
    if len(rows) <= first:
        rows += await find({**where, **later}, first + 1 - len(rows))
    return rows[:first], len(rows) > first


def make_connection(items: list[T], cursors: list[str], has_next: bool, after: str | None) -> Connection[T]:
    """A Relay connection of `items`, whose cursors are given in the same order."""
    edges = [Edge(node=node, cursor=cursor) for node, cursor in zip(items, cursors, strict=True)]
    info = PageInfo(
        has_next_page=has_next,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    return Connection(edges=edges, page_info=info)


async def page(
    store: Store,
    document: type[D],
    where: Mapping[str, Any],
    make: Callable[[D], T],
    first: int = 20,
    after: str | None = None,
) -> Connection[T]:
    """A page of the documents (tombstones left out) whose fields equal `where`, each made into a GraphQL object."""
    name = document.get_settings().name
    assert name is not None, f"{document.__name__} names its collection"
    rows, has_next = await find_page(store, name, {**where, "deleted": False}, first, after)
    documents = [document.model_validate(row) for row in rows]
    cursors = [encode_cursor(item.created_at, item.id) for item in documents]
    return make_connection([make(item) for item in documents], cursors, has_next, after)
