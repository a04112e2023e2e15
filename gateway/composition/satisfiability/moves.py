"""Where the fields of an object lead, given all states in which the object can be read.

Moves and their closure are the planner's. What is added here are requirements, contexts, and override labels
of which nothing is known: a field that is being rolled out leads both ways, each under a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product

from gateway.composition.satisfiability.contexts import ContextIndex, Contexts
from gateway.supergraph.fixpoint import Fixpoint
from gateway.supergraph.graph import FieldMove, Labels, MoveGraph, State
from gateway.supergraph.model import Model
from gateway.supergraph.reach import Reach, States, top_names
from gateway.supergraph.selection import FieldSel, FieldSet, FragmentSel

Conditions = frozenset[tuple[str, bool]]
"""Override labels with whether they are active."""

NO_CONDITIONS: Conditions = frozenset()
MOST_KEY_LABELS = 4
"""How many labels of one key are tried in all combinations; a key with more of them is taken to lead nowhere."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a field leads under some conditions; `targets` is None when nobody resolves it."""

    conditions: Conditions
    targets: States | None


@dataclass(frozen=True, slots=True)
class _Obtained:
    fields: FieldSet
    states: States


class Moves:
    """Answers are remembered.

    Args:
        labels: the active override labels; None to prove for all of them.
        strict: hold to what composers hold, see `Reach`; also have a requirement start where it is needed.
    """

    def __init__(
        self,
        model: Model,
        contexts: ContextIndex,
        spend: Callable[[], None],
        *,
        labels: Labels | None = None,
        strict: bool = True,
    ) -> None:
        self.model = model
        self.contexts = contexts
        self.spend = spend
        self.strict = strict
        self.graph = MoveGraph(model, labels, contextual=True)
        self.reach = Reach(self.graph, strict=strict, spend=spend)
        self._obtained: Fixpoint[_Obtained, bool] = Fixpoint(self._all_obtained, lambda question: False)
        self._decided: dict[Labels, MoveGraph] = {}
        self._reaches: dict[Labels, Reach] = {}
        self._labels: dict[tuple[str, str], frozenset[str]] = {}

    # Requirements

    def obtained(self, fields: FieldSet, states: States) -> bool:
        """Whether a requirement can be read from these states, following further requirements."""
        return self._obtained(_Obtained(fields, states))

    def _all_obtained(self, question: _Obtained) -> bool:
        return all(self._obtains(item, question.states) for item in question.fields)

    def _obtains(self, item: FieldSel | FragmentSel, states: States) -> bool:
        self.spend()
        if isinstance(item, FragmentSel):
            narrowed = frozenset(seen for state in states if (seen := self.graph.narrow(state, item.type)))
            return bool(narrowed) and self.obtained(item.selections, self.reach.all_around(narrowed))
        if item.name == "__typename":
            return True
        moves = [
            move
            for state in states
            if (move := self.graph.field(state, item.name)) and self._is_met(move, state.type, state, states)
        ]
        if not moves or not item.selections:
            return bool(moves)
        targets = frozenset(move.target for move in moves if move.target)
        return self.obtained(item.selections, self.reach.all_around(targets))

    def _is_met(self, move: FieldMove, type_name: str, state: State, states: States) -> bool:
        """Whether what a field requires can be had, and a key leads back to where it is to be sent."""
        if not move.requires:
            return True
        around = self.around_requirement(type_name, state, states)
        return self.obtained(move.requires, around) and self.leads_back(type_name, state, states | around)

    def around_requirement(self, type_name: str, state: State, states: States) -> States:
        """From where the requirements of a field in `state` may be read, when the object is in `states`."""
        if not self.strict:
            return states
        return self.reach.around(type_name, frozenset({state}), state.graph)

    def leads_back(self, type_name: str, state: State, states: States) -> bool:
        """Whether a key leads into the state's subgraph anew, for an object that can be read in these states."""
        return any(
            (entrance.state.type, entrance.state.graph) == (state.type, state.graph)
            and self._is_had(type_name, entrance.key.fields, states)
            for entrance in self.graph.entrances(type_name)
        )

    def _is_had(self, type_name: str, key: FieldSet, states: States) -> bool:
        """Whether a key can be read whichever override labels are active.

        A field in rollout opens no subgraph, but into one where the query has been the way is known.
        """
        if self.graph.labels is not None:
            return self.reach.supplied(key, states)
        labels = sorted(frozenset().union(*(self.labels(type_name, name) for name in top_names(key))))
        if len(labels) > MOST_KEY_LABELS:
            return False
        return all(
            self._decided_reach(frozenset(active)).supplied(key, states)
            for size in range(len(labels) + 1)
            for active in combinations(labels, size)
        )

    def _decided_reach(self, active: Labels) -> Reach:
        if active not in self._reaches:
            self._reaches[active] = Reach(self.decided(active), spend=self.spend)
        return self._reaches[active]

    # Fields

    def outcomes(
        self, type_name: str, name: str, closure: States, known: Contexts, decided: Conditions = NO_CONDITIONS
    ) -> Iterator[Outcome]:
        """Where a field leads from all states in which its object can be read.

        `known` are the contexts passed, `decided` the labels already known; each outcome adds to these.
        """
        labels = self._labels_of(type_name, name, closure)
        if not labels:
            yield Outcome(NO_CONDITIONS, self._targets(self.graph, type_name, name, closure, known))
            return
        values = dict(decided)
        open_labels = sorted(labels - values.keys())
        for choice in product((False, True), repeat=len(open_labels)):
            self.spend()
            added = dict(zip(open_labels, choice, strict=True))
            active = frozenset(label for label, value in (values | added).items() if value and label in labels)
            graph = self.decided(active)
            yield Outcome(frozenset(added.items()), self._targets(graph, type_name, name, closure, known))

    def decided(self, active: Labels) -> MoveGraph:
        """The moves while exactly these labels are active."""
        if active not in self._decided:
            self._decided[active] = MoveGraph(self.model, active, contextual=True)
        return self._decided[active]

    def _labels_of(self, type_name: str, name: str, closure: States) -> frozenset[str]:
        if self.graph.labels is not None:
            return frozenset()
        found = self.labels(type_name, name)
        for other in {state.type for state in closure} - {type_name}:
            found |= self.labels(other, name)
        return found

    def labels(self, type_name: str, name: str) -> frozenset[str]:
        """The labels of a field that is being rolled out."""
        key = (type_name, name)
        if key not in self._labels:
            entry = self.model.types[type_name].fields.get(name)
            joins = entry.joins if entry is not None else ()
            self._labels[key] = frozenset(join.label for join in joins if join.label is not None)
        return self._labels[key]

    def _targets(self, graph: MoveGraph, type_name: str, name: str, closure: States, known: Contexts) -> States | None:
        found: set[State] = set()
        resolved = False
        for state in self._candidates(graph, type_name, name, closure):
            self.spend()
            move = graph.field(state, name)
            if move is None or self.contexts.missing(state.type, name, state.graph, known):
                continue
            if not self._is_met(move, type_name, state, closure):
                continue
            resolved = True
            if move.target is not None:
                found.add(move.target)
        return frozenset(found) if resolved else None

    def _candidates(self, graph: MoveGraph, type_name: str, name: str, closure: States) -> Iterable[State]:
        """The states that may resolve the field: of a large closure, those that its joins name."""
        resolvers = graph.resolvers(type_name, name)
        if len(resolvers) >= len(closure):
            return closure
        plain = [state for graph_name in resolvers if (state := State(type_name, graph_name)) in closure]
        return [*plain, *(state for state in closure if state.view or state.type != type_name)]
