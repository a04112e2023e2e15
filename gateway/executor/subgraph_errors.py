"""Restates a subgraph's errors in the client's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.executor.error_log import ErrorLog, Location


def report(log: ErrorLog, service: str, error: Any, aliases: Mapping[str, str], places: list[Location]) -> None:
    """Adds the error once for each place that shows the object it is about.

    Args:
        error: as the subgraph gave it, its path relative to the places.
        aliases: real keys by those invented for the subgraph.
        places: where the objects stand in the response.
    """
    if not isinstance(error, dict):
        log.add(f"Subgraph {service} gave an error without a message.", "SUBGRAPH_ERROR", service)
        return
    message = error.get("message")
    text = message if isinstance(message, str) and message else f"Subgraph {service} gave an error."
    extensions = error.get("extensions")
    details = extensions if isinstance(extensions, dict) else {}
    path = error.get("path")
    below = tuple(_real(part, aliases) for part in path) if isinstance(path, list) else ()
    if not places or (not below and places == [()]):
        log.add(text, "SUBGRAPH_ERROR", service, None, details)
        return
    for place in places:
        log.add(text, "SUBGRAPH_ERROR", service, (*place, *below), details)


def _real(part: Any, aliases: Mapping[str, str]) -> str | int:
    return part if isinstance(part, int) else aliases.get(str(part), str(part))
