"""One run of a compiled plan: its data so far, its errors, its calls under way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gateway.executor.compiled.project import UNUSUAL
from gateway.executor.compiled.single import no_transport
from gateway.executor.compiled.steps import Then
from gateway.executor.context import ExecutionContext, Response
from gateway.executor.error_log import ErrorLog, Location
from gateway.executor.gather import Gatherer
from gateway.executor.project import Projector
from gateway.executor.transport import SubgraphResponse, TransportError
from gateway.executor.transports.call import Call
from gateway.planner.nodes import Request

if TYPE_CHECKING:
    from gateway.executor.compiled.places import Objects
    from gateway.executor.compiled.plan import CompiledPlan

Done = Callable[[Response | Exception], None]


class Execution:
    """Runs a compiled plan without a task. `done` is told the response once, unless `cancel` comes first.

    Args:
        variables: the client's, already valid for the operation.
        done: is also told of a mistake of the gateway itself, as the exception that it raised.
    """

    __slots__ = ("_calls", "_done", "_found", "_plan", "context", "data", "gatherer", "log", "variables")

    def __init__(self, plan: CompiledPlan, variables: Mapping[str, Any], context: ExecutionContext, done: Done) -> None:
        self.data: dict[str, Any] = {}
        self.log = ErrorLog(context.mask_errors)
        self.variables = variables
        self.context = context
        self.gatherer = Gatherer({**plan.defaults, **variables} if plan.defaults else variables)
        self._plan = plan
        self._done: Done | None = done
        self._calls: set[FetchCall] = set()
        self._found: list[Objects | None] = []
        self.forget_places()

    def start(self) -> None:
        """Sends the first requests."""
        try:
            if self._plan.step is None:
                self._finish()
            else:
                self._plan.step.start(self, self._finish)
        except Exception as error:
            self.crash(error)

    def cancel(self) -> None:
        """Abandons it and its calls."""
        self._done = None
        calls, self._calls = self._calls, set()
        for call in calls:
            call.cancel()

    def crash(self, error: Exception) -> None:
        """Ends it with a mistake of the gateway itself."""
        done = self._done
        self.cancel()
        if done is not None:
            done(error)

    # For steps

    def objects(self, place: int) -> Objects:
        """The objects at a path, by its number."""
        return self._plan.places.find(place, self._found)

    def forget_places(self) -> None:
        """Has paths looked up anew: there may be more at their ends than there was."""
        self._found = [[self.data], *([None] * (len(self._plan.places) - 1))]

    def send(self, call: FetchCall) -> None:
        """Hands a call to the transport of its subgraph."""
        transport = self.context.transport(call.fetch.service)
        if transport is None:
            call.take_failure(no_transport(call.fetch.service))
            return
        self._calls.add(call)
        transport.start(call)

    def received(self, call: FetchCall) -> bool:
        """Whether anybody still wants what a call brought."""
        self._calls.discard(call)
        return self._done is not None

    def _finish(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(Response(self._projected(), self.log.errors))

    def _projected(self) -> dict[str, Any] | None:
        plan = self._plan
        try:
            return plan.project(self.data, plan.flags.values(self.gatherer.conditions) if plan.conditional else ())
        except UNUSUAL:
            return Projector(self.log, self.gatherer.holds, self.context.supergraph.model).project(
                self.data, plan.output
            )


class FetchCall(Call):
    """A call of an execution."""

    __slots__ = ("_then", "execution")

    def __init__(self, execution: Execution, request: Request, body: bytes, then: Then) -> None:
        super().__init__(request, body, execution.context.headers)
        self.execution = execution
        self._then = then

    @abstractmethod
    def merge(self, data: dict[str, Any]) -> None:
        """Takes an answer without errors."""

    @abstractmethod
    def merge_unusual(self, response: SubgraphResponse) -> None:
        """Takes any answer."""

    @abstractmethod
    def locations(self) -> list[Location]:
        """What is missing without an answer."""

    def take_data(self, data: dict[str, Any]) -> None:
        if self.execution.received(self):
            try:
                self.merge(data)
                self._then()
            except Exception as error:
                self.execution.crash(error)

    def take_response(self, response: SubgraphResponse) -> None:
        if self.execution.received(self):
            try:
                self.merge_unusual(response)
                self._then()
            except Exception as error:
                self.execution.crash(error)

    def take_failure(self, error: TransportError) -> None:
        if self.execution.received(self):
            try:
                locations = self.locations()
                self.execution.log.add(error.message, error.code, error.service, locations[0] if locations else None)
                self.execution.log.cover(locations)
                self._then()
            except Exception as mistake:
                self.execution.crash(mistake)

    def take_crash(self, error: Exception) -> None:
        if self.execution.received(self):
            self.execution.crash(error)
