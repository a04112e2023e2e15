"""Takes what a subgraph answered to `_entities`: its errors first, then the entities themselves."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from gateway.executor.error_log import ErrorLog
from gateway.executor.gather import Batch, Waiting
from gateway.executor.merge import apply_renames, merge_object
from gateway.executor.subgraph_errors import report
from gateway.executor.transport import SubgraphResponse
from gateway.executor.transports import codes
from gateway.planner.nodes import EntityCall


def take_entities(
    log: ErrorLog, service: str, batches: list[tuple[EntityCall, Batch]], response: SubgraphResponse
) -> None:
    """Gives every object that waits what came for it, and notes what did not come."""
    _report_errors(log, service, batches, response)
    for call, batch in batches:
        if batch.representations:
            _take_call(log, service, call, batch, response)


def _report_errors(
    log: ErrorLog, service: str, batches: list[tuple[EntityCall, Batch]], response: SubgraphResponse
) -> None:
    by_alias = {call.alias: (call, batch) for call, batch in batches}
    anywhere = [location for _, batch in batches for location in batch.locations()]
    for error in response.errors:
        path = error.get("path") if isinstance(error, dict) else None
        found = by_alias.get(path[0]) if isinstance(path, list) and path else None
        if found is None or path is None:
            report(log, service, _pathless(error), {}, anywhere[:1])
            continue
        call, batch = found
        aliases = {rename.alias: rename.key for rename in call.renames}
        position = path[1] if len(path) > 1 else None
        known = isinstance(position, int) and 0 <= position < len(batch.waiting)
        places = list(batch.locations(position if known else None))
        report(log, service, {**error, "path": path[2:]}, aliases, places if known else places[:1])
        if not known:
            log.cover(places)


def _take_call(log: ErrorLog, service: str, call: EntityCall, batch: Batch, response: SubgraphResponse) -> None:
    found = response.data.get(call.alias) if isinstance(response.data, dict) else None
    if not isinstance(found, list) or len(found) != len(batch.waiting):
        if not response.errors:
            log.add(
                f"Subgraph {service} did not answer with one entity for each of those it was asked for.",
                codes.INVALID_RESPONSE,
                service,
                next(batch.locations(), None),
            )
        log.cover(batch.locations())
        return
    apply_renames(found, call.renames)
    for entity, targets in zip(found, batch.waiting, strict=True):
        if isinstance(entity, dict):
            _scatter(entity, targets)
        elif entity is not None:
            log.add(
                f"Subgraph {service} gave an entity that is not an object.",
                codes.INVALID_RESPONSE,
                service,
                next((target.location for target in targets), None),
            )
            log.cover(target.location for target in targets)


def _scatter(entity: dict[str, Any], targets: list[Waiting]) -> None:
    """Gives the entity to all who wait for it.

    Objects at one path may share what lies below it, since all that follows treats them alike. Those at
    another path get a copy: there the same key can stand for something else.
    """
    if not targets:
        return
    copies = {targets[0].group: entity}
    for target in targets:
        if target.group not in copies:
            copies[target.group] = deepcopy(entity)
    for target in targets:
        merge_object(target.object, copies[target.group])


def _pathless(error: Any) -> Any:
    return {key: value for key, value in error.items() if key != "path"} if isinstance(error, dict) else error
