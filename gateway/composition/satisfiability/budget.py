"""How much work the proof may take."""

from __future__ import annotations

from dataclasses import dataclass


class BudgetSpentError(Exception):
    """The search took more steps than it may: the answer is not known."""


@dataclass(slots=True)
class Budget:
    """A number of steps that is never silently exceeded."""

    steps: int

    def spend(self, steps: int = 1) -> None:
        """Take some steps; raises BudgetSpentError when there are not as many left."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetSpentError
