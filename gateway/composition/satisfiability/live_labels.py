"""Which override labels a query can still meet below a type."""

from __future__ import annotations

from gateway.composition.satisfiability.moves import Moves
from gateway.composition.satisfiability.visible import Visible


class LiveLabels:
    """A label that no field below a type carries need not be remembered there."""

    def __init__(self, visible: Visible, moves: Moves) -> None:
        self._below: dict[str, frozenset[str]] = {}
        above: dict[str, set[str]] = {}
        own: dict[str, set[str]] = {}
        for name, fields in visible.types.items():
            for field, target in fields.items():
                above.setdefault(target, set()).add(name)
                for owner in (name, *moves.model.types[name].all_interfaces()):
                    own.setdefault(name, set()).update(moves.labels(owner, field))
            for member in visible.possible(name):
                above.setdefault(member, set()).add(name)
        self._spread(own, above)

    def _spread(self, own: dict[str, set[str]], above: dict[str, set[str]]) -> None:
        found = {name: set(labels) for name, labels in own.items() if labels}
        waiting = list(found)
        while waiting:
            name = waiting.pop()
            for other in above.get(name, ()):
                known = found.setdefault(other, set())
                if not found[name] <= known:
                    known |= found[name]
                    waiting.append(other)
        self._below = {name: frozenset(labels) for name, labels in found.items()}

    def below(self, name: str) -> frozenset[str]:
        """The labels of all fields that can be asked for on objects of this type or below them."""
        return self._below.get(name, frozenset())
