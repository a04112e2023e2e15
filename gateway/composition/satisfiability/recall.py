"""Where objects and their fields lead, remembered over proofs of structures that change little by little."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from gateway.composition.memo import Memo
from gateway.composition.satisfiability.budget import Budget
from gateway.composition.satisfiability.decisive import Decisive, DecisiveTypes
from gateway.composition.satisfiability.moves import Moves, Outcome
from gateway.supergraph.model import Model
from gateway.supergraph.reach import States

K = TypeVar("K", bound=Hashable)
A = TypeVar("A")
_END: States = frozenset()
Outcomes = Mapping[str, tuple[Outcome, ...]]


@dataclass(frozen=True, slots=True)
class _Answer(Generic[A]):
    """What was found, and in how many steps."""

    value: A
    steps: int


class _OfType:
    """The answers about one type, as long as the same decides them."""

    def __init__(self, decisive: Decisive) -> None:
        self.decisive = decisive
        self.closures: Memo[States, _Answer[States]] = Memo()
        self.outcomes: Memo[tuple[States, tuple[str, ...]], _Answer[Outcomes]] = Memo()


class Recall:
    """Answers hold while the types that decide them are the same objects; each costs its steps every time.

    For structures without override labels and contexts only: there, answers hang on nothing else.
    """

    def __init__(self) -> None:
        self._deciding = DecisiveTypes(Model({}, {}, {}))
        self._types: dict[str, _OfType] = {}
        self._asked: dict[str, _OfType] = {}

    def begin(self, moves: Moves, budget: Budget) -> None:
        """Begin a proof."""
        self._moves = moves
        self._budget = budget
        self._deciding = DecisiveTypes(moves.model, self._deciding)
        self._asked = {}

    def end(self) -> None:
        """End it, and forget the answers that it did not need."""
        for known in self._asked.values():
            known.closures.turn()
            known.outcomes.turn()
        self._types = self._asked
        self._deciding.end()

    def around(self, type_name: str, states: States) -> States:
        """Every state in which an object can be read, given those in which it is being read."""
        find = partial(self._moves.reach.around, type_name, states)
        return self._ask(self._of(type_name).closures, states, find)

    def outcomes(self, type_name: str, closure: States, names: Iterable[str]) -> Outcomes:
        """Where these fields lead from all states in which their object can be read; those that end there left out."""
        asked = tuple(names)
        find = partial(self._find_outcomes, type_name, closure, asked)
        return self._ask(self._of(type_name).outcomes, (closure, asked), find)

    def _find_outcomes(self, type_name: str, closure: States, names: Iterable[str]) -> Outcomes:
        found = {name: tuple(self._moves.outcomes(type_name, name, closure, frozenset())) for name in names}
        return {name: outcomes for name, outcomes in found.items() if any(o.targets != _END for o in outcomes)}

    def _of(self, type_name: str) -> _OfType:
        """What is known about a type still."""
        if type_name not in self._asked:
            decisive = self._deciding.of(type_name)
            known = self._types.get(type_name)
            is_same = known is not None and known.decisive.answers == decisive.answers
            self._asked[type_name] = known if known is not None and is_same else _OfType(decisive)
        return self._asked[type_name]

    def _ask(self, memo: Memo[K, _Answer[A]], key: K, find: Callable[[], A]) -> A:
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
