"""Indexes on one place of a list, such as `refs[0]`.

The library looks such a path up by an index, but makes the index's name of it and then refuses the name.
"""

from __future__ import annotations

from neosqlite.collection import index_manager

_NAMED = str.maketrans({"[": "_at_", "]": ""})


def allow_places() -> None:
    """Call once in the process of the server."""
    quote = index_manager.quote_identifier
    index_manager.quote_identifier = lambda name: quote(name.translate(_NAMED))
