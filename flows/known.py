"""What this process has stored itself, so that it need not ask or write again; forgotten, it costs a write."""

from __future__ import annotations

MOST = 10_000


class Keys:
    """The last keys that were added."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._keys: dict[str, None] = {}

    def add(self, *keys: str) -> None:
        """Remember these."""
        self._keys.update(dict.fromkeys(keys))
        while len(self._keys) > self._most:
            del self._keys[next(iter(self._keys))]

    def __contains__(self, key: str) -> bool:
        return key in self._keys


class Known:
    """Facts that stay true: a step stays recorded, and a delivery stays made.

    Attributes:
        recorded: ids of effects whose step is recorded on its run.
        made: keys of outbox entries whose deliveries exist.
    """

    def __init__(self) -> None:
        self.recorded = Keys()
        self.made = Keys()
