"""The path search: which states can be entered from those at hand, by which key, through which others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from gateway.supergraph.graph import Entrance, MoveGraph, State
from gateway.supergraph.model import EntityKey
from gateway.supergraph.selection import FieldSel, FieldSet, FragmentSel

States = frozenset[State]


@dataclass(frozen=True, slots=True)
class Route:
    """How to enter a state.

    Attributes:
        key: what its subgraph is to be sent; None for the states at hand.
        via: the states to enter before, each after those that it needs itself.
        depth: how many entries follow each other at least.
    """

    state: State
    key: EntityKey | None
    via: tuple[State, ...]
    depth: int


class PathSearch:
    """Answers are remembered: the same questions come up for every operation on a supergraph."""

    def __init__(self, graph: MoveGraph) -> None:
        self.graph = graph
        self._routes: dict[tuple[str, States], dict[State, Route]] = {}
        self._supplied: dict[tuple[FieldSet, States], bool] = {}

    def routes(self, type_name: str, states: States) -> dict[State, Route]:
        """Every state in which an object of this type can be read, given those in which it is being read."""
        return self._routes_on(type_name, states, _Trail())

    def _routes_on(self, type_name: str, states: States, trail: _Trail) -> dict[State, Route]:
        key = (type_name, states)
        known = self._routes.get(key)
        if known is None:
            known = self._search(type_name, states, trail)
            if trail.may_remember:
                self._routes[key] = known
        return known

    def _search(self, type_name: str, states: States, trail: _Trail) -> dict[State, Route]:
        found = {state: Route(state, None, (), 0) for state in _ordered(states)}
        waiting = [item for item in self.graph.entrances(type_name) if item.state not in found]
        while True:
            entered = self._wave(waiting, found, trail)
            if not entered:
                return found
            found.update(entered)
            waiting = [item for item in waiting if item.state not in found]

    def _wave(self, waiting: list[Entrance], found: dict[State, Route], trail: _Trail) -> dict[State, Route]:
        entered: dict[State, Route] = {}
        for entrance in waiting:
            route = self._enter(entrance, found, trail)
            best = entered.get(entrance.state)
            if route and (best is None or len(route.via) < len(best.via)):
                entered[entrance.state] = route
        return entered

    def _enter(self, entrance: Entrance, found: dict[State, Route], trail: _Trail) -> Route | None:
        suppliers = self._suppliers(entrance.key.fields, found, trail)
        if suppliers is None:
            return None
        via: dict[State, None] = {}
        for state in suppliers:
            via.update(dict.fromkeys(found[state].via))
            if found[state].key is not None:
                via[state] = None
        depth = 1 + max((found[state].depth for state in suppliers), default=0)
        return Route(entrance.state, entrance.key, tuple(via), depth)

    def _suppliers(self, fields: FieldSet, found: dict[State, Route], trail: _Trail) -> tuple[State, ...] | None:
        """The fewest states that together supply the fields, those that are cheap to enter first."""
        if not fields:
            return ()
        if not self._ask(fields, frozenset(found), trail):
            return None
        ranked = sorted(found, key=lambda state: len(found[state].via) + (found[state].key is not None))
        at_hand = tuple(state for state in ranked if found[state].key is None)
        for state in at_hand:
            if self._ask(fields, frozenset({state}), trail):
                return (state,)
        if at_hand and self._ask(fields, frozenset(at_hand), trail):
            return at_hand
        for size in (1, 2):
            for chosen in combinations(ranked, size):
                if self._ask(fields, frozenset(chosen), trail):
                    return chosen
        return tuple(ranked)

    def entry(self, type_name: str, target: State, states: States) -> Route | None:
        """How to enter `target` anew, even where it is among the states at hand already."""
        found = self.routes(type_name, states)
        routes = [
            route
            for entrance in self.graph.entrances(type_name)
            if entrance.state == State(target.type, target.graph) and (route := self._enter(entrance, found, _Trail()))
        ]
        return min(routes, key=lambda route: len(route.via), default=None)

    def supplied(self, fields: FieldSet, states: States) -> bool:
        """Whether the fields can be read from these states, entering others only below nested fields."""
        return self._ask(fields, states, _Trail())

    def _ask(self, fields: FieldSet, states: States, trail: _Trail) -> bool:
        key = (fields, states)
        known = self._supplied.get(key)
        if known is None:
            if key in trail.asked:
                trail.was_cut = True
                return False
            trail.asked.add(key)
            known = all(self._supplies(item, states, trail) for item in fields)
            trail.asked.discard(key)
            if known or trail.may_remember:
                self._supplied[key] = known
        return known

    def _supplies(self, item: FieldSel | FragmentSel, states: States, trail: _Trail) -> bool:
        if isinstance(item, FragmentSel):
            narrowed = frozenset(seen for state in states if (seen := self.graph.narrow(state, item.type)))
            return not narrowed or self._supplied_below(item.selections, narrowed, trail)
        if item.name == "__typename":
            return True
        moves = [move for state in states if (move := self.graph.field(state, item.name)) and not move.requires]
        if not item.selections:
            return bool(moves)
        targets = frozenset(move.target for move in moves if move.target)
        return bool(targets) and self._supplied_below(item.selections, targets, trail)

    def _supplied_below(self, fields: FieldSet, states: States, trail: _Trail) -> bool:
        if self._ask(fields, states, trail):
            return True
        names = sorted({state.type for state in states})
        reached = {state for name in names for state in self._routes_on(name, states, trail)}
        return self._ask(fields, frozenset(reached), trail)


@dataclass(slots=True)
class _Trail:
    """The questions that are being asked.

    One that comes up again below itself is cut short with a no, and what followed from such a no is not
    remembered, except by the question that began it all.
    """

    asked: set[tuple[FieldSet, States]] = field(default_factory=set)
    was_cut: bool = False

    @property
    def may_remember(self) -> bool:
        return not self.was_cut or not self.asked


def _ordered(states: Iterable[State]) -> list[State]:
    return sorted(states, key=lambda state: (state.graph, state.type, repr(state.view)))
