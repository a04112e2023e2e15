"""A plan that is one root fetch: its run is its call, and its data are what the subgraph sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gateway.executor.compiled.project import UNUSUAL, Unusual
from gateway.executor.context import ExecutionContext, Response
from gateway.executor.error_log import ErrorLog
from gateway.executor.gather import Gatherer
from gateway.executor.project import Projector
from gateway.executor.roots import take_root
from gateway.executor.transport import SubgraphResponse, TransportError
from gateway.executor.transports.call import Call
from gateway.planner.nodes import Fetch
from gateway.wire.json import JSONError, loads_approximately

if TYPE_CHECKING:
    from gateway.executor.compiled.fetches import RootStep
    from gateway.executor.compiled.plan import CompiledPlan


class SingleFetch(Call):
    """Runs such a plan as `Execution` would."""

    __slots__ = ("_context", "_done", "_node", "_plan", "_variables")

    def __init__(
        self,
        plan: CompiledPlan,
        step: RootStep,
        variables: Mapping[str, Any],
        context: ExecutionContext,
        done: Callable[[Response | Exception], None],
    ) -> None:
        super().__init__(step.node.request, step.body.fill(variables), context.headers)
        self._plan = plan
        self._node = step.node
        self._variables = variables
        self._context = context
        self._done: Callable[[Response | Exception], None] | None = done

    def start(self) -> None:
        """Sends the request."""
        context, service = self._context, self.fetch.service
        transport = context.direct.get(service) or context.transport(service)
        if transport is None:
            self.take_failure(no_transport(service))
        else:
            transport.start(self)

    def cancel(self) -> None:
        """Abandons it."""
        if self._done is not None:
            self._done = None
            super().cancel()

    def answered(self, status: int, content_type: bytes, body: bytes) -> None:
        """An HTTP response came. Numbers need be exact only where an answer may hold floats: what takes none tells."""
        plan = self._plan
        done = self._done
        if done is None or plan.takes_floats:
            super().answered(status, content_type, body)
            return
        try:
            value = loads_approximately(body)
            data = value["data"]
            if type(data) is not dict or "errors" in value:
                raise Unusual
            shown = self._shown(data)
        except (*UNUSUAL, JSONError):
            super().answered(status, content_type, body)
        else:
            self._done = None
            observer = self.observer
            if observer is not None:
                observer.fetched(self.fetch.service, "ok", perf_counter() - self.started)
            done(Response(shown))

    def take_data(self, data: dict[str, Any]) -> None:
        done = self._done
        if done is None:
            return
        try:
            shown = self._shown(data)
        except UNUSUAL:
            self.take_response(SubgraphResponse(data))
        else:
            self._done = None
            done(Response(shown))

    def take_response(self, response: SubgraphResponse) -> None:
        def take(log: ErrorLog, data: dict[str, Any]) -> None:
            take_root(log, data, self._node, response)

        self._end(take)

    def take_failure(self, error: TransportError) -> None:
        def take(log: ErrorLog, _: dict[str, Any]) -> None:
            keys = self._node.keys
            log.add(error.message, error.code, error.service, (keys[0],) if keys else None)
            log.cover((key,) for key in keys)

        self._end(take)

    def take_crash(self, error: Exception) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(error)

    def _end(self, take: Callable[[ErrorLog, dict[str, Any]], None]) -> None:
        """Has an answer of any kind taken and read by the interpreting modules."""
        done, self._done = self._done, None
        if done is None:
            return
        log = ErrorLog(self._context.mask_errors)
        data: dict[str, Any] = {}
        try:
            take(log, data)
            gatherer = Gatherer(self._conditions())
            shown = Projector(log, gatherer.holds, self._context.supergraph.model).project(data, self._plan.output)
        except Exception as error:
            done(error)
        else:
            done(Response(shown, log.errors))

    def _shown(self, data: dict[str, Any]) -> dict[str, Any]:
        """The client's answer: the data themselves where they look like it. Raises one of UNUSUAL."""
        plan = self._plan
        if plan.in_place is not None:
            try:
                plan.in_place(data)
            except UNUSUAL:
                pass
            else:
                return data
        return plan.project(data, plan.flags.values(self._conditions()) if plan.conditional else ())

    def _conditions(self) -> Mapping[str, Any]:
        defaults = self._plan.defaults
        return {**defaults, **self._variables} if defaults else self._variables


def no_transport(service: str) -> TransportError:
    """A plan names a subgraph that nobody can reach."""
    return TransportError("SUBGRAPH_UNKNOWN", "No transport leads to this subgraph.", service)


def is_single(node: Fetch) -> bool:
    """Whether nothing has to be renamed or found before this fetch's data can be read."""
    return not node.path and not node.renames
