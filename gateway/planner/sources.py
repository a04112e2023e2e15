"""From which states each of an object's fields can be taken, whatever of them is at hand."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.planner.operation import OpField
from gateway.supergraph.graph import MoveGraph, State
from gateway.supergraph.search import States


class FieldSources:
    """The states that give one field as it is, in the order of the supergraph.

    Sets of states are looked up all the time while combinations of them are tried, so they are bits of a number.

    Attributes:
        states: none where the field takes more than a move.
        mask: the same as bits.
        costs: what is known of the cost below the field, by the states that it is taken from.
    """

    def __init__(self, graph: MoveGraph, field: OpField, states: Iterable[State], bits: dict[State, int]) -> None:
        self.field = field
        self._targets: dict[State, State | None] = {}
        for state in states:
            move = graph.field(state, field.name)
            if move is not None and move.is_plain and (move.target is None) == (field.children is None):
                self._targets[state] = move.target
        self.states = tuple(self._targets)
        self._bits = tuple([bits[state] for state in self.states])
        self.mask = sum(self._bits)
        self.costs: dict[int, float] = {}

    def within(self, mask: int) -> tuple[State, ...]:
        """Those among these states."""
        return tuple([state for state, bit in zip(self.states, self._bits, strict=True) if mask & bit])

    def targets(self, mask: int) -> States:
        """Where taking a composite field from all of those states leads."""
        return frozenset([target for state in self.within(mask) if (target := self._targets[state]) is not None])


class Sources:
    """The sources of an object's fields.

    Attributes:
        fields: all of them.
        leaves: those that can be taken as they are and have no selection, in the client's order.
        composites: those that can be taken as they are and have one.
        others: fields that no state gives without more.
        singles: the states that alone give one of the fields.
        bits: the bit of each state that gives any.
    """

    def __init__(self, graph: MoveGraph, fields: Iterable[OpField], states: list[State]) -> None:
        bits = {state: 1 << position for position, state in enumerate(states)}
        found = [FieldSources(graph, field, states, bits) for field in fields]
        self._plain = [item for item in found if item.states]
        self.leaves = [item for item in self._plain if item.field.children is None]
        self.composites = [item for item in self._plain if item.field.children is not None]
        self.others = [item.field for item in found if not item.states]
        self.fields = [*(item.field for item in self._plain), *self.others]
        self.singles = [item.states[0] for item in self._plain if len(item.states) == 1]
        self.bits = {state: bits[state] for item in self._plain for state in item.states}
        self._needed = frozenset([item.mask for item in self._plain])

    def mask(self, states: Iterable[State]) -> int:
        """The states as bits; those that give nothing count for nothing."""
        mask = 0
        for state in states:
            mask |= self.bits.get(state, 0)
        return mask

    def suffice(self, mask: int) -> bool:
        """Whether these states are enough to give every plain field."""
        for needed in self._needed:  # noqa: SIM110 - asked too often for a generator.
            if not mask & needed:
                return False
        return True

    def missing(self, mask: int) -> list[tuple[State, ...]]:
        """The states that give each field that these do not."""
        return [item.states for item in self._plain if not mask & item.mask]

    def within(self, mask: int) -> tuple[tuple[OpField, tuple[State, ...]], ...]:
        """Each plain field with those among these states that give it, in the client's order."""
        return tuple([(item.field, item.within(mask)) for item in self._plain])
