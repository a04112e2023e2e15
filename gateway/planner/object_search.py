"""Which states to enter for the fields of one object: all combinations where they are few, else step by step."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING

from gateway.planner.budget import Meter
from gateway.planner.choices import (
    DEPTH_COST,
    FETCH_COST,
    IMPOSSIBLE,
    LATE_COST,
    Active,
    ObjectChoice,
    Requirement,
)
from gateway.planner.operation import OpField
from gateway.supergraph.graph import State
from gateway.supergraph.search import States

if TYPE_CHECKING:
    from gateway.planner.choose import Chooser

MAX_EXHAUSTIVE = 5


class ObjectSearch:
    """Looks for the best set of states to enter for one object's fields."""

    def __init__(
        self,
        chooser: Chooser,
        type_name: str,
        fields: list[OpField],
        states: States,
        active: Active,
        closed: bool,
        meter: Meter,
    ) -> None:
        self._chooser = chooser
        self._type = type_name
        self._states = chooser.narrowed(states, type_name)
        self._active = active
        self._meter = meter
        routes = chooser.search.routes(type_name, self._states)
        self._routes = {state: route for state, route in routes.items() if route.key is None or not closed}
        reachable = chooser.ordered(self._routes)
        self._plain = {field: chooser.plain(field, reachable) for field in fields}
        self._required = {
            field: self._requirements(field, reachable) for field, found in self._plain.items() if not found
        }

    def _requirements(self, field: OpField, reachable: list[State]) -> list[Requirement]:
        found = []
        for state in reachable:
            move = self._chooser.graph.field(state, field.name)
            if move and move.requires and (self._type, field.name, state.graph) not in self._active:
                found.append(Requirement(field, state, move.requires))
        return found

    def best(self) -> ObjectChoice:
        if any(not found and not self._required[field] for field, found in self._plain.items()):
            return ObjectChoice(IMPOSSIBLE)
        mandatory = self._close(found[0] for found in self._plain.values() if len(found) == 1)
        choice = self._evaluate(mandatory)
        if choice.cost < FETCH_COST * (len(choice.opens) + 1):
            return choice
        candidates = self._candidates(mandatory)
        if len(candidates) <= MAX_EXHAUSTIVE:
            return self._exhaust(mandatory, candidates, choice)
        return self._climb(self._greedy(mandatory), candidates)

    def _candidates(self, entered: tuple[State, ...]) -> list[State]:
        """States not entered yet that could supply a field."""
        found: dict[State, None] = {}
        for options in self._plain.values():
            found.update(dict.fromkeys(options))
        return [state for state in found if state not in entered and state not in self._states]

    def _close(self, states: Iterable[State]) -> tuple[State, ...]:
        """The states with those to be entered before them, without those at hand."""
        found: dict[State, None] = {}
        for state in states:
            if state not in self._states:
                found.update(dict.fromkeys((*self._routes[state].via, state)))
        return tuple(found)

    def _exhaust(self, mandatory: tuple[State, ...], candidates: list[State], best: ObjectChoice) -> ObjectChoice:
        for size in range(1, len(candidates) + 1):
            if FETCH_COST * (len(mandatory) + size) >= best.cost:
                break
            for extra in combinations(candidates, size):
                choice = self._evaluate(self._close((*mandatory, *extra)))
                if choice.cost < best.cost:
                    best = choice
        return best

    def _greedy(self, entered: tuple[State, ...]) -> tuple[State, ...]:
        """Enters what supplies the most missing fields until none is missing."""
        while True:
            at_hand = {*self._states, *entered}
            missing = [options for options in self._plain.values() if options and not at_hand & {*options}]
            if not missing:
                return entered
            counts: dict[State, int] = {}
            for options in missing:
                for state in options:
                    counts[state] = counts.get(state, 0) + 1
            chosen = max(counts, key=lambda state: counts[state] / (1 + len(self._routes[state].via)))
            entered = self._close((*entered, chosen))

    def _climb(self, entered: tuple[State, ...], candidates: list[State]) -> ObjectChoice:
        """Adds and drops single states as long as that makes it cheaper."""
        best = self._evaluate(entered)
        improved = True
        while improved:
            improved = False
            current = best.opens
            for state in candidates:
                kept = [item for item in current if item != state]
                other = self._close(kept if state in current else [*current, state])
                choice = self._evaluate(other)
                if choice.cost < best.cost:
                    best, improved = choice, True
        return best

    def _entries(self, entered: Iterable[State]) -> float:
        return sum(1 + self._routes[state].below for state in entered)

    def _depth(self, entered: Iterable[State]) -> float:
        return DEPTH_COST * max((self._routes[state].depth for state in entered), default=0)

    def _evaluate(self, entered: tuple[State, ...]) -> ObjectChoice:
        self._meter.spend(1 + len(self._plain))
        open_states = self._states | frozenset(entered)
        cost = FETCH_COST * self._entries(entered) + self._depth(entered)
        sources: list[tuple[OpField, tuple[State, ...]]] = []
        required: list[Requirement] = []
        reentered: set[State] = set()
        for field, options in self._plain.items():
            if options:
                found = tuple(state for state in options if state in open_states)
                cost += self._price(field, found) if found else IMPOSSIBLE
                sources.append((field, found))
            else:
                price, requirement = self._cheapest(field, open_states)
                if requirement.state not in reentered:
                    price += FETCH_COST
                reentered.add(requirement.state)
                required.append(requirement)
                cost += price
            if cost == IMPOSSIBLE:
                return ObjectChoice(IMPOSSIBLE)
        return ObjectChoice(cost, entered, tuple(sources), tuple(required))

    def _price(self, field: OpField, sources: tuple[State, ...]) -> float:
        """The cost below a plain field, and a little for each field that has to wait for an entry."""
        price = self._chooser.below(field, sources, self._active)
        at_hand = tuple(state for state in sources if state in self._states)
        if len(at_hand) < len(sources):
            waits = not at_hand or self._chooser.below(field, at_hand, self._active) > price
            price += LATE_COST * field.size if waits else 0.0
        return price

    def _cheapest(self, field: OpField, open_states: States) -> tuple[float, Requirement]:
        best, found = IMPOSSIBLE, self._required[field][0]
        for requirement in self._required[field]:
            active = self._active | {(self._type, field.name, requirement.state.graph)}
            selection = self._chooser.internal(self._type, requirement.requires)
            price = self._chooser.object(selection, self._type, open_states, frozenset(), active).cost
            price += self._chooser.below(field, (requirement.state,), self._active)
            if price < best:
                best, found = price, requirement
        return best, found
