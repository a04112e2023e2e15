"""Where objects and their fields lead, remembered over proofs of structures that change little by little."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from gateway.composition.memo import Memo
from gateway.composition.satisfiability.budget import Budget
from gateway.composition.satisfiability.decisive import DecisiveTypes
from gateway.composition.satisfiability.moves import Moves, Outcome
from gateway.supergraph.reach import States

A = TypeVar("A")
Outcomes = Mapping[str, tuple[Outcome, ...]]


@dataclass(frozen=True, slots=True)
class _Answer(Generic[A]):
    """What was found, and in how many steps."""

    value: A
    steps: int


class Recall:
    """Answers hold while the types that decide them are the same objects; each costs its steps every time.

    For structures without override labels and contexts only: there, answers hang on nothing else.
    """

    def __init__(self) -> None:
        self._closures: Memo[Hashable, _Answer[States]] = Memo()
        self._outcomes: Memo[Hashable, _Answer[Outcomes]] = Memo()

    def begin(self, moves: Moves, budget: Budget) -> None:
        """Begin a proof."""
        self._moves = moves
        self._budget = budget
        self._decisive = DecisiveTypes(moves.graph)

    def end(self) -> None:
        """End it, and forget the answers that it did not need."""
        self._closures.turn()
        self._outcomes.turn()

    def around(self, type_name: str, states: States) -> States:
        """Every state in which an object can be read, given those in which it is being read."""
        key = (type_name, states, self._decisive.of(type_name))
        return self._ask(self._closures, key, partial(self._moves.reach.around, type_name, states))

    def outcomes(self, type_name: str, closure: States, names: Iterable[str]) -> Outcomes:
        """Where each of these fields leads from all states in which its object can be read."""
        asked = tuple(names)
        key = (type_name, closure, self._decisive.of(type_name), asked)
        return self._ask(self._outcomes, key, partial(self._find_outcomes, type_name, closure, asked))

    def _find_outcomes(self, type_name: str, closure: States, names: Iterable[str]) -> Outcomes:
        return {name: tuple(self._moves.outcomes(type_name, name, closure, frozenset())) for name in names}

    def _ask(self, memo: Memo[Hashable, _Answer[A]], key: Hashable, find: Callable[[], A]) -> A:
        before = self._budget.steps
        is_new = False

        def answer() -> _Answer[A]:
            nonlocal is_new
            is_new = True
            value = find()
            return _Answer(value, before - self._budget.steps)

        known = memo.get(key, answer)
        if not is_new:
            self._budget.spend(known.steps)
        return known.value
