"""Remembers results by what they were computed from, so that an input met again costs a look-up."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Same:
    """Objects as a key: equal to the very same objects, whatever they hold. Keeps them alive."""

    __slots__ = ("_hash", "_ids", "_objects")

    def __init__(self, *objects: object) -> None:
        self._objects = objects
        self._ids = tuple(map(id, objects))
        self._hash = hash(self._ids)

    def __hash__(self) -> int:
        """By identity."""
        return self._hash

    def __eq__(self, other: object) -> bool:
        """Whether these are the same objects in the same order: alive on both sides, their ids tell."""
        return isinstance(other, Same) and self._ids == other._ids


class Memo(Generic[K, V]):
    """Results by key. A round that was complete forgets what it did not ask for, so nothing piles up."""

    def __init__(self) -> None:
        self._before: dict[K, V] = {}
        self._now: dict[K, V] = {}

    def get(self, key: K, compute: Callable[[], V], holds: Callable[[V], bool] | None = None) -> V:
        """The result for a key, computed when it is not known or no longer ``holds``."""
        found = self._now.get(key)
        if found is None:
            found = self._before.get(key)
        if found is None or (holds is not None and not holds(found)):
            found = compute()
        self._now[key] = found
        return found

    def turn(self) -> None:
        """End a complete round."""
        self._before, self._now = self._now, {}


class Last(Generic[V]):
    """The last value, given back for an equal one: so identity tells equality."""

    def __init__(self) -> None:
        self._value: V | None = None

    def keep(self, value: V) -> V:
        """The value, or the one before if it is equal."""
        if self._value is None or self._value != value:
            self._value = value
        return self._value
