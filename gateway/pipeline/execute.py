"""Stages 4 to 7 in their order: from parameters to a job, from a job to responses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from random import random
from time import perf_counter
from typing import Any, Final

from gateway.config import GatewayConfig
from gateway.executor import (
    CompiledPlan,
    ExecutionContext,
    Response,
    execute_compiled,
    execute_plan,
    execute_subscription,
)
from gateway.executor.transport import SubgraphTransport
from gateway.pipeline.authorize import Authorizer, Granted, refusal_errors
from gateway.pipeline.errors import AccessRefused, RequestError, RequestTimeout, Unavailable
from gateway.pipeline.generation import Generation
from gateway.pipeline.metrics import GatewayMetrics
from gateway.pipeline.params import Params, params_of, params_of_body
from gateway.pipeline.plan_cache import PlannedOperation
from gateway.pipeline.planning import PlanningThread
from gateway.pipeline.respond import payload_of, payload_of_error, to_request_error
from gateway.pipeline.under_way import Done, RequestDeadlines, RequestUnderWay
from gateway.pipeline.variables import are_large
from gateway.planner import QueryPlan
from gateway.subscriptions.port import Client, OperationRefused, Refused, Undecided
from gateway.supergraph.authorization import NOTHING

Ended = Callable[[Response | Exception], None]

_NO_VARIABLES: Final[Mapping[str, Any]] = {}


@dataclass(slots=True)
class Job:
    """An operation that may run.

    Attributes:
        refusals: errors of fields that its client may not see.
        expires_at: when what its client is granted ends.
    """

    generation: Generation
    planned: PlannedOperation
    compiled: CompiledPlan | None
    variables: Mapping[str, Any]
    refusals: Sequence[dict[str, Any]] = ()
    expires_at: datetime | None = None

    @property
    def plan(self) -> QueryPlan:
        return self.planned.plan


@dataclass(frozen=True, slots=True)
class Unplanned:
    """An operation that is still to be planned, or of whose variables much is to be read.

    `granted` is None where it is still to be found out.
    """

    generation: Generation
    labels: frozenset[str]
    params: Params
    granted: Granted | None


class Pipeline:
    """Runs operations on the supergraph in service when they arrive.

    Args:
        current: the generation in service, or None before there is one.
        problem: why there is none.
        authorizer: judges every request, and says what its client is granted.
    """

    def __init__(
        self,
        config: GatewayConfig,
        current: Callable[[], Generation | None],
        problem: Callable[[], str],
        metrics: GatewayMetrics,
        authorizer: Authorizer,
    ) -> None:
        self._config = config
        self._current = current
        self._problem = problem
        self._metrics = metrics
        self._authorizer = authorizer
        self._seconds = config.request_timeout.total_seconds()
        self._mutations: set[asyncio.Task[Response]] = set()
        self._deadlines = RequestDeadlines(self._seconds)
        self._thread = PlanningThread(config.limits.planning.total_seconds(), config.limits.plannings)

    def look_up(self, params: Params, client: Client) -> Job | Unplanned:
        """Everything before the first fetch, where no waiting is needed. Raises RequestError."""
        with self._counted():
            generation = self._generation()
            return self._look_up(generation, params, self._known(generation, client))

    def look_up_body(self, body: bytes, client: Client) -> Job | Unplanned:
        """The same for the body of a POST. Raises RequestError.

        Bodies without variables come again and again as they are; what is known of them need not be read out of
        them twice.
        """
        generation = self._current()
        granted = None
        if generation is not None:
            granted = self._known(generation, client)
            planned = None if granted is None else generation.bodies.get((body, granted.refused))
            if planned is not None and granted is not None:
                return _job(generation, planned, _NO_VARIABLES, granted)
        try:
            job = self._look_up(self._generation(), params_of_body(body, self._config.limits.values), granted)
        except Exception:
            with self._counted():
                raise
        if isinstance(job, Job) and granted is not None and job.planned.reused and job.planned.variables is None:
            job.generation.remember(body, granted.refused, job.planned)
        return job

    async def plan(self, operation: Unplanned, client: Client) -> Job:
        """Finds out what the client may see, and plans that without holding the event loop. Raises RequestError."""
        with self._counted():
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._plan(operation, client)
            except TimeoutError as error:
                raise self._too_slow() from error

    async def prepare(self, params: Params, client: Client) -> Job:
        """Everything before the first fetch. Raises RequestError."""
        found = self.look_up(params, client)
        return found if isinstance(found, Job) else await self.plan(found, client)

    async def respond(self, job: Job, client: Client) -> Response:
        """Runs a query or mutation. Raises RequestError; cancelling it cancels its fetches."""
        kind = job.plan.kind
        started = perf_counter()
        outcome = "cancelled"
        try:
            async with asyncio.timeout(self._seconds):
                response = _with(job.refusals, await _executed(job, self._context(job, client)))
            outcome = "errors" if response.errors else "ok"
            return response
        except TimeoutError as error:
            outcome = RequestTimeout.code
            raise self._too_slow() from error
        except Exception as error:
            refusal = to_request_error(error)
            outcome = refusal.code
            raise refusal from error
        finally:
            self._metrics.requested(kind, outcome, perf_counter() - started)

    def begin(self, job: Job, client: Client, done: Done) -> Callable[[], None]:
        """Runs a compiled query without a task; returns what abandons it. `done` is told once, unless it is."""
        assert job.compiled is not None
        request = RequestUnderWay(self._deadlines.on_loop(), self._metrics, done)
        ended = _adding(job.refusals, request.ended) if job.refusals else request.ended
        context = self._context(job, client) if client.headers else job.generation.bare
        request.start(job.compiled.execution(job.variables, context, ended))
        return request.abandon

    async def complete(self, job: Job, client: Client) -> Response:
        """Runs a query or mutation; a mutation that has begun is completed even when this call is cancelled.

        Raises RequestError.
        """
        work = self.respond(job, client)
        return await (self._kept(work) if job.plan.kind == "mutation" else work)

    async def stream(self, job: Job, client: Client) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the responses of an operation of any kind, as JSON. What goes wrong is a response too."""
        if job.plan.kind == "subscription":
            async with aclosing(self._subscription(job, client)) as responses:
                async for payload in responses:
                    yield payload
            return
        try:
            response = await self.complete(job, client)
        except Exception as error:
            yield payload_of_error(to_request_error(error))
        else:
            yield payload_of(response)

    async def sign_in(self, headers: Mapping[str, str]) -> datetime | None:
        """Judges the sign-in of a WebSocket as every request is judged; see `gateway.subscriptions.Authenticate`."""
        generation = self._current()
        policies = frozenset[str]() if generation is None else generation.supergraph.requirements.policies
        return (await self._authorizer.ask(headers, policies)).expires_at

    async def run(self, payload: Mapping[str, Any], client: Client) -> AsyncGenerator[dict[str, Any], None]:
        """See `gateway.subscriptions.Operations`."""
        try:
            job = await self.prepare(params_of(payload), client)
        except Exception as error:
            raise OperationRefused(to_request_error(error).errors()) from error
        async with aclosing(self.stream(job, client)) as responses:
            async for response in responses:
                yield response

    async def finish(self, seconds: float) -> None:
        """Waits for mutations whose clients have left, then cancels what is still running."""
        self._deadlines.close()
        self._thread.close()
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
        events = execute_subscription(job.plan, job.variables, self._context(job, client), job.compiled)
        try:
            async with aclosing(events):
                async for response in events:
                    yield payload_of(_with(job.refusals, response))
            outcome = "ok"
        except Exception as error:
            refusal = to_request_error(error)
            outcome = refusal.code
            yield payload_of_error(refusal)
        finally:
            self._metrics.stream_closed("subscription")
            self._metrics.requested("subscription", outcome)

    def _generation(self) -> Generation:
        generation = self._current()
        if generation is None:
            raise Unavailable(self._problem())
        return generation

    def _known(self, generation: Generation, client: Client) -> Granted | None:
        """What a client is granted; None where that takes waiting. Raises RequestError."""
        try:
            grants = self._authorizer.known(client.headers, generation.supergraph.requirements.policies)
        except (Refused, Undecided) as error:
            refusal = to_request_error(error)
            self._metrics.requested("unknown", refusal.code)
            raise refusal from error
        if grants is NOTHING:
            return generation.ungranted
        return None if grants is None else Granted.of(grants, generation.supergraph.requirements)

    def _look_up(self, generation: Generation, params: Params, granted: Granted | None) -> Job | Unplanned:
        labels = generation.labels.draw(random)
        if granted is not None:
            key = (params.query, params.operation_name, labels, granted.refused)
            planned = generation.plans.known(key) or generation.plans.at_once(key, self._thread)
            if planned is not None and not _has_large_variables(planned, params):
                return _job(generation, planned, _variables(planned, params), granted)
        return Unplanned(generation, labels, params, granted)

    async def _plan(self, operation: Unplanned, client: Client) -> Job:
        generation, params, granted = operation.generation, operation.params, operation.granted
        if granted is None:
            requirements = generation.supergraph.requirements
            granted = Granted.of(await self._authorizer.ask(client.headers, requirements.policies), requirements)
        key = (params.query, params.operation_name, operation.labels, granted.refused)
        planned = await generation.plans.find(key, self._thread)
        if _has_large_variables(planned, params):
            variables = await self._thread.start(lambda _: _variables(planned, params))
        else:
            variables = _variables(planned, params)
        return _job(generation, planned, variables, granted)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Turns what is raised into a RequestError, and counts it."""
        try:
            yield
        except RequestError as known:
            self._metrics.requested("unknown", known.code)
            raise
        except Exception as error:
            refusal = to_request_error(error)
            self._metrics.requested("unknown", refusal.code)
            raise refusal from error

    def _too_slow(self) -> RequestTimeout:
        return RequestTimeout(f"The request took longer than {self._seconds:g} s")

    def _context(self, job: Job, client: Client) -> ExecutionContext:
        transports: Mapping[str, SubgraphTransport] = job.generation.transports
        if job.plan.kind == "subscription" and client.init_payload:
            transports = {
                name: transport.with_init_payload(client.init_payload)
                for name, transport in job.generation.transports.items()
            }
        bare, compute = job.generation.bare, self._thread.start
        return ExecutionContext(bare.supergraph, transports, client.headers, bare.mask_errors, bare.direct, compute)


def _has_large_variables(planned: PlannedOperation, params: Params) -> bool:
    """Whether to read its variables would hold the event loop."""
    return planned.variables is not None and are_large(params.variables)


def _variables(planned: PlannedOperation, params: Params) -> Mapping[str, Any]:
    return _NO_VARIABLES if planned.variables is None else planned.variables.read(params.variables)


def _job(generation: Generation, planned: PlannedOperation, variables: Mapping[str, Any], granted: Granted) -> Job:
    """Raises AccessRefused where nothing is left to do."""
    compiled = planned.compiled() or planned.laid_out()
    job = Job(generation, planned, compiled, variables, expires_at=granted.grants.expires_at)
    if planned.plan.refusals:
        job.refusals = refusal_errors(planned.plan, variables, granted.grants)
        if planned.plan.kind == "subscription" and planned.plan.node is None:
            raise AccessRefused(job.refusals)
    return job


def _adding(refusals: Sequence[dict[str, Any]], ended: Ended) -> Ended:
    """Tells of the end with the errors of the fields that were left out."""
    return lambda outcome: ended(_with(refusals, outcome) if isinstance(outcome, Response) else outcome)


def _with(refusals: Sequence[dict[str, Any]], response: Response) -> Response:
    return replace(response, errors=[*refusals, *response.errors]) if refusals else response


async def _executed(job: Job, context: ExecutionContext) -> Response:
    if job.compiled is None:
        return await execute_plan(job.plan, job.variables, context)
    return await execute_compiled(job.compiled, job.variables, context)


def _heard(task: asyncio.Task[Response]) -> None:
    """Takes note of a failure that nobody may be left to hear; `respond` has counted it."""
    if not task.cancelled():
        task.exception()
