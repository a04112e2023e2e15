"""What the library reads from SQLite's catalogue for each field of each filter, kept until the schema changes.

To see whether a field has an index it lists the names of all indexes, to find the column of `_id` it asks for the
table's columns, and each command lists the tables: more than a quarter of the server's time, while tables and indexes
are made at start-up and hardly ever again. SQLite counts changes of the schema, which is quick to ask for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from neosqlite.collection import Collection
from neosqlite.connection import Connection


class Catalogue:
    """Answers of one SQLite file about its schema."""

    def __init__(self) -> None:
        self._kept: tuple[int | None, dict[tuple[str, str], Any]] = (None, {})

    def keep(self, read: Callable[..., Any]) -> Callable[..., Any]:
        """The method of a collection or connection, answered from memory while the schema stays what it was.

        With arguments it is asked for more than the schema, and not answered from memory.
        """

        @wraps(read)
        def answer(asked: Any, *given: Any, **named: Any) -> Any:
            if given or named:
                return read(asked, *given, **named)
            now = asked.db.execute("PRAGMA schema_version").fetchone()[0]
            version, answers = self._kept
            if version != now:
                answers = {}  # a thread that still reads for the version before adds to the answers of that one
                self._kept = (now, answers)
            key = (read.__qualname__, asked.name)
            if key not in answers:
                answers[key] = read(asked)
            known = answers[key]
            return list(known) if isinstance(known, list) else known

        return answer


def keep_catalogue() -> None:
    """Call once in the process of the server, which serves one file."""
    catalogue = Catalogue()
    Collection.list_indexes = catalogue.keep(Collection.list_indexes)
    Collection._id_column = property(catalogue.keep(Collection._id_column.fget))
    Connection.list_collection_names = catalogue.keep(Connection.list_collection_names)
