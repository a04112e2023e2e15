"""Takes what a subgraph answered to fields of a root type."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from gateway.executor.error_log import ErrorLog
from gateway.executor.gather import objects_at
from gateway.executor.merge import apply_renames, merge_object
from gateway.executor.subgraph_errors import report
from gateway.executor.transport import SubgraphResponse
from gateway.executor.transports import codes
from gateway.planner.nodes import Fetch


def take_root(log: ErrorLog, data: dict[str, Any], node: Fetch, response: SubgraphResponse) -> None:
    """Merges a root fetch's answer at every place it is for."""
    service = node.request.service
    apply_renames(response.data, node.renames)
    places = list(objects_at(data, node.path))
    aliases = {rename.alias: rename.key for rename in node.renames}
    for error in response.errors:
        report(log, service, error, aliases, [location for _, location in places])
    if isinstance(response.data, dict):
        for number, (place, _) in enumerate(places):
            merge_object(place, deepcopy(response.data) if node.distinct and number else response.data)
        return
    locations = [(*location, key) for _, location in places for key in node.keys]
    if not response.errors:
        problem = "answered without data" if response.data is None else "gave data that is not an object"
        first = locations[0] if locations else None
        log.add(f"Subgraph {service} {problem}.", codes.INVALID_RESPONSE, service, first)
    log.cover(locations)
