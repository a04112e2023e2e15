"""Which fields can be obtained from where an object is being read: directly, through keys, with requirements.

Moves come from the planner's graph. The search here is stricter than a planner's may be, in two ways that
users of other composers rely on: what opens a subgraph is not looked for inside it, and a field whose
override is being rolled out (it has a label) opens nothing and satisfies no requirement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.composition.satisfiability.contexts import ContextIndex, Contexts
from gateway.supergraph.graph import Entrance, FieldMove, MoveGraph, State
from gateway.supergraph.selection import FieldSel, FieldSet

States = frozenset[State]
Graphs = frozenset[str]
Asked = frozenset[tuple[str, str, str]]

_NONE: Graphs = frozenset()


class BudgetSpentError(Exception):
    """The search took more steps than it may: the answer is not known."""


@dataclass(slots=True)
class Budget:
    """A number of steps that is never silently exceeded."""

    steps: int

    def spend(self) -> None:
        """Take one step; raises BudgetSpentError when none is left."""
        self.steps -= 1
        if self.steps < 0:
            raise BudgetSpentError


@dataclass
class Reach:
    """Questions about one graph of moves; labels are fixed in it. Answers are remembered."""

    graph: MoveGraph
    contexts: ContextIndex
    budget: Budget
    _routes: dict[tuple[str, States, Graphs], States] = field(default_factory=dict)
    _labelled: dict[tuple[str, str, str], bool] = field(default_factory=dict)

    def routes(self, type_name: str, states: States, closed: Graphs = _NONE) -> States:
        """All states in which an object of this type can be read, given those in which it is being read.

        ``closed`` are subgraphs that may not be entered.
        """
        key = (type_name, states, closed)
        known = self._routes.get(key)
        if known is None:
            known = self._routes[key] = self._search(type_name, states, closed)
        return known

    def _search(self, type_name: str, states: States, closed: Graphs) -> States:
        found: dict[State, set[FieldSet]] = {state: set() for state in states}
        waiting = [
            entrance
            for entrance in self.graph.entrances(type_name)
            if entrance.state not in states and entrance.state.graph not in closed
        ]
        while waiting:
            entered: list[Entrance] = []
            left: list[Entrance] = []
            flat: dict[FieldSet, bool] = {}
            for entrance in waiting:
                (entered if self._enters(entrance, found, states, closed, flat) else left).append(entrance)
            for entrance in entered:
                found.setdefault(entrance.state, set()).add(entrance.key.fields)
            if not entered:
                break
            waiting = left
        return frozenset(found)

    def _enters(
        self,
        entrance: Entrance,
        found: dict[State, set[FieldSet]],
        at_hand: States,
        closed: Graphs,
        flat: dict[FieldSet, bool],
    ) -> bool:
        """Whether a key opens its subgraph; ``flat`` remembers the keys without nested fields.

        Who was entered by the same nested key offers nothing new for it.
        """
        fields = entrance.key.fields
        if all(isinstance(item, FieldSel) and not item.selections for item in fields):
            if fields not in flat:
                flat[fields] = self.opens(fields, frozenset(found), closed)
            return flat[fields]
        usable = frozenset(state for state, keys in found.items() if state in at_hand or keys != {fields})
        return self.opens(fields, usable, closed | {entrance.state.graph})

    def opens(self, fields: FieldSet, states: States, closed: Graphs) -> bool:
        """Whether the fields of a key can be read from these states, entering others only below."""
        return all(self._opens_one(item, states, closed) for item in fields)

    def _opens_one(self, item: object, states: States, closed: Graphs) -> bool:
        self.budget.spend()
        if not isinstance(item, FieldSel):
            narrowed = self._narrowed(item, states)
            return not narrowed or self._opens_below(item.selections, narrowed, closed)  # type: ignore[attr-defined]
        if item.name == "__typename":
            return True
        moves = [move for state in states if (move := self._plain_move(state, item.name)) is not None]
        if not item.selections:
            return bool(moves)
        targets = frozenset(move.target for move in moves if move.target is not None)
        return bool(targets) and self._opens_below(item.selections, targets, closed)

    def _opens_below(self, fields: FieldSet, states: States, closed: Graphs) -> bool:
        return self.opens(fields, states, closed) or self.opens(fields, self._all(states, closed), closed)

    def _plain_move(self, state: State, name: str) -> FieldMove | None:
        move = self.graph.field(state, name)
        if move is None or move.requires or self._has_label(state, name):
            return None
        return move

    def _has_label(self, state: State, name: str) -> bool:
        key = (state.type, name, state.graph)
        known = self._labelled.get(key)
        if known is None:
            entry = self.graph.type(state.type).fields.get(name)
            joins = entry.joins if entry is not None else ()
            known = any(join.graph == state.graph and join.label is not None for join in joins)
            self._labelled[key] = known
        return known

    def _narrowed(self, item: object, states: States) -> States:
        name: str = item.type  # type: ignore[attr-defined]
        return frozenset(seen for state in states if (seen := self.graph.narrow(state, name)) is not None)

    def _all(self, states: Iterable[State], closed: Graphs = _NONE) -> States:
        by_type: dict[str, set[State]] = {}
        for state in states:
            by_type.setdefault(state.type, set()).add(state)
        found: set[State] = set()
        for type_name, group in by_type.items():
            found |= self.routes(type_name, frozenset(group), closed)
        return frozenset(found)

    def targets(self, type_name: str, name: str, closure: States, known: Contexts) -> set[State] | None:
        """Where a field leads: its targets (none for a leaf), or None when nobody can resolve it.

        ``closure`` are all states in which the object can be read.
        """
        found: set[State] = set()
        resolved = False
        for state in closure:
            self.budget.spend()
            move = self.graph.field(state, name)
            if move is None or self.contexts.missing(state.type, name, state.graph, known):
                continue
            if move.requires and not self._returns(type_name, name, state, move.requires):
                continue
            resolved = True
            if move.target is not None:
                found.add(move.target)
        return found if resolved else None

    def _returns(self, type_name: str, name: str, state: State, requires: FieldSet) -> bool:
        """Whether requirements can be had from where they are needed, and a key leads back there."""
        here = frozenset({state})
        closed = frozenset({state.graph})
        around = self.routes(type_name, here, closed)
        asked: Asked = frozenset({(state.type, name, state.graph)})
        return any(
            (entrance.state.type, entrance.state.graph) == (state.type, state.graph)
            and self.opens(entrance.key.fields, around, closed)
            for entrance in self.graph.entrances(type_name)
        ) and self.obtainable(requires, around, asked)

    def obtainable(self, fields: FieldSet, states: States, asked: Asked = frozenset()) -> bool:
        """Whether all of a field set can be read from these states, following further requirements.

        ``asked`` are the fields whose requirements are being looked for: needing one of them is a circle.
        """
        return all(self._obtainable_one(item, states, asked) for item in fields)

    def _obtainable_one(self, item: object, states: States, asked: Asked) -> bool:
        self.budget.spend()
        if not isinstance(item, FieldSel):
            narrowed = self._narrowed(item, states)
            return bool(narrowed) and self.obtainable(item.selections, self._all(narrowed), asked)  # type: ignore[attr-defined]
        if item.name == "__typename":
            return True
        targets: set[State] = set()
        resolved = False
        for state in states:
            if not self._supplies(state, item.name, states, asked):
                continue
            resolved = True
            move = self.graph.field(state, item.name)
            if move is not None and move.target is not None:
                targets.add(move.target)
        if not resolved or not item.selections:
            return resolved
        return self.obtainable(item.selections, self._all(targets), asked)

    def _supplies(self, state: State, name: str, states: States, asked: Asked) -> bool:
        move = self.graph.field(state, name)
        if move is None or self._has_label(state, name):
            return False
        if not move.requires:
            return True
        coordinate = (state.type, name, state.graph)
        return coordinate not in asked and self.obtainable(move.requires, states, asked | {coordinate})
