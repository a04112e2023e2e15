"""Runs a plan's nodes: sends what can be sent at once, merges what comes back, notes what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.executor.context import ExecutionContext
from gateway.executor.contextual import Asked, ask
from gateway.executor.entities import take_entities
from gateway.executor.error_log import ErrorLog, Location
from gateway.executor.gather import Gatherer, objects_at
from gateway.executor.introspect import introspect, introspect_beside
from gateway.executor.project import Projector
from gateway.executor.roots import take_root
from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.planner.nodes import (
    BatchFetch,
    Condition,
    ContextFetch,
    EntityFetch,
    Fetch,
    Introspection,
    Node,
    Parallel,
    Request,
    Selection,
    Sequence,
    SubscriptionNode,
)


class Run:
    """One execution of a plan: its data so far and its errors."""

    def __init__(self, variables: Mapping[str, Any], defaults: Mapping[str, Any], context: ExecutionContext) -> None:
        self.data: dict[str, Any] = {}
        self.log = ErrorLog(context.mask_errors)
        self.gatherer = Gatherer({**defaults, **variables})
        self._variables = variables
        self._context = context

    def projected(self, output: Selection) -> dict[str, Any] | None:
        """The client's data, once every node has run."""
        return Projector(self.log, self.gatherer.holds, self._context.supergraph.model).project(self.data, output)

    async def node(self, node: Node) -> None:
        """Runs a node to its end. Only cancellation and mistakes of the gateway itself are raised."""
        match node:
            case Sequence(nodes):
                for inner in nodes:
                    await self.node(inner)
            case Parallel(nodes):
                async with asyncio.TaskGroup() as group:
                    for inner in nodes:
                        group.create_task(self.node(inner))
            case Condition(guards, inner):
                if self.gatherer.holds(guards):
                    await self.node(inner)
            case Fetch():
                await self._fetch(node)
            case EntityFetch() | BatchFetch() | ContextFetch():
                await self._entities(node)
            case Introspection():
                await self._introspect(node)
            case SubscriptionNode():
                raise TypeError("a subscription is run by execute_subscription")

    async def _introspect(self, node: Introspection) -> None:
        schema, compute = self._context.supergraph.api_schema, self._context.compute
        if compute is None:
            introspect(self.log, self.data, node, schema, self._variables)
        else:
            await introspect_beside(self.log, self.data, node, schema, self._variables, compute)

    # Root fields

    async def _fetch(self, node: Fetch) -> None:
        places = [location for _, location in objects_at(self.data, node.path)]
        if not places:
            return
        response = await self._send(node.request, {}, [(*place, key) for place in places for key in node.keys])
        if response is not None:
            self.take_root(node, response)

    def take_root(self, node: Fetch, response: SubgraphResponse) -> None:
        """Merges a root fetch's answer at every place it is for."""
        take_root(self.log, self.data, node, response)

    # Entities

    async def _entities(self, node: EntityFetch | BatchFetch | ContextFetch) -> None:
        asked = ask(node, self.data, self.gatherer, self.log) if isinstance(node, ContextFetch) else self._asked(node)
        if asked is None:
            return
        locations = [location for _, batch in asked.batches for location in batch.locations()]
        response = await self._send(asked.request, asked.values, locations)
        if response is not None:
            take_entities(self.log, asked.request.service, asked.batches, response)

    def _asked(self, node: EntityFetch | BatchFetch) -> Asked | None:
        calls = (node.call,) if isinstance(node, EntityFetch) else node.calls
        batches = [(call, self.gatherer.batch(self.data, call)) for call in calls]
        # What an object lacks because something failed is told once, not again for what it was needed for.
        self.log.cover([place for _, batch in batches for place in batch.skipped if self.log.covers(place)])
        if not any(batch.representations for _, batch in batches):
            return None
        values = {call.variable: batch.representations for call, batch in batches}
        return Asked(node.request, values, batches)

    # Requests

    async def _send(
        self, request: Request, extra: dict[str, Any], locations: list[Location]
    ) -> SubgraphResponse | None:
        """The subgraph's answer, or None after noting why there is none."""
        try:
            transport = self._context.transports.get(request.service)
            if transport is None:
                raise TransportError("SUBGRAPH_UNKNOWN", "No transport leads to this subgraph.", request.service)
            return await transport.execute(self.request(request, extra))
        except TransportError as error:
            self.log.add(error.message, error.code, error.service, _first(locations))
            self.log.cover(locations)
            return None

    def request(self, request: Request, extra: Mapping[str, Any]) -> SubgraphRequest:
        """The request with the values of its variables."""
        values = {name: self._variables[name] for name in request.variables if name in self._variables}
        return SubgraphRequest(
            service=request.service,
            query=request.query,
            operation_name=request.operation_name,
            variables={**values, **extra},
            kind=request.kind,
            headers=self._context.headers,
        )


def _first(locations: list[Location]) -> Location | None:
    return locations[0] if locations else None
