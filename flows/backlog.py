"""How many unfinished deliveries each connection has, about: counted on the sweep's walk, and as they are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from flows.records import DeliveryRecord


class Backlog:
    """A bound on memory and patience, not a rule: in several processes, each may count some more than there are."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._walk: Counter[str] = Counter()
        self._since: Counter[str] = Counter()

    def made(self, deliveries: Iterable[DeliveryRecord]) -> None:
        """These deliveries exist now."""
        self._since.update(connection.id for item in deliveries for connection in item.connections)

    def finished(self, delivery: DeliveryRecord) -> None:
        """This one waits no more."""
        self._since.subtract(connection.id for connection in delivery.connections)

    def met(self, page: Sequence[DeliveryRecord]) -> None:
        """The walk came to these."""
        self._walk.update(connection.id for item in page for connection in item.connections)

    def walked(self) -> None:
        """The walk has come to its end: what it met is what there is."""
        self._counted, self._walk, self._since = self._walk, Counter(), Counter()

    def of(self, connection_id: str) -> int:
        """Unfinished deliveries of the connection."""
        return self._counted[connection_id] + self._since[connection_id]
