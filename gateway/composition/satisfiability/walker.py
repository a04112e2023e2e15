"""Walks the API from its roots, carrying where each object could be read, until something cannot be.

An object met again with at least the possibilities it had before needs no second look, which keeps the
walk polynomial. Conditions on override labels are carried only on demand: without, every field in rollout is
followed both ways wherever it is met, which proves more than is needed. With them, a path is followed under
one value of each label only; that is exact, and as hard as it sounds (to find a path that avoids forbidden
pairs is NP-complete), so the budget bounds it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.composition.satisfiability.contexts import Contexts
from gateway.composition.satisfiability.live_labels import LiveLabels
from gateway.composition.satisfiability.moves import NO_CONDITIONS, Conditions, Moves, Outcome
from gateway.composition.satisfiability.recall import Recall
from gateway.composition.satisfiability.visible import Visible
from gateway.supergraph.graph import State
from gateway.supergraph.reach import States


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a query, linked to the one before.

    Attributes:
        parent: the type whose field is taken; None for the operation and for a narrowing.
        name: the field, the type narrowed to, or the kind of operation.
        assumed: the labels that were decided to take the field.
    """

    before: Step | None
    parent: str | None
    name: str
    assumed: Conditions = NO_CONDITIONS

    def conditions(self) -> Conditions:
        """All labels decided on the way."""
        return frozenset().union(*(step.assumed for step in self.steps()))

    def steps(self) -> list[Step]:
        """All steps from the operation on."""
        found: list[Step] = []
        step: Step | None = self
        while step is not None:
            found.append(step)
            step = step.before
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Failure:
    """A field (or, without one, a type) that cannot be read at the end of a path."""

    type: str
    field: str | None
    path: Step
    states: States
    contexts: Contexts

    @property
    def conditions(self) -> Conditions:
        """Which labels are active in what fails, and which are not."""
        return self.path.conditions()


@dataclass(frozen=True, slots=True)
class Item:
    """An object to look at: its type, where it is being read, how the query came here."""

    type: str
    states: States
    path: Step
    contexts: Contexts = frozenset()
    conditions: Conditions = NO_CONDITIONS


Failures = dict[tuple[str, str | None], Failure]


class Walker:
    """One walk.

    Args:
        live: makes it carry conditions, as far as labels below can still meet them.
        recall: asked instead of the moves themselves where there are neither labels nor contexts.
    """

    def __init__(
        self, visible: Visible, moves: Moves, live: LiveLabels | None = None, recall: Recall | None = None
    ) -> None:
        self.visible = visible
        self.moves = moves
        self.failures: Failures = {}
        self._live = live
        self._recall = recall
        self._seen: dict[tuple[str, Contexts], dict[tuple[Conditions, States], None]] = {}
        self._spread: set[tuple[str, States, Contexts, Conditions]] = set()
        self._queue: deque[Item] = deque()

    def walk_roots(self) -> None:
        """Walk everything that a client can ask for."""
        for operation in ("query", "mutation", "subscription"):
            name = operation.capitalize()
            states = frozenset(self.moves.graph.roots(operation))
            if name not in self.visible.types or not states:
                continue
            item = Item(name, states, Step(None, None, operation))
            if operation == "mutation":
                self._walk_mutation(item)
            else:
                self._queue.append(item)
                self._drain()

    def _drain(self) -> None:
        while self._queue:
            self._visit(self._queue.popleft())

    def _walk_mutation(self, item: Item) -> None:
        """Below a mutation, all must come from where it runs: it runs once, in one subgraph."""
        for below in self._fields(item, item.states):
            if len(below.states) < 2:
                self._queue.append(below)
                continue
            attempts = [self._attempt(below, state) for state in sorted(below.states, key=repr)]
            for key, failure in min(attempts, key=len).items():
                self.failures.setdefault(key, failure)
        self._drain()

    def _attempt(self, item: Item, state: State) -> Failures:
        walker = Walker(self.visible, self.moves, self._live, self._recall)
        walker._queue.append(Item(item.type, frozenset({state}), item.path, item.contexts, item.conditions))
        walker._drain()
        return walker.failures

    def _visit(self, item: Item) -> None:
        self.moves.spend()
        if item.type not in self.visible.types:
            return
        if self.moves.graph.is_abstract(item.type):
            self._visit_abstract(item)
            return
        closure = (self._recall or self.moves.reach).around(item.type, item.states)
        if not self._is_known(item, closure):
            self._queue.extend(self._fields(item, closure))

    def _is_known(self, item: Item, closure: States) -> bool:
        seen = self._seen.setdefault((item.type, item.contexts), {})
        if (item.conditions, closure) in seen:
            return True
        for conditions, states in seen:
            self.moves.spend()
            if conditions <= item.conditions and states <= closure:
                return True
        seen[item.conditions, closure] = None
        return False

    def _fields(self, item: Item, closure: States) -> Iterator[Item]:
        """What lies below each field of an object; fields that nobody resolves are failures.

        The context that an object sets itself is known below it, not to its own fields.
        """
        below = self.moves.contexts.passed(item.type, item.contexts)
        fields = self.visible.types[item.type]
        recalled = self._recall.outcomes(item.type, closure, fields) if self._recall is not None else None
        for name in fields if recalled is None else recalled:
            target = fields[name]
            followed: set[tuple[States, Conditions]] = set()
            for outcome in self._outcomes(item, name, closure) if recalled is None else recalled[name]:
                step = Step(item.path, item.type, name, outcome.conditions)
                if outcome.targets is None:
                    self._fail(Failure(item.type, name, step, closure, item.contexts))
                    continue
                conditions = self._kept(target, item.conditions | outcome.conditions)
                if outcome.targets and (outcome.targets, conditions) not in followed:
                    followed.add((outcome.targets, conditions))
                    yield Item(target, outcome.targets, step, below, conditions)

    def _outcomes(self, item: Item, name: str, closure: States) -> Iterator[Outcome]:
        return self.moves.outcomes(item.type, name, closure, item.contexts, item.conditions)

    def _kept(self, target: str, conditions: Conditions) -> Conditions:
        if self._live is None or not conditions:
            return NO_CONDITIONS
        return frozenset(item for item in conditions if item[0] in self._live.below(target))

    def _visit_abstract(self, item: Item) -> None:
        graph = self.moves.graph
        possible = self.visible.possible(item.type)
        key = (item.type, item.states, item.contexts, item.conditions)
        if not possible or key in self._spread:
            return
        self._spread.add(key)
        real = {state for state in item.states if not graph.is_interface_object(state)}
        objects = item.states - real
        if objects:
            reached = self.moves.reach.around(item.type, item.states)
            real |= {state for state in reached if not graph.is_interface_object(state)}
            if not real:
                self._fail(Failure(item.type, None, item.path, item.states, item.contexts))
                return
        for name in possible:
            narrowed = {seen for state in real if (seen := graph.narrow(state, name)) is not None}
            if narrowed:
                narrowed |= {seen for state in objects if (seen := graph.narrow(state, name)) is not None}
                step = Step(item.path, None, name)
                self._queue.append(Item(name, frozenset(narrowed), step, item.contexts, item.conditions))

    def _fail(self, failure: Failure) -> None:
        self.failures.setdefault((failure.type, failure.field), failure)
