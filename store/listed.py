"""Finds by one value of a list field, by an index on every server.

MongoDB has an entry in its index for each value of a list. The embedded server has one for the list as a whole, which
finds nothing by a value; there the first places of the list are indexed, each by itself, and looked at at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from store.connect import Store
from store.errors import translate_errors
from store.schema import PLACES, place
from store.together import together

Row = dict[str, Any]


async def find_listed(
    store: Store,
    collection: str,
    listed: tuple[str, str],
    where: Mapping[str, Any],
    *,
    order: Sequence[tuple[str, int]],
    limit: int = 0,
) -> list[Row]:
    """The documents of `where` whose list field has that text among its values.

    Args:
        listed: the list field, by which a `listed` index of the collection begins, and the text.
        where: more that they must fulfil.
        order: the fields to sort by, each with 1 or -1; they are never null.
        limit: so many at most; 0 for all.
    """
    source = store.collection(collection)

    async def find(asked: Mapping[str, Any]) -> list[Row]:
        with translate_errors():
            return await source.find(asked).sort(order).limit(limit).to_list()

    name, text = listed
    found = await together(find, _placed(name, text, where) if store.capabilities.embedded else [{name: text, **where}])
    rows = {row["_id"]: row for rows in found for row in rows}
    ordered = list(rows.values())
    for field, direction in reversed(order):
        ordered.sort(key=itemgetter(field), reverse=direction < 0)
    return ordered[:limit] if limit else ordered


def _placed(name: str, text: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What finds the lists that have it at each of the indexed places, or behind them."""
    at_places = [{place(name, number): {"$eq": text}, **where} for number in range(PLACES)]
    # Lists that are longer are a range, and an index of any field that is asked for by its value would be taken before
    # that of a range; one of several values is not looked up, so ask for it so.
    others = {key: asked if isinstance(asked, Mapping) else {"$in": [asked]} for key, asked in where.items()}
    return [*at_places, {place(name, PLACES): {"$gt": ""}, name: {"$all": [text]}, **others}]
