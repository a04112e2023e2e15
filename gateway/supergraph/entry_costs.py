"""What entries cost that their keys need below nested fields.

A planner that takes the cheapest way needs these costs to be right about one thing: that a key which is only
had by a further entry costs more than that entry. Otherwise it may look for a key below itself, and below
that again, for as long as the types go round.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.supergraph.fixpoint import Fixpoint
from gateway.supergraph.graph import State
from gateway.supergraph.reach import Reach, States
from gateway.supergraph.selection import FieldSel, FieldSet, FragmentSel

Costs = dict[State, float]
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class _Question:
    type: str
    states: States


class EntryCosts:
    """Numbers of entries, never too low, and finite for all that can be had. They are remembered."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._graph = reach.graph
        self._costs: Fixpoint[_Question, Costs] = Fixpoint(self._enter_all, lambda q: dict.fromkeys(q.states, 0.0))

    def below(self, fields: FieldSet, states: States) -> float:
        """How many entries a key needs below its nested fields, when it is read from these states."""
        return sum(self._below_one(item, dict.fromkeys(states, 0.0)) for item in fields)

    def _enter_all(self, question: _Question) -> Costs:
        costs = dict.fromkeys(question.states, 0.0)
        entrances = self._graph.entrances(question.type)
        changed = True
        while changed:
            changed = False
            for entrance in entrances:
                cost = 1 + self._price(entrance.key.fields, costs)
                if cost < costs.get(entrance.state, NEVER):
                    costs[entrance.state] = cost
                    changed = True
        return costs

    def _price(self, fields: FieldSet, costs: Costs) -> float:
        """What it costs to read the fields from states that cost this much to be in."""
        return sum(self._price_one(item, costs) for item in fields)

    def _price_one(self, item: FieldSel | FragmentSel, costs: Costs) -> float:
        if isinstance(item, FieldSel) and not item.selections:
            if item.name == "__typename":
                return 0.0
            return min(
                (cost for state, cost in costs.items() if self._targets(item, (state,)) is not None), default=NEVER
            )
        single = min((cost + self._below_one(item, {state: 0.0}) for state, cost in costs.items()), default=NEVER)
        return single if single < NEVER else sum(costs.values()) + self._below_one(item, costs)

    def _below_one(self, item: FieldSel | FragmentSel, costs: Costs) -> float:
        """What it costs to read what is below a field from where the field leads; 0 for a leaf."""
        if isinstance(item, FragmentSel):
            narrowed = {seen for state in costs if (seen := self._graph.narrow(state, item.type))}
            return self._from(item.selections, frozenset(narrowed)) if narrowed else 0.0
        if not item.selections:
            return 0.0
        targets = self._targets(item, costs)
        return self._from(item.selections, targets) if targets else NEVER

    def _targets(self, item: FieldSel, states: Costs | tuple[State, ...]) -> States | None:
        moves = [move for state in states if (move := self._graph.field(state, item.name)) and not move.requires]
        return frozenset(move.target for move in moves if move.target) if moves else None

    def _from(self, fields: FieldSet, states: States) -> float:
        missing = tuple(item for item in fields if not self._is_at_hand(item, states))
        if not missing:
            return 0.0
        costs: Costs = {}
        for name in sorted({state.type for state in states}):
            group = frozenset(state for state in states if state.type == name)
            costs.update(self._costs(_Question(name, group)))
        return self._price(missing, costs)

    def _is_at_hand(self, item: FieldSel | FragmentSel, states: States) -> bool:
        """Whether nothing need be entered for it, at any depth."""
        if isinstance(item, FieldSel) and item.name == "__typename":
            return True
        if isinstance(item, FragmentSel):
            below: States | None = frozenset(s for state in states if (s := self._graph.narrow(state, item.type)))
            return not below or all(self._is_at_hand(inner, below) for inner in item.selections)
        below = self._targets(item, tuple(states))
        return below is not None and all(self._is_at_hand(inner, below) for inner in item.selections)
