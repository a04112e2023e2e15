"""Which states to enter for the fields of one object: all combinations where they are few, else step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
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
from gateway.planner.sources import FieldSources, Sources
from gateway.supergraph.graph import State
from gateway.supergraph.search import Route, States

if TYPE_CHECKING:
    from gateway.planner.choose import Chooser

MAX_EXHAUSTIVE = 7
NO_CHOICE = ObjectChoice(IMPOSSIBLE)


class ObjectSearch:
    """Looks for the best set of states to enter for one object's fields.

    Args:
        sources: where the fields can be taken from, of all states within reach.
        states: those at hand.
        routes: how to enter the others.
    """

    def __init__(
        self,
        chooser: Chooser,
        type_name: str,
        sources: Sources,
        states: States,
        routes: Mapping[State, Route],
        active: Active,
        meter: Meter,
    ) -> None:
        self._chooser = chooser
        self._type = type_name
        self._sources = sources
        self._states = states
        self._at_hand = sources.mask(states)
        self._routes = routes
        self._active = active
        self._meter = meter
        self._rows = [(item, item.mask, dict[int, float]()) for item in sources.plain]
        self._ways: dict[State, int] = {}
        self._required = {field: self._requirements(field) for field in sources.others}

    def _requirements(self, field: OpField) -> list[Requirement]:
        found = []
        for state in self._chooser.ordered(self._routes):
            move = self._chooser.graph.field(state, field.name)
            if move and not move.is_plain and (self._type, field.name, state.graph) not in self._active:
                found.append(Requirement(field, state, move.requires, move.contexts))
        return found

    def best(self) -> ObjectChoice:
        if not all(self._required.values()):
            return NO_CHOICE
        mandatory = self._close(item.states[0] for item in self._sources.plain if len(item.states) == 1)
        choice = self._evaluate(mandatory, IMPOSSIBLE)
        if choice.cost < FETCH_COST * (len(choice.opens) + 1):
            return choice
        candidates = self._candidates(mandatory)
        if len(candidates) <= MAX_EXHAUSTIVE:
            return self._exhaust(mandatory, candidates, choice)
        return self._climb(self._greedy(mandatory), candidates)

    def _candidates(self, entered: tuple[State, ...]) -> list[State]:
        """States not entered yet that could supply a field."""
        found: dict[State, None] = {}
        for item in self._sources.plain:
            found.update(dict.fromkeys(item.states))
        return [state for state in found if state not in entered and state not in self._states]

    def _close(self, states: Iterable[State]) -> tuple[State, ...]:
        """The states with those to be entered before them, without those at hand."""
        found: dict[State, None] = {}
        for state in states:
            if state not in self._states:
                found.update(dict.fromkeys((*self._routes[state].via, state)))
        return tuple(found)

    def _exhaust(self, mandatory: tuple[State, ...], candidates: list[State], best: ObjectChoice) -> ObjectChoice:
        base = self._at_hand | self._mask(mandatory)
        for size in range(1, len(candidates) + 1):
            least = self._at_least(len(mandatory) + size)
            for extra in combinations(candidates, size):
                if least >= best.cost:
                    return best
                if self._sources.suffice(base | self._mask(extra)):
                    choice = self._evaluate((*mandatory, *extra), best.cost)
                    if choice.cost < best.cost:
                        best = choice
        return best

    def _greedy(self, entered: tuple[State, ...]) -> tuple[State, ...]:
        """Enters what supplies the most missing fields until none is missing."""
        while True:
            mask = self._at_hand | self._sources.mask(entered)
            missing = [item.states for item in self._sources.plain if not mask & item.mask]
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
        best = self._evaluate(entered, IMPOSSIBLE)
        improved = True
        while improved:
            improved = False
            current = best.opens
            for state in candidates:
                changed = [item for item in current if item != state] if state in current else [*current, state]
                if self._at_least(len(changed)) < best.cost:
                    choice = self._evaluate(changed, best.cost)
                    if choice.cost < best.cost:
                        best, improved = choice, True
        return best

    def _entries(self, entered: Iterable[State]) -> float:
        return sum(1 + self._routes[state].below for state in entered)

    def _depth(self, entered: Iterable[State]) -> float:
        return DEPTH_COST * max((self._routes[state].depth for state in entered), default=0)

    # What a set of states costs

    @cached_property
    def _floors(self) -> list[float]:
        """What each plain field costs at least: as much as if every state were entered."""
        return [self._floor_of(item) for item in self._sources.plain]

    @cached_property
    def _floor(self) -> float:
        return sum(self._floors)

    def _floor_of(self, item: FieldSources) -> float:
        below = self._below(item, item.mask)
        late = 0.0 if item.mask & self._at_hand else LATE_COST * item.field.size
        return below + late if below < IMPOSSIBLE else 0.0

    def _at_least(self, entries: int) -> float:
        """What a choice with this many entries costs at least."""
        return FETCH_COST * entries + (DEPTH_COST if entries else 0.0) + self._floor

    def _evaluate(self, wanted: Sequence[State], bound: float) -> ObjectChoice:
        """The choice with these states entered, and whichever those need.

        NO_CHOICE as soon as it is sure to cost `bound` or more.
        """
        self._meter.spend()
        mask = self._at_hand | self._mask(wanted)
        if not self._sources.suffice(mask):
            return NO_CHOICE
        least = FETCH_COST * len(wanted) + (DEPTH_COST if wanted else 0.0)
        cost = self._plain_cost(mask, least, bound)
        if cost >= bound:
            return NO_CHOICE
        entered = self._close(wanted)
        cost += FETCH_COST * self._entries(entered) + self._depth(entered) - least
        required, price = self._reenter(self._states | frozenset(entered))
        cost += price
        if cost >= bound:
            return NO_CHOICE
        sources = tuple([(item.field, item.within(mask & own)) for item, own, _ in self._rows])
        return ObjectChoice(cost, entered, sources, required)

    def _mask(self, states: Iterable[State]) -> int:
        """The states with those that are entered before them."""
        mask = 0
        for state in states:
            way = self._ways.get(state)
            if way is None:
                way = self._ways[state] = self._sources.mask((*self._routes[state].via, state))
            mask |= way
        return mask

    def _plain_cost(self, mask: int, cost: float, bound: float) -> float:
        """The cost with that of all plain fields; it may end early once it has reached the bound."""
        left = self._floor if bound < IMPOSSIBLE else 0.0
        for position, (item, own, prices) in enumerate(self._rows):
            if cost + left >= bound:
                return IMPOSSIBLE
            sources = mask & own
            price = prices.get(sources)
            if price is None:
                prices[sources] = price = self._price(item, sources)
            cost += price
            if left:
                left -= self._floors[position]
        return cost

    def _reenter(self, open_states: States) -> tuple[tuple[Requirement, ...], float]:
        """How to read the fields that require others, and what that costs."""
        required: list[Requirement] = []
        reentered: set[State] = set()
        cost = 0.0
        for field in self._required:
            price, requirement = self._cheapest(field, open_states)
            cost += price + (FETCH_COST if requirement.state not in reentered else 0.0)
            reentered.add(requirement.state)
            required.append(requirement)
        return tuple(required), cost

    def _below(self, item: FieldSources, sources: int) -> float:
        if item.field.children is None:
            return 0.0
        return self._chooser.cost(item.field.children, item.targets(sources), self._active)

    def _price(self, item: FieldSources, sources: int) -> float:
        """The cost below a plain field, and a little for each field that has to wait for an entry."""
        price = self._below(item, sources)
        at_hand = sources & self._at_hand
        if at_hand != sources:
            waits = not at_hand or self._below(item, at_hand) > price
            price += LATE_COST * item.field.size if waits else 0.0
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
