"""Stages 4 to 7 in their order: from parameters to a job, from a job to responses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from random import random
from time import perf_counter
from typing import Any

from gateway.config import GatewayConfig
from gateway.executor import ExecutionContext, Response, execute_plan, execute_subscription
from gateway.executor.transport import SubgraphTransport
from gateway.pipeline.errors import RequestTimeout, Unavailable
from gateway.pipeline.generation import Generation
from gateway.pipeline.metrics import GatewayMetrics
from gateway.pipeline.params import Params, params_of
from gateway.pipeline.respond import payload_of, payload_of_error, to_request_error
from gateway.pipeline.variables import read_variables
from gateway.planner import QueryPlan
from gateway.subscriptions.port import Client, OperationRefused


@dataclass(frozen=True, slots=True)
class Job:
    """An operation that may run."""

    generation: Generation
    plan: QueryPlan
    variables: dict[str, Any]


class Pipeline:
    """Runs operations on the supergraph in service when they arrive.

    Args:
        current: the generation in service, or None before there is one.
        problem: why there is none.
    """

    def __init__(
        self,
        config: GatewayConfig,
        current: Callable[[], Generation | None],
        problem: Callable[[], str],
        metrics: GatewayMetrics,
    ) -> None:
        self._config = config
        self._current = current
        self._problem = problem
        self._metrics = metrics
        self._seconds = config.request_timeout.total_seconds()
        self._mutations: set[asyncio.Task[Response]] = set()

    def prepare(self, params: Params) -> Job:
        """Everything before the first fetch. Raises RequestError."""
        try:
            return self._prepare(params)
        except Exception as error:
            refusal = to_request_error(error)
            self._metrics.requested("unknown", refusal.code)
            raise refusal from error

    async def respond(self, job: Job, client: Client) -> Response:
        """Runs a query or mutation. Raises RequestError; cancelling it cancels its fetches."""
        kind = job.plan.kind
        started = perf_counter()
        outcome = "cancelled"
        try:
            async with asyncio.timeout(self._seconds):
                response = await execute_plan(job.plan, job.variables, self._context(job, client))
            outcome = "errors" if response.errors else "ok"
            return response
        except TimeoutError as error:
            outcome = RequestTimeout.code
            raise RequestTimeout(f"The request took longer than {self._seconds:g} s") from error
        except Exception as error:
            refusal = to_request_error(error)
            outcome = refusal.code
            raise refusal from error
        finally:
            self._metrics.requested(kind, outcome, perf_counter() - started)

    async def stream(self, job: Job, client: Client) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the responses of an operation of any kind, as JSON. What goes wrong is a response too."""
        if job.plan.kind == "subscription":
            async with aclosing(self._subscription(job, client)) as responses:
                async for payload in responses:
                    yield payload
            return
        work = self.respond(job, client)
        try:
            response = await (self._kept(work) if job.plan.kind == "mutation" else work)
        except Exception as error:
            yield payload_of_error(to_request_error(error))
        else:
            yield payload_of(response)

    async def run(self, payload: Mapping[str, Any], client: Client) -> AsyncGenerator[dict[str, Any], None]:
        """See `gateway.subscriptions.Operations`."""
        try:
            job = self.prepare(params_of(payload))
        except Exception as error:
            raise OperationRefused(to_request_error(error).errors()) from error
        async with aclosing(self.stream(job, client)) as responses:
            async for response in responses:
                yield response

    async def finish(self, seconds: float) -> None:
        """Waits for mutations whose clients have left, then cancels what is still running."""
        if self._mutations:
            await asyncio.wait(self._mutations, timeout=seconds)
        for task in self._mutations:
            task.cancel()

    async def _kept(self, work: Coroutine[Any, Any, Response]) -> Response:
        """A mutation that has begun is not torn in the middle because its client has left."""
        task = asyncio.create_task(work, name="mutation")
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        task.add_done_callback(_heard)
        return await asyncio.shield(task)

    async def _subscription(self, job: Job, client: Client) -> AsyncGenerator[dict[str, Any], None]:
        outcome = "cancelled"
        self._metrics.stream_opened("subscription")
        events = execute_subscription(job.plan, job.variables, self._context(job, client))
        try:
            async with aclosing(events):
                async for response in events:
                    yield payload_of(response)
            outcome = "ok"
        except Exception as error:
            refusal = to_request_error(error)
            outcome = refusal.code
            yield payload_of_error(refusal)
        finally:
            self._metrics.stream_closed("subscription")
            self._metrics.requested("subscription", outcome)

    def _prepare(self, params: Params) -> Job:
        generation = self._current()
        if generation is None:
            raise Unavailable(self._problem())
        planned = generation.plans.find(
            params.query,
            params.operation_name,
            generation.labels.draw(random),
            lambda: generation.document(params.query, self._config),
        )
        variables = read_variables(
            generation.supergraph.api_schema, planned.operation, params.variables, self._config.introspection
        )
        return Job(generation, planned.plan, variables)

    def _context(self, job: Job, client: Client) -> ExecutionContext:
        transports: Mapping[str, SubgraphTransport] = job.generation.transports
        if job.plan.kind == "subscription" and client.init_payload:
            transports = {
                name: transport.with_init_payload(client.init_payload)
                for name, transport in job.generation.transports.items()
            }
        return ExecutionContext(
            supergraph=job.generation.supergraph,
            transports=transports,
            headers=client.headers,
            mask_errors=self._config.mask_errors,
        )


def _heard(task: asyncio.Task[Response]) -> None:
    """Takes note of a failure that nobody may be left to hear; `respond` has counted it."""
    if not task.cancelled():
        task.exception()
