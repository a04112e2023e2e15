"""Runs a plan's nodes: sends what can be sent at once, merges what comes back, notes what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from graphql import execute_sync, parse

from gateway.executor.context import ExecutionContext
from gateway.executor.error_log import ErrorLog, Location
from gateway.executor.gather import Batch, Gatherer, Waiting, objects_at
from gateway.executor.merge import apply_renames, merge_object
from gateway.executor.subgraph_errors import report
from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.planner.nodes import (
    BatchFetch,
    Condition,
    EntityCall,
    EntityFetch,
    Fetch,
    Introspection,
    Node,
    Parallel,
    Request,
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
            case EntityFetch(request, call):
                await self._entities(request, (call,))
            case BatchFetch(request, calls):
                await self._entities(request, calls)
            case Introspection():
                self._introspect(node)
            case SubscriptionNode():
                raise TypeError("a subscription is run by execute_subscription")

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
        service = node.request.service
        apply_renames(response.data, node.renames)
        places = list(objects_at(self.data, node.path))
        aliases = {rename.alias: rename.key for rename in node.renames}
        for error in response.errors:
            report(self.log, service, error, aliases, [location for _, location in places])
        if isinstance(response.data, dict):
            for place, _ in places:
                merge_object(place, response.data)
            return
        locations = [(*location, key) for _, location in places for key in node.keys]
        if not response.errors:
            problem = "answered without data" if response.data is None else "gave data that is not an object"
            self.log.add(f"Subgraph {service} {problem}.", "INVALID_SUBGRAPH_RESPONSE", service, _first(locations))
        self.log.cover(locations)

    def _introspect(self, node: Introspection) -> None:
        variables = {key: self._variables[key] for key in node.request.variables if key in self._variables}
        document = parse(node.request.query)
        result = execute_sync(self._context.supergraph.api_schema, document, variable_values=variables)
        for error in result.errors or ():
            self.log.add(error.message, "INTROSPECTION_FAILED", None, tuple(error.path or node.keys[:1]))
        merge_object(self.data, result.data or {})

    # Entities

    async def _entities(self, request: Request, calls: tuple[EntityCall, ...]) -> None:
        batches = [(call, self.gatherer.batch(self.data, call.targets)) for call in calls]
        # What an object lacks because something failed is told once, not again for what it was needed for.
        self.log.cover([place for _, batch in batches for place in batch.skipped if self.log.covers(place)])
        if not any(batch.representations for _, batch in batches):
            return
        extra = {call.variable: batch.representations for call, batch in batches}
        locations = [location for _, batch in batches for location in batch.locations()]
        response = await self._send(request, extra, locations)
        if response is None:
            return
        self._report_entity_errors(request.service, batches, response)
        for call, batch in batches:
            if batch.representations:
                self._take_entities(request.service, call, batch, response)

    def _report_entity_errors(
        self, service: str, batches: list[tuple[EntityCall, Batch]], response: SubgraphResponse
    ) -> None:
        by_alias = {call.alias: (call, batch) for call, batch in batches}
        anywhere = [location for _, batch in batches for location in batch.locations()]
        for error in response.errors:
            path = error.get("path") if isinstance(error, dict) else None
            found = by_alias.get(path[0]) if isinstance(path, list) and path else None
            if found is None or path is None:
                report(self.log, service, _pathless(error), {}, anywhere[:1])
                continue
            call, batch = found
            aliases = {rename.alias: rename.key for rename in call.renames}
            position = path[1] if len(path) > 1 else None
            known = isinstance(position, int) and 0 <= position < len(batch.waiting)
            places = list(batch.locations(position if known else None))
            report(self.log, service, {**error, "path": path[2:]}, aliases, places if known else places[:1])
            if not known:
                self.log.cover(places)

    def _take_entities(self, service: str, call: EntityCall, batch: Batch, response: SubgraphResponse) -> None:
        found = response.data.get(call.alias) if isinstance(response.data, dict) else None
        if not isinstance(found, list) or len(found) != len(batch.waiting):
            if not response.errors:
                self.log.add(
                    f"Subgraph {service} did not answer with one entity for each of those it was asked for.",
                    "INVALID_SUBGRAPH_RESPONSE",
                    service,
                    _first(list(batch.locations())),
                )
            self.log.cover(batch.locations())
            return
        apply_renames(found, call.renames)
        for entity, targets in zip(found, batch.waiting, strict=True):
            if isinstance(entity, dict):
                _scatter(entity, targets)
            elif entity is not None:
                self.log.add(
                    f"Subgraph {service} gave an entity that is not an object.",
                    "INVALID_SUBGRAPH_RESPONSE",
                    service,
                    targets[0].location,
                )
                self.log.cover(target.location for target in targets)

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


def _scatter(entity: dict[str, Any], targets: list[Waiting]) -> None:
    """Gives the entity to all who wait for it.

    Objects at one path may share what lies below it, since all that follows treats them alike. Those at
    another path get a copy: there the same key can stand for something else.
    """
    copies = {targets[0].group: entity}
    for target in targets:
        if target.group not in copies:
            copies[target.group] = deepcopy(entity)
    for target in targets:
        merge_object(target.object, copies[target.group])


def _first(locations: list[Location]) -> Location | None:
    return locations[0] if locations else None


def _pathless(error: Any) -> Any:
    return {key: value for key, value in error.items() if key != "path"} if isinstance(error, dict) else error
