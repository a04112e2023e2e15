"""The embedded server keeps what SQLite's catalogue says, and for no longer than it says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from neosqlite import Connection
from neosqlite.collection import Collection

from store.embedded.catalogue import Catalogue, keep_catalogue
from store.embedded.handler import EmbeddedHandler

READ_INDEXES = Collection.list_indexes


@pytest.fixture
def jars() -> Iterator[Any]:
    with Connection(":memory:") as connection:
        yield connection["jars"]


class Reader:
    """Lists indexes, and counts how often the catalogue was read for it."""

    def __init__(self) -> None:
        self.reads = 0

        def read(collection: Any, *given: Any) -> Any:
            self.reads += 1
            return READ_INDEXES(collection, *given)

        self.list = Catalogue().keep(read)


def test_indexes_are_read_once_until_the_schema_changes(jars: Any) -> None:
    reader = Reader()
    before = reader.list(jars)
    assert reader.list(jars) == before
    assert reader.reads == 1

    jars.insert_one({"_id": "a", "beans": 1})
    assert reader.list(jars) == before
    assert reader.reads == 1

    jars.create_index("beans")
    made = reader.list(jars)
    assert {name for name in made if name.endswith("_beans")} != set()
    assert reader.list(jars) == made
    assert reader.reads == 2

    jars.drop_index("beans")
    assert reader.list(jars) == before


def test_collections_are_told_apart_and_answers_are_the_askers_own(jars: Any) -> None:
    reader = Reader()
    jars.create_index("beans")
    other = jars.database["others"]
    names = reader.list(jars)
    assert reader.list(other) != names
    names.clear()
    assert reader.list(jars) == READ_INDEXES(jars) != []


def test_what_is_asked_with_arguments_is_read_each_time(jars: Any) -> None:
    reader = Reader()
    for _ in range(2):
        assert reader.list(jars, True) == READ_INDEXES(jars, True)
    assert reader.reads == 2


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library as the server's process has it, until the end of the test."""
    for cls, name in ((Collection, "list_indexes"), (Collection, "_id_column"), (Connection, "list_collection_names")):
        monkeypatch.setattr(cls, name, cls.__dict__[name])
    keep_catalogue()


def test_a_command_that_came_before_reads_nothing_of_the_catalogue(kept: None) -> None:
    """Fails where the library has renamed what is kept, or reads the catalogue in another place."""
    handler = EmbeddedHandler(":memory:")
    body = {"find": "jars", "filter": {"_id": "a", "beans": 1}, "$db": "store"}
    find = {"request_id": 1, "sections": [("body", body)]}
    handler.handle_insert({"request_id": 1, "sections": [("body", {"insert": "jars", "documents": [{"_id": "a"}]})]})
    statements: list[str] = []
    handler.conn.db.set_trace_callback(statements.append)

    read = []
    for _ in range(2):
        statements.clear()
        assert handler.handle_command(find)[1]["ok"] == 1
        read.append([text for text in statements if "sqlite_master" in text or "pragma_table_info" in text])

    assert read[0] != []
    assert read[1] == []
