"""Executes plans: sends their requests over transports and reads the client's answer out of what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, cast

from gateway.executor.compiled import CompiledPlan, Done, Execution, SingleFetch, compile_plan, lay_out
from gateway.executor.context import ExecutionContext, Response
from gateway.executor.error_log import ErrorLog
from gateway.executor.run import Run
from gateway.executor.transport import SubgraphResponse, SubgraphTransport, TransportError
from gateway.planner.nodes import Condition, QueryPlan, SubscriptionNode

__all__ = [
    "CompiledPlan",
    "Execution",
    "ExecutionContext",
    "Response",
    "SingleFetch",
    "SubgraphTransport",
    "compile_plan",
    "execute_compiled",
    "execute_plan",
    "execute_subscription",
    "lay_out",
]


async def execute_plan(plan: QueryPlan, variables: Mapping[str, Any], context: ExecutionContext) -> Response:
    """Runs a query or mutation.

    Args:
        variables: the client's, already valid for the operation; defaults need not be filled in.

    What fails becomes an error in the response. Cancelling the call cancels every request under way.
    """
    run = Run(variables, plan.defaults, context)
    if plan.node is not None:
        await run.node(plan.node)
    return _respond(plan, run)


async def execute_compiled(plan: CompiledPlan, variables: Mapping[str, Any], context: ExecutionContext) -> Response:
    """Runs a compiled query or mutation: the same as `execute_plan`, faster."""
    return await _outcome(lambda done: plan.execution(variables, context, done))


async def _outcome(begin: Callable[[Done], Execution | SingleFetch]) -> Response:
    outcome: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    def done(response: Response | Exception) -> None:
        if outcome.done():
            return
        if isinstance(response, Exception):
            outcome.set_exception(response)
        else:
            outcome.set_result(response)

    execution = begin(done)
    execution.start()
    try:
        return await outcome
    finally:
        execution.cancel()


async def execute_subscription(
    plan: QueryPlan, variables: Mapping[str, Any], context: ExecutionContext, compiled: CompiledPlan | None = None
) -> AsyncGenerator[Response, None]:
    """Yields a response for each event of the subgraph that owns the subscription.

    Args:
        compiled: the same plan compiled; events are completed the same without it, slower.

    Ends with the subgraph's stream; a stream that breaks ends with a response that tells why. Closing the
    iterator closes the stream at the subgraph at once.
    """
    node = _subscription(plan, variables, context)
    if node is None:
        return
    first = Run(variables, plan.defaults, context)
    service = node.primary.request.service
    transport = context.transports.get(service)
    if transport is None:
        yield _failed(TransportError("SUBGRAPH_UNKNOWN", "No transport leads to this subgraph.", service), context)
        return
    events = transport.subscribe(first.request(node.primary.request, {}))
    try:
        async with aclosing(cast("AsyncGenerator[SubgraphResponse, None]", events)):
            async for event in events:
                if compiled is None:
                    yield await _completed(plan, node, event, Run(variables, plan.defaults, context))
                    continue
                begin = partial(compiled.completion, node.primary, event, variables, context)
                yield await _outcome(begin)
    except TransportError as error:
        yield _failed(error, context)


async def _completed(plan: QueryPlan, node: SubscriptionNode, event: SubgraphResponse, run: Run) -> Response:
    run.take_root(node.primary, event)
    if node.rest is not None:
        await run.node(node.rest)
    return _respond(plan, run)


def _subscription(plan: QueryPlan, variables: Mapping[str, Any], context: ExecutionContext) -> SubscriptionNode | None:
    """The subscription to run; None where its only field is left out by a condition."""
    node = plan.node
    if isinstance(node, Condition):
        if not Run(variables, plan.defaults, context).gatherer.holds(node.guards):
            return None
        node = node.node
    if not isinstance(node, SubscriptionNode):
        raise TypeError("the plan is not one of a subscription")
    return node


def _respond(plan: QueryPlan, run: Run) -> Response:
    return Response(run.projected(plan.output), run.log.errors)


def _failed(error: TransportError, context: ExecutionContext) -> Response:
    log = ErrorLog(context.mask_errors)
    log.add(error.message, error.code, error.service)
    return Response(None, log.errors)
