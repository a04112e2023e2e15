"""What the library could look up by an index and does not.

- A place of a list, such as `refs[0]`: it makes the index's name of the path and then refuses the name.
- A range of ids: it reads every document and compares for itself, because ids may be of several types. Ours are texts,
  which SQLite compares as MongoDB does, by their bytes.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from neosqlite.collection import index_manager
from neosqlite.collection.query_helper import QueryHelper

_NAMED = str.maketrans({"[": "_at_", "]": ""})
_RANGES = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


def look_up_more() -> None:
    """Call once in the process of the server."""
    _name_places()
    _look_up_ranges_of_ids()


def _name_places() -> None:
    quote = index_manager.quote_identifier
    index_manager.quote_identifier = lambda name: quote(name.translate(_NAMED))


def _look_up_ranges_of_ids() -> None:
    otherwise = QueryHelper._build_id_operator_clause

    @wraps(otherwise)
    def build(helper: Any, asked: dict[str, Any]) -> Any:
        if not asked or not all(operator in _RANGES and isinstance(id, str) for operator, id in asked.items()):
            return otherwise(helper, asked)
        column = helper._id_column_ref()
        return " AND ".join(f"{column} {_RANGES[operator]} ?" for operator in asked), [*asked.values()]

    QueryHelper._build_id_operator_clause = build
