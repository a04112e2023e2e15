"""Events that read the same for all who are told of them: each distinct operation is executed on one once.

Many clients watch one object with the same operation. What an event costs each of them is then to be told, and not
GraphQL's execution again. Whether a client may see the event is found out before, for each (`run_updates`).
"""

from __future__ import annotations

from typing import Any, Final, cast

from graphql import ExecutionResult, OperationDefinitionNode
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

MOST: Final = 8
"""Answers that are kept of an event; who asks otherwise than so many others has it executed."""


class SharedEvent:
    """An event of a subscription, none of whose fields depends on who asks.

    Args:
        value: what the subscription's field resolves to.
    """

    def __init__(self, value: Any) -> None:
        self.value = value
        self._answers: list[tuple[OperationDefinitionNode, dict[str, Any], ExecutionResult]] = []

    def answer(self, operation: OperationDefinitionNode, variables: dict[str, Any]) -> ExecutionResult | None:
        """What the operation came to with these variables; None where it has to be executed.

        An operation is known by its node: texts are parsed once (`flows.graphql.documents`).
        """
        for known, values, answer in self._answers:
            if known is operation and values == variables:
                return answer
        return None

    def keep(self, operation: OperationDefinitionNode, variables: dict[str, Any], answer: ExecutionResult) -> None:
        """Remember an answer, of the first few."""
        if len(self._answers) < MOST:
            self._answers.append((operation, variables, answer))


class SharingExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, which takes the answer of a shared event from whoever had it executed."""

    event: SharedEvent | None = None

    def build_per_event_executor(self, payload: Any) -> Any:
        """What executes the operation on an event."""
        if not isinstance(payload, SharedEvent):
            return super().build_per_event_executor(payload)
        answer = payload.answer(self.operation, self.variable_values.coerced)
        if answer is not None:
            return Answered(answer)
        executor = cast(SharingExecutor, super().build_per_event_executor(payload.value))
        executor.event = payload
        return executor

    def execute_operation(self, serially: bool | None = None) -> Any:
        """The answer. One that has errors, or takes waiting, is not shared."""
        answer = super().execute_operation(serially)
        if self.event is not None and isinstance(answer, ExecutionResult) and not answer.errors:
            self.event.keep(self.operation, self.variable_values.coerced, answer)
        return answer


class Answered:
    """Stands for the executor of an operation whose answer is known."""

    def __init__(self, answer: ExecutionResult) -> None:
        self._answer = answer

    def execute_operation(self, serially: bool | None = None) -> ExecutionResult:
        """The answer."""
        return self._answer
