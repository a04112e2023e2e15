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
    """

    def __init__(self, graph: MoveGraph, field: OpField, states: Iterable[State], bits: dict[State, int]) -> None:
        self.field = field
        self._targets: dict[State, State | None] = {}
        for state in states:
            move = graph.field(state, field.name)
            if move is not None and move.is_plain and (move.target is None) == (field.children is None):
                self._targets[state] = move.target
        self.states = tuple(self._targets)
        self._bits = tuple(bits[state] for state in self.states)
        self.mask = sum(self._bits)
        self._within: dict[int, tuple[State, ...]] = {}
        self._reached: dict[int, States] = {}

    def within(self, mask: int) -> tuple[State, ...]:
        """Those among these states."""
        found = self._within.get(mask)
        if found is None:
            found = tuple(state for state, bit in zip(self.states, self._bits, strict=True) if mask & bit)
            self._within[mask] = found
        return found

    def targets(self, mask: int) -> States:
        """Where taking a composite field from all of those states leads."""
        found = self._reached.get(mask)
        if found is None:
            found = frozenset(target for state in self.within(mask) if (target := self._targets[state]) is not None)
            self._reached[mask] = found
        return found


class Sources:
    """The sources of an object's fields.

    Attributes:
        plain: of the fields that can be taken as they are, in the client's order.
        others: fields that no state gives without more.
    """

    def __init__(self, graph: MoveGraph, fields: Iterable[OpField], states: list[State]) -> None:
        self._bits = {state: 1 << position for position, state in enumerate(states)}
        found = [FieldSources(graph, field, states, self._bits) for field in fields]
        self.plain = [item for item in found if item.states]
        self.others = [item.field for item in found if not item.states]
        self._needed = frozenset(item.mask for item in self.plain)

    @property
    def fields(self) -> list[OpField]:
        """All fields."""
        return [*(item.field for item in self.plain), *self.others]

    def mask(self, states: Iterable[State]) -> int:
        """The states as bits; those that give nothing count for nothing."""
        mask = 0
        for state in states:
            mask |= self._bits.get(state, 0)
        return mask

    def suffice(self, mask: int) -> bool:
        """Whether these states are enough to give every plain field."""
        for needed in self._needed:  # noqa: SIM110 - asked too often for a generator.
            if not mask & needed:
                return False
        return True
