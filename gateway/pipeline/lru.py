"""A cache that forgets what was used longest ago, bounded by entries and by weight."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LRU(Generic[K, V]):
    """Keeps at most `entries` values, whose weights add up to at most `weight`."""

    def __init__(self, entries: int, weight: int) -> None:
        self._most_entries = entries
        self._most_weight = weight
        self._weight = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        entry = self._values.get(key)
        if entry is None:
            return None
        self._values.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, weight: int) -> None:
        """Keeps a value, unless it alone outweighs the cache."""
        if weight > self._most_weight:
            return
        replaced = self._values.pop(key, None)
        self._weight += weight - (replaced[1] if replaced is not None else 0)
        self._values[key] = (value, weight)
        while len(self._values) > self._most_entries or self._weight > self._most_weight:
            _, (_, dropped) = self._values.popitem(last=False)
            self._weight -= dropped
