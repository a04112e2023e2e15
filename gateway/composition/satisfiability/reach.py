"""Which fields can be obtained from where an object is being read: directly, through keys, with requirements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.composition.satisfiability.contexts import ContextIndex, Contexts
from gateway.supergraph.graph import MoveGraph, State
from gateway.supergraph.search import PathSearch
from gateway.supergraph.selection import FieldSel, FieldSet

States = frozenset[State]
Asked = frozenset[tuple[str, str, str]]


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
    """Questions about one graph of moves; labels are fixed in it."""

    graph: MoveGraph
    search: PathSearch
    contexts: ContextIndex
    budget: Budget
    _known: dict[tuple[FieldSet, States], bool] = field(default_factory=dict)

    def states(self, states: Iterable[State]) -> States:
        """All states in which an object can be read, given those in which it is being read."""
        by_type: dict[str, set[State]] = {}
        for state in states:
            by_type.setdefault(state.type, set()).add(state)
        found: set[State] = set()
        for type_name, group in by_type.items():
            found.update(self.search.routes(type_name, frozenset(group)))
        return frozenset(found)

    def object_states(self, type_name: str, states: States) -> States:
        """The same for an object whose type is known, though interface objects may be among the states."""
        return frozenset(self.search.routes(type_name, states))

    def targets(self, type_name: str, name: str, at: States, closure: States, known: Contexts) -> set[State] | None:
        """Where a field leads: its targets (none for a leaf), or None when nobody can resolve it.

        ``closure`` are all states of the object, ``at`` those that were there before any entry.
        """
        found: set[State] = set()
        resolved = False
        for state in closure:
            self.budget.spend()
            move = self.graph.field(state, name)
            if move is None or self.contexts.missing(state.type, name, state.graph, known):
                continue
            if move.requires and not self._requirements(type_name, name, state, move.requires, at, closure):
                continue
            resolved = True
            if move.target is not None:
                found.add(move.target)
        return found if resolved else None

    def _requirements(
        self, type_name: str, name: str, state: State, requires: FieldSet, at: States, closure: States
    ) -> bool:
        asked: Asked = frozenset({(state.type, name, state.graph)})
        if not self.obtainable(requires, closure, asked):
            return False
        return self.search.entry(type_name, state, at) is not None

    def obtainable(self, fields: FieldSet, states: States, asked: Asked = frozenset()) -> bool:
        """Whether all of a field set can be read from these states, entering others and following requirements.

        ``asked`` are the fields whose requirements are being looked for: needing one of them is a circle.
        """
        key = (fields, states)
        if not asked and key in self._known:
            return self._known[key]
        result = all(self._one(item, states, asked) for item in fields)
        if not asked:
            self._known[key] = result
        return result

    def _one(self, item: object, states: States, asked: Asked) -> bool:
        self.budget.spend()
        if not isinstance(item, FieldSel):
            return self._fragment(item, states, asked)
        if item.name == "__typename":
            return True
        targets: set[State] = set()
        resolved = False
        for state in states:
            move = self.graph.field(state, item.name)
            if move is None:
                continue
            coordinate = (state.type, item.name, state.graph)
            if move.requires:
                if coordinate in asked or not self.obtainable(move.requires, states, asked | {coordinate}):
                    continue
            resolved = True
            if move.target is not None:
                targets.add(move.target)
        if not resolved or not item.selections:
            return resolved
        return self.obtainable(item.selections, self.states(targets), asked)

    def _fragment(self, item: object, states: States, asked: Asked) -> bool:
        name: str = item.type  # type: ignore[attr-defined]
        narrowed = frozenset(seen for state in states if (seen := self.graph.narrow(state, name)) is not None)
        if not narrowed:
            return True
        return self.obtainable(item.selections, self.states(narrowed), asked)  # type: ignore[attr-defined]
