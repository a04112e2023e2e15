"""A limit on the work one operation may cause, so that no query can hold the planner."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.planner.errors import PlanError


@dataclass(frozen=True, slots=True)
class PlanBudget:
    """`nodes` counts the selections, alternatives and states looked at."""

    nodes: int = 200_000


class Meter:
    """Counts down one operation's budget."""

    def __init__(self, budget: PlanBudget) -> None:
        self._limit = budget.nodes
        self._left = budget.nodes

    def spend(self, nodes: int = 1) -> None:
        """Raises PlanError once the budget is used up."""
        self._left -= nodes
        if self._left < 0:
            raise PlanError(
                "PLAN_BUDGET_EXCEEDED",
                f"the operation is too complex to plan: it needs more than {self._limit} steps of planning",
            )
