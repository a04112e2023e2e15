"""The nodes that ask: what they send, and what they do with what comes back."""

from __future__ import annotations

from typing import Any

from gateway.executor.compiled.bodies import BodyTemplate
from gateway.executor.compiled.execution import Execution, FetchCall
from gateway.executor.compiled.represent import Represent, Slot
from gateway.executor.compiled.restore import restore
from gateway.executor.compiled.scatter import scatter
from gateway.executor.compiled.steps import Then
from gateway.executor.contextual import Asked, ask, variables
from gateway.executor.entities import take_entities
from gateway.executor.error_log import Location
from gateway.executor.gather import objects_at
from gateway.executor.introspect import introspect
from gateway.executor.merge import apply_renames, merge_object
from gateway.executor.roots import take_root
from gateway.executor.transport import SubgraphResponse
from gateway.planner.nodes import ContextFetch, EntityCall, Fetch, Introspection, Request
from gateway.wire.json import dumps


class RootStep:
    """Fields of a root type."""

    def __init__(self, node: Fetch) -> None:
        self.node = node
        self.body = BodyTemplate(node.request)

    def start(self, execution: Execution, then: Then) -> None:
        node = self.node
        if node.path and not any(True for _ in objects_at(execution.data, node.path)):
            then()
            return
        execution.send(_RootCall(execution, node.request, self.body.fill(execution.variables), then, self))


class _RootCall(FetchCall):
    __slots__ = ("_step",)

    def __init__(self, execution: Execution, request: Request, body: bytes, then: Then, step: RootStep) -> None:
        super().__init__(execution, request, body, then)
        self._step = step

    def merge(self, data: dict[str, Any]) -> None:
        node = self._step.node
        if node.path:
            self.merge_unusual(SubgraphResponse(data))
            return
        if node.renames:
            apply_renames(data, node.renames)
        merge_object(self.execution.data, data)
        self.execution.forget_places()

    def merge_unusual(self, response: SubgraphResponse) -> None:
        take_root(self.execution.log, self.execution.data, self._step.node, response)
        self.execution.forget_places()

    def locations(self) -> list[Location]:
        node = self._step.node
        places = [location for _, location in objects_at(self.execution.data, node.path)]
        return [(*place, key) for place in places for key in node.keys]


class CompiledCall:
    """One `_entities` field: how its representations are made."""

    def __init__(self, call: EntityCall, represent: list[Represent], places: list[int]) -> None:
        self.call = call
        self.targets = tuple(zip(represent, places, strict=True))

    def gather(self, execution: Execution) -> tuple[list[bytes], list[Slot]]:
        """The representations as JSON, and who waits for each."""
        if self.call.guards and not execution.gatherer.holds(self.call.guards):
            return [], []
        slots: dict[Any, Slot] = {}
        texts: list[bytes] = []
        for represent, place in self.targets:
            represent(execution.objects(place), slots, texts, execution.gatherer)
        return texts, list(slots.values())


class EntityStep:
    """One request with the representations of one call or several."""

    def __init__(self, request: Request, calls: list[CompiledCall]) -> None:
        self.request = request
        self.calls = calls
        self.body = BodyTemplate(request, [call.call.variable for call in calls])

    def start(self, execution: Execution, then: Then) -> None:
        gathered = [call.gather(execution) for call in self.calls]
        if execution.log.errors:
            self._excuse_skipped(execution)
        texts = [item[0] for item in gathered]
        if not any(texts):
            then()
            return
        body = self.body.fill(execution.variables, texts)
        execution.send(_EntitiesCall(execution, self.request, body, then, self, [item[1] for item in gathered]))

    def _excuse_skipped(self, execution: Execution) -> None:
        """What an object lacks because something failed is told once, not again for what it was needed for."""
        log = execution.log
        for call in self.calls:
            skipped = execution.gatherer.batch(execution.data, call.call).skipped
            log.cover([place for place in skipped if log.covers(place)])


class _EntitiesCall(FetchCall):
    __slots__ = ("_slots", "_step")

    def __init__(
        self,
        execution: Execution,
        request: Request,
        body: bytes,
        then: Then,
        step: EntityStep,
        slots: list[list[Slot]],
    ) -> None:
        super().__init__(execution, request, body, then)
        self._step = step
        self._slots = slots

    def merge(self, data: dict[str, Any]) -> None:
        pairs = list(zip(self._step.calls, self._slots, strict=True))
        if not all(_fits(data.get(call.call.alias), len(slots)) for call, slots in pairs if slots):
            self.merge_unusual(SubgraphResponse(data))
            return
        for call, slots in pairs:
            if slots:
                found = data[call.call.alias]
                if call.call.renames:
                    apply_renames(found, call.call.renames)
                if scatter(found, slots, call.call.distinct):
                    self.execution.forget_places()

    def merge_unusual(self, response: SubgraphResponse) -> None:
        batches = [
            (call.call, restore(self.execution.data, call.call, slots, len(slots)))
            for call, slots in zip(self._step.calls, self._slots, strict=True)
        ]
        take_entities(self.execution.log, self.fetch.service, batches, response)
        self.execution.forget_places()

    def locations(self) -> list[Location]:
        return [
            location
            for call, slots in zip(self._step.calls, self._slots, strict=True)
            for location in restore(self.execution.data, call.call, slots, len(slots)).locations()
        ]


class ContextStep:
    """One request with entity calls that have arguments from contexts; what they are is known when it is sent."""

    def __init__(self, node: ContextFetch) -> None:
        self._node = node

    def start(self, execution: Execution, then: Then) -> None:
        asked = ask(self._node, execution.data, execution.gatherer, execution.log)
        if asked is None:
            then()
        else:
            execution.send(_ContextualCall(execution, asked, then))


class _ContextualCall(FetchCall):
    __slots__ = ("_asked",)

    def __init__(self, execution: Execution, asked: Asked, then: Then) -> None:
        body = dumps({"query": asked.request.query, "variables": variables(asked, execution.variables)})
        super().__init__(execution, asked.request, body, then)
        self._asked = asked

    def merge(self, data: dict[str, Any]) -> None:
        self.merge_unusual(SubgraphResponse(data))

    def merge_unusual(self, response: SubgraphResponse) -> None:
        take_entities(self.execution.log, self.fetch.service, self._asked.batches, response)
        self.execution.forget_places()

    def locations(self) -> list[Location]:
        return [location for _, batch in self._asked.batches for location in batch.locations()]


def _fits(found: object, count: int) -> bool:
    """One object or null for each representation."""
    return type(found) is list and len(found) == count and all(type(item) is dict or item is None for item in found)


class IntrospectionStep:
    """Root fields that the API schema itself answers."""

    def __init__(self, node: Introspection) -> None:
        self._node = node

    def start(self, execution: Execution, then: Then) -> None:
        schema = execution.context.supergraph.api_schema
        introspect(execution.log, execution.data, self._node, schema, execution.variables)
        then()


__all__ = ["CompiledCall", "ContextStep", "EntityStep", "IntrospectionStep", "RootStep"]
