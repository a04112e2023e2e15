"""Walks the API from its roots, carrying where each object could be read, until something cannot be.

An object met again with at least the possibilities it had before needs no second look, which keeps the
walk polynomial.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.composition.model import Kind, Schema
from gateway.composition.satisfiability.contexts import Contexts
from gateway.composition.satisfiability.reach import Reach, States
from gateway.composition.typerefs import named
from gateway.supergraph.graph import State


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a query, linked to the one before: a field, or a narrowing to a type."""

    before: Step | None
    text: str

    def texts(self) -> list[str]:
        """All steps from the root on."""
        found: list[str] = []
        step: Step | None = self
        while step is not None:
            found.append(step.text)
            step = step.before
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Failure:
    """A field (or, without one, a type) that cannot be read at the end of a path."""

    type: str
    field: str | None
    path: Step
    states: States


@dataclass(frozen=True, slots=True)
class Item:
    """An object to look at: its type, where it is being read, how the query came here."""

    type: str
    states: States
    path: Step
    contexts: Contexts = frozenset()


class Walker:
    """One walk with fixed labels."""

    def __init__(self, api: Schema, reach: Reach) -> None:
        self.api = api
        self.reach = reach
        self.failures: dict[tuple[str, str | None], Failure] = {}
        self._seen: dict[tuple[str, Contexts], list[States]] = {}
        self._queue: deque[Item] = deque()
        self._possible: dict[str, list[str]] = {}

    def walk_roots(self) -> None:
        """Walk everything that a client can ask for."""
        for operation in ("query", "mutation", "subscription"):
            name = operation.capitalize()
            states = frozenset(self.reach.graph.roots(operation))
            if name not in self.api.types or not states:
                continue
            item = Item(name, states, Step(None, operation))
            if operation == "mutation":
                self._walk_mutation(item)
            else:
                self.walk(item)

    def walk(self, item: Item) -> None:
        """Walk from one object on."""
        self._queue.append(item)
        self._drain()

    def _drain(self) -> None:
        while self._queue:
            self._visit(self._queue.popleft())

    def _walk_mutation(self, item: Item) -> None:
        """Below a mutation, all must come from where it runs: it runs once, in one subgraph."""
        for name, targets in self._fields(item, item.states):
            path = Step(item.path, name)
            if len(targets) < 2:
                self._follow(item.type, name, targets, path, item.contexts)
                continue
            attempts = [self._attempt(item, name, target, path) for target in sorted(targets, key=repr)]
            best = min(attempts, key=len)
            self.failures.update(best)
        self._drain()

    def _attempt(self, item: Item, name: str, target: State, path: Step) -> dict[tuple[str, str | None], Failure]:
        walker = Walker(self.api, self.reach)
        walker._follow(item.type, name, {target}, path, item.contexts)
        walker._drain()
        return walker.failures

    def _visit(self, item: Item) -> None:
        self.reach.budget.spend()
        found = self.api.types.get(item.type)
        if found is None:
            return
        if found.kind is not Kind.OBJECT:
            self._visit_abstract(item)
            return
        closure = self.reach.routes(item.type, item.states)
        if self._known(item.type, item.contexts, closure):
            return
        for name, targets in self._fields(item, closure):
            self._follow(item.type, name, targets, Step(item.path, name), item.contexts)

    def _known(self, type_name: str, contexts: Contexts, closure: States) -> bool:
        seen = self._seen.setdefault((type_name, contexts), [])
        if any(earlier <= closure for earlier in seen):
            return True
        seen.append(closure)
        return False

    def _fields(self, item: Item, closure: States) -> Iterator[tuple[str, set[State]]]:
        """Every field of an object with where it leads; those that nobody resolves are failures."""
        known = self.reach.contexts.passed(item.type, item.contexts)
        for name in self.api.types[item.type].fields:
            targets = self.reach.targets(item.type, name, closure, known)
            if targets is None:
                self._fail(item.type, name, Step(item.path, name), closure)
            else:
                yield name, targets

    def _follow(self, parent: str, name: str, targets: set[State], path: Step, contexts: Contexts) -> None:
        if not targets:
            return
        below = self.reach.contexts.passed(parent, contexts)
        declared = named(self.api.types[parent].fields[name].type)
        self._queue.append(Item(declared, frozenset(targets), path, below))

    def _visit_abstract(self, item: Item) -> None:
        graph = self.reach.graph
        possible = self._possible_types(item.type)
        if not possible:
            return
        real = {state for state in item.states if not graph.is_interface_object(state)}
        objects = item.states - real
        entered: set[State] = set()
        if objects:
            reached = self.reach.routes(item.type, item.states)
            entered = {state for state in reached if not graph.is_interface_object(state)}
            if not entered:
                self._fail(item.type, None, item.path, item.states)
                return
        for name in possible:
            narrowed = {seen for state in real | entered if (seen := graph.narrow(state, name)) is not None}
            if narrowed:
                kept = {seen for state in objects if (seen := graph.narrow(state, name)) is not None}
                step = Step(item.path, f"... on {name}")
                self._queue.append(Item(name, frozenset(narrowed | kept), step, item.contexts))

    def _possible_types(self, name: str) -> list[str]:
        if name not in self._possible:
            self._possible[name] = [n for n in self.api.possible(name) if n in self.api.types]
        return self._possible[name]

    def _fail(self, type_name: str, name: str | None, path: Step, states: States) -> None:
        self.failures.setdefault((type_name, name), Failure(type_name, name, path, states))
