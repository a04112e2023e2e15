"""One run of a handler, and the outcome it stands for. The worker and the test harness share it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from plugin_sdk._context import HookContext
from plugin_sdk._definition import HookDefinition
from plugin_sdk._outcomes import Amend, Failed, Outcome, Reject, of_exception, of_return
from plugin_sdk._record import Record


@dataclass(frozen=True)
class Settled:
    """What came of a handler.

    Attributes:
        error: what it raised, where that failed the attempt.
    """

    outcome: Outcome
    error: Exception | None = None


async def settle(definition: HookDefinition, payload: Record, ctx: HookContext) -> Settled:
    """Run the handler within its limit. Only the cancellation of the caller gets out."""
    limit = asyncio.timeout(definition.limit.total_seconds())
    try:
        async with limit:
            value = await definition.handler(payload, ctx)
        if isinstance(value, Reject | Amend) and not definition.vetoes:
            return _misplaced(value)
        return Settled(of_return(value))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return Settled(Failed("the handler was cancelled from within"))
    except Exception as error:
        if isinstance(error, TimeoutError) and limit.expired():
            seconds = definition.limit.total_seconds()
            return Settled(Failed(f"the handler took longer than {seconds:g} s (timeout= of the hook)"), error)
        if isinstance(error, Reject) and not definition.vetoes:
            return _misplaced(error)
        outcome = of_exception(error)
        return Settled(outcome, error if isinstance(outcome, Failed) else None)


def _misplaced(answer: Reject | Amend) -> Settled:
    name = type(answer).__name__
    problem = TypeError(f"{name} on a hook that comes after the write: only validate hooks veto or amend")
    return Settled(Failed(str(problem)), problem)
