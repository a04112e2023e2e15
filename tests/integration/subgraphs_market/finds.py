"""How often each collection was read."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection


class Finds:
    """Counts the reads of each collection."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: dict[str, int] = {}
        find = AsyncCollection.find

        def counted_find(collection: Any, *args: Any, **options: Any) -> Any:
            self.of[collection.name] = self.of.get(collection.name, 0) + 1
            return find(collection, *args, **options)

        monkeypatch.setattr(AsyncCollection, "find", counted_find)
