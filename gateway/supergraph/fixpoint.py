"""Answers questions that hang on each other, in circles too, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from heapq import heappop, heappush
from typing import Generic, TypeVar

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")


class Fixpoint(Generic[Q, A]):
    """The least answers to a set of questions; they are remembered.

    `rule` answers one question and may ask others by calling the fixpoint; it gets what is known of them so
    far, and is called again when that grows. It must be monotone: greater answers never make its own less.
    A question that comes up below itself therefore has the answer that holds without it.
    """

    def __init__(self, rule: Callable[[Q], A], least: Callable[[Q], A]) -> None:
        self._rule = rule
        self._least = least
        self._answers: dict[Q, A] = {}
        self._run: _Run[Q] | None = None

    def __call__(self, question: Q) -> A:
        """The answer: final outside a rule, as far as it is known inside one."""
        if self._run is not None:
            self._run.askers.setdefault(question, {})[self._run.current] = None
        if question not in self._answers:
            self._answers[question] = self._least(question)
            if self._run is not None:
                self._run.find(question)
            else:
                self._solve(question)
        return self._answers[question]

    def _solve(self, question: Q) -> None:
        self._run = run = _Run(question)
        try:
            while run.next():
                found = self._rule(run.current)
                if found != self._answers[run.current]:
                    self._answers[run.current] = found
                    run.repeat(run.askers.get(run.current, {}))
        except BaseException:
            self._answers.clear()
            raise
        finally:
            self._run = None


class _Run(Generic[Q]):
    """The questions of one run: new ones are answered first, then again those that were found last."""

    def __init__(self, question: Q) -> None:
        self.current = question
        self.askers: dict[Q, dict[Q, None]] = {}
        self._new: list[Q] = []
        self._numbers: dict[Q, int] = {}
        self._questions: list[Q] = []
        self._again: list[int] = []
        self._is_again: set[int] = set()
        self.find(question)

    def find(self, question: Q) -> None:
        """A question has come up for the first time."""
        self._numbers[question] = len(self._questions)
        self._questions.append(question)
        self._new.append(question)

    def repeat(self, questions: Iterable[Q]) -> None:
        """What these questions asked has another answer now."""
        for question in questions:
            number = self._numbers[question]
            if number not in self._is_again:
                self._is_again.add(number)
                heappush(self._again, -number)

    def next(self) -> bool:
        """Go to the next question; whether there is one."""
        if self._new:
            self.current = self._new.pop()
        elif self._again:
            number = -heappop(self._again)
            self._is_again.discard(number)
            self.current = self._questions[number]
        else:
            return False
        return True
