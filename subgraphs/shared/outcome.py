"""From a mutation's input to its run, and from the run's results to the object that the payload shows."""

from __future__ import annotations

from typing import Any

from flows.graphql.context import RunOutcome, attach, submit
from flows.graphql.types import UserError
from flows.schema import Flow, P
from subgraphs.shared.context import SubgraphInfo


async def run_flow(info: SubgraphInfo, flow: Flow[P], params: P, idempotency_key: str | None) -> RunOutcome:
    """Submit the flow; what was read before is forgotten, so the payload shows what is stored now."""
    outcome = await submit(info, flow, params, idempotency_key)
    info.context.refresh()
    return outcome


async def of_first(info: SubgraphInfo, outcome: RunOutcome, step: str) -> RunOutcome:
    """The outcome of the run that makes the object, where the step found that another (`madeBy`) was at it.

    Who asks for the same again is answered as who asked first: with what became of it, or how far it is.
    """
    made_by = result_id(outcome, "madeBy", step)
    first = await attach(info, made_by) if made_by else None
    info.context.refresh()
    return first or outcome


def result_id(outcome: RunOutcome, name: str, step: str = "commit") -> Any:
    """An id in the result of a step, or None where the run has not done that step."""
    return (outcome.results.get(step) or {}).get(name)


def errors_about(outcome: RunOutcome, *fields: str) -> list[UserError]:
    """The outcome's errors for a payload whose input has these fields; a child run's error names a field of its own,
    which the caller never gave, so there it is left out."""
    return [
        error if not error.field or error.field[0] in fields else UserError(code=error.code, message=error.message)
        for error in outcome.errors
    ]
