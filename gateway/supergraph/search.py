"""The path search: by which key each state that is within reach can be entered, through which others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from gateway.supergraph.entry_costs import EntryCosts
from gateway.supergraph.graph import Entrance, MoveGraph, State
from gateway.supergraph.model import EntityKey
from gateway.supergraph.reach import Reach, States
from gateway.supergraph.selection import FieldSet

__all__ = ["PathSearch", "Route", "States"]


@dataclass(frozen=True, slots=True)
class Route:
    """How to enter a state.

    Attributes:
        key: what its subgraph is to be sent; None for the states at hand.
        via: the states to enter before, each after those that it needs itself.
        depth: how many entries follow each other at least.
        below: how many entries the key needs in addition, for objects nested in it.
    """

    state: State
    key: EntityKey | None
    via: tuple[State, ...]
    depth: int
    below: float = 0.0

    @property
    def length(self) -> float:
        """How many entries there are before this one."""
        return len(self.via) + self.below


class PathSearch:
    """Answers are remembered: the same questions come up for every operation on a supergraph."""

    def __init__(self, graph: MoveGraph) -> None:
        self.graph = graph
        self.reach = Reach(graph)
        self._costs = EntryCosts(self.reach)
        self._routes: dict[tuple[str, States], dict[State, Route]] = {}
        self._supplied: dict[tuple[FieldSet, States], bool] = {}

    def routes(self, type_name: str, states: States) -> dict[State, Route]:
        """Every state in which an object of this type can be read, given those in which it is being read."""
        key = (type_name, states)
        if key not in self._routes:
            self._routes[key] = self._search(type_name, states)
        return self._routes[key]

    def _search(self, type_name: str, states: States) -> dict[State, Route]:
        reached = self.reach.around(type_name, states)
        found = {state: Route(state, None, (), 0) for state in _ordered(states)}
        waiting = [item for item in self.graph.entrances(type_name) if item.state in reached - states]
        while waiting and (entered := self._wave(waiting, found)):
            found.update(entered)
            waiting = [item for item in waiting if item.state not in found]
        return found

    def _wave(self, waiting: list[Entrance], found: dict[State, Route]) -> dict[State, Route]:
        entered: dict[State, Route] = {}
        for entrance in waiting:
            route = self._enter(entrance, found)
            best = entered.get(entrance.state)
            if route and (best is None or route.length < best.length):
                entered[entrance.state] = route
        return entered

    def _enter(self, entrance: Entrance, found: dict[State, Route]) -> Route | None:
        suppliers = self._suppliers(entrance.key.fields, found)
        if suppliers is None:
            return None
        via: dict[State, None] = {}
        for state in suppliers:
            via.update(dict.fromkeys(found[state].via))
            if found[state].key is not None:
                via[state] = None
        depth = 1 + max((found[state].depth for state in suppliers), default=0)
        below = self._costs.below(entrance.key.fields, frozenset(suppliers))
        return Route(entrance.state, entrance.key, tuple(via), depth, below)

    def _suppliers(self, fields: FieldSet, found: dict[State, Route]) -> tuple[State, ...] | None:
        """The fewest states that together supply the fields, those that are cheap to enter first."""
        if not fields:
            return ()
        if not self.supplied(fields, frozenset(found)):
            return None
        ranked = sorted(found, key=lambda state: len(found[state].via) + (found[state].key is not None))
        at_hand = tuple(state for state in ranked if found[state].key is None)
        for state in at_hand:
            if self.supplied(fields, frozenset({state})):
                return (state,)
        if at_hand and self.supplied(fields, frozenset(at_hand)):
            return at_hand
        for size in (1, 2):
            for chosen in combinations(ranked, size):
                if self.supplied(fields, frozenset(chosen)):
                    return chosen
        return tuple(ranked)

    def entry(self, type_name: str, target: State, states: States) -> Route | None:
        """How to enter `target` anew, even where it is among the states at hand already."""
        found = self.routes(type_name, states)
        routes = [
            route
            for entrance in self.graph.entrances(type_name)
            if entrance.state == State(target.type, target.graph) and (route := self._enter(entrance, found))
        ]
        return min(routes, key=lambda route: route.length, default=None)

    def supplied(self, fields: FieldSet, states: States) -> bool:
        """Whether the fields can be read from these states, entering others only below nested fields."""
        key = (fields, states)
        if key not in self._supplied:
            self._supplied[key] = self.reach.supplied(fields, states)
        return self._supplied[key]


def _ordered(states: Iterable[State]) -> list[State]:
    return sorted(states, key=lambda state: (state.graph, state.type, repr(state.view)))
