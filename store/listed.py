"""Finds by one value of a list field, by an index on every server.

MongoDB has an entry in its index for each value of a list. The embedded server has one for the list as a whole, which
finds nothing by a value; there the first places of the list are indexed, each by itself, and looked at at once.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    order: tuple[str, int],
    limit: int = 0,
) -> list[Row]:
    """The documents of `where` whose list field has that text among its values.

    Args:
        listed: the list field, by which a `listed` index of the collection begins, and the text.
        where: more that they must fulfil.
        order: the field to sort by, a number, and 1 or -1.
        limit: so many at most; 0 for all.
    """

    async def find(among: Mapping[str, Any]) -> list[Row]:
        with translate_errors():
            return await store.collection(collection).find({**among, **where}).sort([order]).limit(limit).to_list()

    field, direction = order
    found = await together(find, _placed(*listed) if store.capabilities.embedded else [{listed[0]: listed[1]}])
    rows = {row["_id"]: row for rows in found for row in rows}
    ordered = sorted(rows.values(), key=lambda row: direction * row[field])
    return ordered[:limit] if limit else ordered


def _placed(name: str, text: str) -> list[dict[str, Any]]:
    """What finds the lists that have it at each of the indexed places, or behind them."""
    behind = {place(name, PLACES): {"$gt": ""}, name: {"$all": [text]}}
    return [*({place(name, number): {"$eq": text}} for number in range(PLACES)), behind]
