"""Which states to enter for the fields of one object: all combinations where they are few, else step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        self._rows = [(item, item.mask, dict[int, float]()) for item in sources.composites]
        self._ways: dict[State, int] = {}
        self._required = {field: self._requirements(field) for field in sources.others}
        # What the leaves cost is the same whichever states are entered for them.
        late = [item.field.size for item in sources.leaves if not item.mask & self._at_hand]
        self._leaves = LATE_COST * sum(late)
        self._floors: list[float] | None = None

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
        mandatory = self._close(self._sources.singles)
        mask = self._mask(mandatory)
        choice = self._evaluate(mandatory, mask, IMPOSSIBLE)
        if choice.cost < FETCH_COST * (len(choice.opens) + 1):
            return choice
        candidates = [state for state, bit in self._sources.bits.items() if not bit & mask]
        if len(candidates) <= MAX_EXHAUSTIVE:
            return self._exhaust(mandatory, mask, candidates, choice)
        return self._climb(self._greedy(mandatory), candidates)

    def _close(self, states: Iterable[State]) -> tuple[State, ...]:
        """The states with those to be entered before them, without those at hand."""
        found: dict[State, None] = {}
        for state in states:
            if state not in self._states:
                found.update(dict.fromkeys((*self._routes[state].via, state)))
        return tuple(found)

    def _exhaust(
        self, mandatory: tuple[State, ...], base: int, candidates: list[State], best: ObjectChoice
    ) -> ObjectChoice:
        """Tries all sets of candidates besides the mandatory states, whose bits are `base`, small ones first."""
        ways = [(state, self._mask((state,))) for state in candidates]
        suffice = self._sources.suffice
        floor = self._leaves + sum(self._least())
        for size in range(1, len(candidates) + 1):
            least = _entries_at_least(len(mandatory) + size) + floor
            for extra in combinations(ways, size):
                if least >= best.cost:
                    return best
                mask = base
                for _, way in extra:
                    mask |= way
                if suffice(mask):
                    choice = self._evaluate((*mandatory, *[state for state, _ in extra]), mask, best.cost)
                    if choice.cost < best.cost:
                        best = choice
        return best

    def _greedy(self, entered: tuple[State, ...]) -> tuple[State, ...]:
        """Enters what supplies the most missing fields until none is missing."""
        while True:
            missing = self._sources.missing(self._at_hand | self._sources.mask(entered))
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
        best = self._evaluate(entered, self._mask(entered), IMPOSSIBLE)
        floor = self._leaves + sum(self._least())
        improved = True
        while improved:
            improved = False
            current = best.opens
            for state in candidates:
                changed = [item for item in current if item != state] if state in current else [*current, state]
                if _entries_at_least(len(changed)) + floor < best.cost:
                    choice = self._evaluate(changed, self._mask(changed), best.cost)
                    if choice.cost < best.cost:
                        best, improved = choice, True
        return best

    def _enter(self, wanted: Iterable[State]) -> tuple[tuple[State, ...], float]:
        """The states to enter for these, and what that costs."""
        entered = self._close(wanted)
        entries, depth = 0.0, 0
        for state in entered:
            route = self._routes[state]
            entries += 1 + route.below
            depth = max(depth, route.depth)
        return entered, FETCH_COST * entries + DEPTH_COST * depth

    # What a set of states costs

    def _least(self) -> list[float]:
        """What each composite field costs at least: as much as if every state were entered."""
        if self._floors is None:
            self._floors = [self._floor_of(item) for item in self._sources.composites]
        return self._floors

    def _floor_of(self, item: FieldSources) -> float:
        below = self._below(item, item.mask)
        late = 0.0 if item.mask & self._at_hand else LATE_COST * item.field.size
        return below + late if below < IMPOSSIBLE else 0.0

    def _evaluate(self, wanted: Sequence[State], mask: int, bound: float) -> ObjectChoice:
        """The choice with these states entered, and whichever those need: all that is then open is `mask`.

        NO_CHOICE as soon as it is sure to cost `bound` or more.
        """
        self._meter.spend()
        if not self._sources.suffice(mask):
            return NO_CHOICE
        least = _entries_at_least(len(wanted))
        cost = self._plain_cost(mask, least, bound)
        if cost >= bound:
            return NO_CHOICE
        entered, price = self._enter(wanted)
        required, more = self._reenter(entered)
        cost += price - least + more
        if cost >= bound:
            return NO_CHOICE
        return ObjectChoice(cost, entered, required, (self._sources, mask))

    def _mask(self, states: Iterable[State]) -> int:
        """What is open once the states are, with those that are entered before them."""
        mask = self._at_hand
        for state in states:
            way = self._ways.get(state)
            if way is None:
                way = self._ways[state] = self._sources.mask((*self._routes[state].via, state))
            mask |= way
        return mask

    def _plain_cost(self, mask: int, cost: float, bound: float) -> float:
        """The cost with that of all plain fields; it may end early once it has reached the bound."""
        cost += self._leaves
        floors = self._least() if bound < IMPOSSIBLE else []
        left = sum(floors)
        for position, (item, own, prices) in enumerate(self._rows):
            if cost + left >= bound:
                return IMPOSSIBLE
            sources = mask & own
            price = prices.get(sources)
            if price is None:
                prices[sources] = price = self._price(item, sources)
            cost += price
            if floors:
                left -= floors[position]
        return cost

    def _reenter(self, entered: tuple[State, ...]) -> tuple[tuple[Requirement, ...], float]:
        """How to read the fields that require others, and what that costs."""
        if not self._required:
            return (), 0.0
        open_states = self._states | frozenset(entered)
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
        cost = item.costs.get(sources)
        if cost is None:
            assert item.field.children is not None, "only composite fields have anything below"
            cost = item.costs[sources] = self._chooser.cost(item.field.children, item.targets(sources), self._active)
        return cost

    def _price(self, item: FieldSources, sources: int) -> float:
        """The cost below a composite field, and a little for each field that has to wait for an entry."""
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


def _entries_at_least(count: int) -> float:
    """What it costs at least to enter this many states."""
    return FETCH_COST * count + (DEPTH_COST if count else 0.0)
