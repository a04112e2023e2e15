"""Why an operation could not be planned."""

from __future__ import annotations


class PlanError(Exception):
    """No plan for this operation.

    Attributes:
        code: OPERATION_NOT_FOUND, OPERATION_NAME_REQUIRED, PLAN_BUDGET_EXCEEDED or UNRESOLVABLE_FIELD.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
