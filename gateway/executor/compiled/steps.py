"""The order of a plan's nodes, without tasks: each node is told what to do when it is through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from gateway.planner.nodes import Guard

if TYPE_CHECKING:
    from gateway.executor.compiled.execution import Execution

Then = Callable[[], None]


class Step(Protocol):
    """A compiled node. `start` calls `then` once: before it returns, or later."""

    def start(self, execution: Execution, then: Then) -> None: ...


class SequenceStep:
    """One after another."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps

    def start(self, execution: Execution, then: Then) -> None:
        _Progress(self._steps, execution, then).go_on()


class _Progress:
    """How far a sequence has come. Steps that are through at once do not deepen the stack."""

    __slots__ = ("_entered", "_execution", "_next", "_steps", "_then", "_through")

    def __init__(self, steps: tuple[Step, ...], execution: Execution, then: Then) -> None:
        self._steps = steps
        self._execution = execution
        self._then = then
        self._next = 0
        self._entered = self._through = False

    def go_on(self) -> None:
        if self._entered:
            self._through = True
            return
        self._entered = True
        while self._next < len(self._steps):
            step = self._steps[self._next]
            self._next += 1
            self._through = False
            step.start(self._execution, self.go_on)
            if not self._through:
                self._entered = False
                return
        self._then()


class ParallelStep:
    """All at once."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps

    def start(self, execution: Execution, then: Then) -> None:
        through = _Countdown(len(self._steps), then).one
        for step in self._steps:
            step.start(execution, through)


class _Countdown:
    __slots__ = ("_left", "_then")

    def __init__(self, count: int, then: Then) -> None:
        self._left = count
        self._then = then

    def one(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._then()


class ConditionStep:
    """Only where its guards hold."""

    def __init__(self, guards: tuple[Guard, ...], step: Step) -> None:
        self._guards = guards
        self._step = step

    def start(self, execution: Execution, then: Then) -> None:
        if execution.gatherer.holds(self._guards):
            self._step.start(execution, then)
        else:
            then()
