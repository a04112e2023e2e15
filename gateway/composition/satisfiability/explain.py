"""Finds out, per subgraph in which a failed path stands, why it cannot go on from there."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.composition.reason import Reason, ReasonKind, sentences
from gateway.composition.satisfiability.closed_keys import ClosedKeys
from gateway.composition.satisfiability.moves import Moves
from gateway.composition.satisfiability.walker import Failure
from gateway.supergraph.graph import State
from gateway.supergraph.model import FieldJoin
from gateway.supergraph.reach import States
from gateway.supergraph.selection import FieldSel, FragmentSel, print_field_set

MOST_REASONS = 100
"""How many reasons are kept of one failure; a type in dozens of subgraphs may have thousands."""


def reasons(moves: Moves, failure: Failure) -> tuple[Reason, ...]:
    """Every reason, those about the field itself first."""
    explainer = _Explainer(moves, failure)
    found: dict[Reason, None] = {}
    for reason in explainer.reasons():
        found[reason] = None
        if len(found) >= MOST_REASONS:
            break
    return tuple(found)


def in_words(found: tuple[Reason, ...]) -> str:
    """The reasons as one text; what several subgraphs have in common is said once."""
    return "; ".join(sentences(found))


class _Explainer:
    def __init__(self, moves: Moves, failure: Failure) -> None:
        self._moves = moves
        self._failure = failure
        active = frozenset(label for label, value in failure.conditions if value)
        self._graph = moves.decided(active) if failure.conditions else moves.graph
        self._states = sorted(failure.states, key=lambda state: (state.graph, state.type, repr(state.view)))
        self._keys = ClosedKeys(moves, failure.type, failure.states)

    def reasons(self) -> Iterator[Reason]:
        if self._failure.field is None:
            yield from self._untold()
            return
        for state in self._states:
            yield self._unresolved(state, self._failure.field)
        here = {state.graph for state in self._states}
        for owner in self._owners(self._failure.field):
            if owner.graph not in here:
                yield from self._keys.reasons(owner, self._states)

    def _untold(self) -> Iterator[Reason]:
        """The object is an interface object, and no way leads to a subgraph that knows its real type."""
        for state in self._states:
            yield Reason(ReasonKind.UNKNOWN_TYPE, state.graph, self._failure.type)
        definition = self._moves.model.types[self._failure.type]
        for graph, join in sorted(definition.joins.items()):
            if not join.interface_object:
                yield from self._keys.reasons(State(definition.name, graph), self._states)

    def _owners(self, name: str) -> list[State]:
        """Where the field is resolved: by its type, or by an interface object in its place."""
        definition = self._moves.model.types[self._failure.type]
        found = [State(definition.name, graph) for graph in self._graph.resolvers(definition.name, name)]
        for interface in definition.all_interfaces() & self._moves.model.types.keys():
            joins = self._moves.model.types[interface].joins
            found += [
                State(interface, graph)
                for graph in self._graph.resolvers(interface, name)
                if graph in joins and joins[graph].interface_object
            ]
        return sorted(found, key=lambda state: (state.graph, state.type))

    # The field itself

    def _unresolved(self, state: State, name: str) -> Reason:
        definition = self._moves.model.types[state.type]
        coordinate = f"{state.type}.{name}"
        entry = definition.fields.get(name)
        joins = entry.joins if entry is not None else ()
        found = next((join for join in joins if join.graph == state.graph), None)
        taker = next((join for join in joins if join.overrides == state.graph), None)
        if found is None:
            if taker is not None:
                return Reason(ReasonKind.OVERRIDDEN, state.graph, self._failure.type, coordinate, taker.graph)
            return Reason(ReasonKind.NOT_DEFINED, state.graph, self._failure.type, coordinate)
        return self._dead(state, found, taker, coordinate) or self._unmet(state, name, found, coordinate)

    def _dead(self, state: State, join: FieldJoin, taker: FieldJoin | None, coordinate: str) -> Reason | None:
        """Why the subgraph does not resolve a field that it mentions."""
        if self._graph.resolvers(state.type, coordinate.partition(".")[2]).get(state.graph) is not None:
            return None
        here, parent = state.graph, self._failure.type
        if join.label is not None and join.overrides is not None:
            return Reason(ReasonKind.NOT_YET_OVERRIDING, here, parent, coordinate, label=join.label)
        if join.overridden or join.label is not None:
            target = taker.graph if taker is not None else None
            return Reason(ReasonKind.OVERRIDDEN, here, parent, coordinate, target, label=join.label)
        return Reason(ReasonKind.EXTERNAL, here, parent, coordinate)

    def _unmet(self, state: State, name: str, join: FieldJoin, coordinate: str) -> Reason:
        """Why a field that the subgraph resolves cannot be had there all the same."""
        parent = self._failure.type
        if self._moves.contexts.missing(state.type, name, state.graph, self._failure.contexts):
            return Reason(ReasonKind.NO_CONTEXT, state.graph, parent, coordinate)
        text = print_field_set(join.requires)
        around = self._moves.around_requirement(parent, state, self._failure.states)
        for part in join.requires:
            if not self._moves.obtained((part,), around):
                missing = self._missing(part, around)
                return Reason(ReasonKind.REQUIREMENT, state.graph, parent, missing, key=text)
        return Reason(ReasonKind.NO_WAY_BACK, state.graph, parent, coordinate, key=text)

    def _missing(self, part: FieldSel | FragmentSel, states: States) -> str:
        """The coordinate of the part of a requirement that cannot be had, as deep as it lies."""
        moves = self._moves
        if isinstance(part, FragmentSel):
            below = frozenset(seen for state in states if (seen := moves.graph.narrow(state, part.type)))
        else:
            targets = (moves.graph.field(state, part.name) for state in states)
            below = frozenset(move.target for move in targets if move and move.target)
        reached = moves.reach.all_around(below)
        for inner in part.selections if below else ():
            if not moves.obtained((inner,), reached):
                return self._missing(inner, reached)
        if isinstance(part, FragmentSel):
            return part.type
        parent = min({state.type for state in states}, default=self._failure.type)
        return f"{parent}.{part.name}"
