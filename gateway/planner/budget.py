"""A limit on the work one operation may cause, so that no query can hold the planner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.planner.errors import PlanError

Pause = Callable[[], None]
"""Called now and then while an operation is planned. It may raise to end the planning."""

_STRIDE = 64


@dataclass(frozen=True, slots=True)
class PlanBudget:
    """`nodes` counts the selections, alternatives and states looked at."""

    nodes: int = 100_000


class Meter:
    """Counts down one operation's budget."""

    def __init__(self, budget: PlanBudget, pause: Pause | None = None) -> None:
        self._limit = budget.nodes
        self._left = budget.nodes
        self._pause = pause
        self._next = self._following()

    def spend(self, nodes: int = 1) -> None:
        """Raises PlanError once the budget is used up."""
        self._left -= nodes
        if self._left < self._next:
            self._look()

    def _look(self) -> None:
        if self._left < 0:
            raise PlanError(
                "PLAN_BUDGET_EXCEEDED",
                f"the operation is too complex to plan: it needs more than {self._limit} steps of planning",
            )
        self._next = self._following()
        if self._pause is not None:
            self._pause()

    def _following(self) -> int:
        return max(0, self._left - _STRIDE)
