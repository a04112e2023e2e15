"""Which subgraphs to read each selection from, so that the whole takes the fewest fetches.

The cost of a selection depends only on the states it can be read from for free, so it is computed once per
such set: an exact search over the operation's tree, where each level decides which further subgraphs to
enter there. Entering a subgraph high up is paid once and may save entries in every branch below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.planner.budget import Meter
from gateway.planner.choices import (
    FETCH_COST,
    IMPOSSIBLE,
    AbstractChoice,
    Active,
    ObjectChoice,
    Skip,
    identity,
)
from gateway.planner.object_search import ObjectSearch
from gateway.planner.operation import Guards, OpField, OpSelection, flatten, raw_field_set
from gateway.planner.sources import Sources
from gateway.supergraph.graph import State
from gateway.supergraph.model import Kind
from gateway.supergraph.search import PathSearch, Route, States
from gateway.supergraph.selection import FieldSet
from gateway.supergraph.type_index import TypeIndex


class Chooser:
    """Choices for one operation. Ties are broken by the order of subgraphs in the supergraph."""

    def __init__(self, search: PathSearch, index: TypeIndex, meter: Meter) -> None:
        self.search = search
        self.graph = search.graph
        self._index = index
        self._meter = meter
        self._order = {name: position for position, name in enumerate(self.graph.model.subgraphs)}
        self._objects: dict[tuple[OpSelection, str, States, Skip, Active, bool], ObjectChoice] = {}
        self._sources: dict[tuple[OpSelection, str, Skip, Active, States], Sources] = {}
        self._abstracts: dict[tuple[OpSelection, States, Active], AbstractChoice] = {}
        self._candidates: dict[OpSelection, States] = {}
        self._routes: dict[tuple[States, str], tuple[States, dict[State, Route], States]] = {}
        self._spread: set[tuple[OpSelection, str, States]] = set()
        self._internal: dict[tuple[str, FieldSet, Guards], OpSelection] = {}

    def forget(self) -> None:
        """Lets go of all that is known, piece by piece: of all at once, it may hold Python's lock for 20 ms."""
        for known in (self._objects, self._sources, self._abstracts):
            while known:
                known.popitem()

    def internal(self, type_name: str, fields: FieldSet, guards: Guards = ()) -> OpSelection:
        """A field set as a selection."""
        key = (type_name, fields, guards)
        if key not in self._internal:
            raws = raw_field_set(fields, guards)
            items = flatten(raws, self._index.possible(type_name), (), self._index, self._meter)
            self._internal[key] = OpSelection(type_name, items, self._index, self._meter)
        return self._internal[key]

    def cost(self, selection: OpSelection, states: States, active: Active = frozenset()) -> float:
        """The cost of everything the selection needs beyond reading from these states."""
        if self.graph.is_abstract(selection.type):
            return self.abstract(selection, states, active).cost
        return self.object(selection, selection.type, states, frozenset(), active).cost

    # Object types

    def object(
        self,
        selection: OpSelection,
        type_name: str,
        states: States,
        skip: Skip,
        active: Active = frozenset(),
        closed: bool = False,
    ) -> ObjectChoice:
        """The best choice for an object of this type that is being read in `states`.

        A `closed` choice enters no others for the object itself.
        """
        key = (selection, type_name, states, skip, active, closed)
        found = self._objects.get(key)
        if found is None:
            seen, routes, within = self._around(states, type_name)
            if closed:
                routes = {state: route for state, route in routes.items() if route.key is None}
                within = frozenset(routes)
            sources = self._sources_of(selection, type_name, skip, active, within)
            self._spread_candidates(selection, type_name, sources.fields)
            found = ObjectSearch(self, type_name, sources, seen, routes, active, self._meter).best()
            self._objects[key] = found
        return found

    def _around(self, states: States, type_name: str) -> tuple[States, dict[State, Route], States]:
        """The states as seen for one object type, and how to get to all that are within reach."""
        key = (states, type_name)
        found = self._routes.get(key)
        if found is None:
            seen = self.narrowed(states, type_name)
            routes = self.search.routes(type_name, seen)
            found = self._routes[key] = (seen, routes, frozenset(routes))
        return found

    def _sources_of(
        self, selection: OpSelection, type_name: str, skip: Skip, active: Active, states: States
    ) -> Sources:
        """Where the wanted fields of an object can be taken from among all these states."""
        key = (selection, type_name, skip, active, states)
        if key not in self._sources:
            fields = [field for field in selection.fields_for(type_name) if _wanted(field, skip)]
            self._meter.spend(1 + len(fields))
            self._sources[key] = Sources(self.graph, fields, self.ordered(states))
        return self._sources[key]

    # Which members of a union count

    def start(self, selection: OpSelection, states: States) -> None:
        """Says from which states a root selection could be read."""
        self._candidates[selection] = states

    def _spread_candidates(self, selection: OpSelection, type_name: str, fields: Iterable[OpField]) -> None:
        """Notes for each field's own selection all states it could ever be read from, whatever is chosen."""
        known = self._candidates.get(selection)
        if known is None or (selection, type_name, known) in self._spread:
            return
        self._spread.add((selection, type_name, known))
        reachable = self.search.routes(type_name, self.narrowed(known, type_name))
        for field in fields:
            if field.children is not None:
                before = self._candidates.get(field.children, frozenset())
                self._candidates[field.children] = before | self.targets(field, reachable)

    def _agreed_members(self, selection: OpSelection, possible: frozenset[str]) -> frozenset[str]:
        """A union that several subgraphs could resolve has the members that all of them know.

        Otherwise what a client gets would depend on which of them the planner happens to choose.
        """
        if self.graph.type(selection.type).kind is Kind.UNION:
            for state in self._candidates.get(selection, ()):
                possible &= self.graph.possible(state.type, state.graph)
        return possible

    # Abstract types

    def abstract(self, selection: OpSelection, states: States, active: Active = frozenset()) -> AbstractChoice:
        """The best choice for a value of an abstract type that is being read in `states`."""
        key = (selection, states, active)
        if key not in self._abstracts:
            self._abstracts[key] = self._choose_abstract(selection, states, active)
        return self._abstracts[key]

    def _choose_abstract(self, selection: OpSelection, states: States, active: Active) -> AbstractChoice:
        self._spread_candidates(selection, selection.type, selection.common_fields())
        best = AbstractChoice(IMPOSSIBLE)
        for opens, base in self._bases(selection, states):
            self._meter.spend()
            for choice in self._with_base(selection, opens, base, active):
                if choice.cost < best.cost:
                    best = choice
            if best.cost == 0:
                break
        return best

    def _bases(self, selection: OpSelection, states: States) -> Iterable[tuple[tuple[State, ...], States]]:
        """Sets of states to read from. One that knows the real types is enough, so single ones come first."""
        ordered = self.ordered(states)
        real = [state for state in ordered if not self.graph.is_interface_object(state)]
        blind = frozenset(states) - frozenset(real)
        for state in real:
            yield (), blind | {state}
        if len(real) > 1:
            yield (), states
        if real:
            return
        common = selection.common_fields()
        if not selection.narrowed_types() and all(field.name != "__typename" for field in common):
            yield (), states
        for state, route in self.search.routes(selection.type, states).items():
            if route.key is not None and not self.graph.is_interface_object(state):
                opens = (*route.via, state)
                yield opens, states | frozenset(opens)

    def _with_base(
        self, selection: OpSelection, opens: tuple[State, ...], base: States, active: Active
    ) -> Iterable[AbstractChoice]:
        direct, missing = self._direct(selection, base, active)
        if not missing:
            yield self._assemble(selection, opens, base, direct, False, active)
            common = {field: sources for field, sources in direct.items() if not self._is_richer_apart(field, sources)}
            if len(common) < len(direct):
                yield self._assemble(selection, opens, base, common, True, active)
            return
        if not all(self._has_single_source(field, base) for field in missing):
            return
        routes = self.search.routes(selection.type, base)
        yield self._assemble(selection, opens, base, direct, True, active)
        entered = self._cover(missing, routes)
        if entered:
            wider = base | frozenset(entered)
            direct, missing = self._direct(selection, wider, active)
            yield self._assemble(selection, opens + entered, wider, direct, bool(missing), active)

    def _direct(
        self, selection: OpSelection, states: States, active: Active
    ) -> tuple[dict[OpField, tuple[State, ...]], list[OpField]]:
        direct: dict[OpField, tuple[State, ...]] = {}
        missing: list[OpField] = []
        for field in selection.common_fields():
            if field.name == "__typename":
                continue
            sources = self.plain(field, self.ordered(states))
            if sources and self.below(field, sources, active) < IMPOSSIBLE:
                direct[field] = sources
            else:
                missing.append(field)
        return direct, missing

    def _is_richer_apart(self, field: OpField, states: Iterable[State]) -> bool:
        """Whether `@provides` offers more below a field of the object types than below the abstract type's."""
        for state in states if field.children is not None else ():
            for name in self.graph.possible(state.type, state.graph):
                seen = self.graph.narrow(state, name)
                move = self.graph.field(seen, field.name) if seen is not None and seen != state else None
                if move is not None and move.target is not None and move.target.view:
                    return True
        return False

    def _has_single_source(self, field: OpField, base: States) -> bool:
        """Whether one of the states alone leads to the field for every type that it knows.

        Putting a field together from states that each lead to it for some types only would be a guess
        about which of them gives which type.
        """
        return len(base) == 1 or any(
            all(
                self.leads_to(field, self.search.routes(name, self.narrowed({state}, name)))
                for name in self.graph.possible(state.type, state.graph)
            )
            for state in base
        )

    def _cover(self, missing: Sequence[OpField], routes: dict[State, Route]) -> tuple[State, ...]:
        entered: dict[State, None] = {}
        for field in missing:
            options = self.plain(field, list(routes))
            if options and not any(state in entered for state in options):
                chosen = min(options, key=lambda state: len(routes[state].via))
                entered.update(dict.fromkeys((*routes[chosen].via, chosen)))
        return tuple(entered)

    def _assemble(
        self,
        selection: OpSelection,
        opens: tuple[State, ...],
        states: States,
        direct: dict[OpField, tuple[State, ...]],
        pushes: bool,
        active: Active,
    ) -> AbstractChoice:
        """The choice that takes `direct` on the abstract type and all else on each object type."""
        skip = frozenset(identity(field) for field in direct)
        possible = self._agreed_members(selection, self._possible(states))
        typed = sorted(possible if pushes else possible & selection.narrowed_types())
        cost = FETCH_COST * len(opens) + (IMPOSSIBLE if pushes and not possible else 0.0)
        cost += sum(self.below(field, sources, active) for field, sources in direct.items())
        entered: set[str] = set()
        for name in typed:
            choice = self.object(selection, name, self.told_apart(selection, states, name), skip, active)
            entered.update(state.graph for state in choice.opens)
            cost += choice.cost - FETCH_COST * len(choice.opens)
        cost += FETCH_COST * len(entered)
        return AbstractChoice(cost, opens, tuple(self.ordered(states)), tuple(direct.items()), tuple(typed), skip)

    def _possible(self, states: States) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for state in states:
            if not self.graph.is_interface_object(state):
                found |= self.graph.possible(state.type, state.graph)
        return found

    # Shared

    def ordered(self, states: Iterable[State]) -> list[State]:
        """In the supergraph's order, so that the same operation always gets the same plan."""
        order = self._order
        return sorted(states, key=lambda state: (order[state.graph], state.type, repr(state.view)))

    def narrowed(self, states: Iterable[State], type_name: str) -> States:
        """The states as seen for one object type, without those that exclude it."""
        return frozenset(seen for state in states if (seen := self.graph.narrow(state, type_name)))

    def told_apart(self, selection: OpSelection, states: Iterable[State], name: str) -> States:
        """The states in which the objects of one type can be read without reading others behind the selection.

        An interface object is read whatever its type is: what only some types are asked for would be read of
        all, and could fail where nobody asked.
        """
        only = self._index.possible(selection.type) == {name}
        kept = (state for state in states if only or not self.graph.is_interface_object(state))
        return self.narrowed(kept, name)

    def plain(self, field: OpField, states: Iterable[State]) -> tuple[State, ...]:
        """The states from which the field can be taken as it is."""
        found = []
        for state in states:
            move = self.graph.field(state, field.name)
            if move is not None and move.is_plain and (move.target is None) == (field.children is None):
                found.append(state)
        return tuple(found)

    def leads_to(self, field: OpField, states: Iterable[State]) -> bool:
        """Whether the field can be taken from any of the states, requirements aside."""
        return any(self.graph.field(state, field.name) for state in states)

    def targets(self, field: OpField, states: Iterable[State]) -> States:
        """Where taking a composite field from each of these states leads."""
        moves = (self.graph.field(state, field.name) for state in states)
        return frozenset(move.target for move in moves if move is not None and move.target is not None)

    def below(self, field: OpField, sources: Iterable[State], active: Active) -> float:
        """The cost of the field's own selection when it is taken from all of these states."""
        if field.children is None:
            return 0.0
        return self.cost(field.children, self.targets(field, sources), active)


def _wanted(field: OpField, skip: Skip) -> bool:
    return not field.name.startswith("__") and not (field.common and identity(field) in skip)
