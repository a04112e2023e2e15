"""Collects a request's errors with their paths in the client's terms, so that one cause is told once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Location = tuple[str | int, ...]

MASKED_MESSAGE = "Unexpected error"


class ErrorLog:
    """Errors of one request.

    A location is covered when an error has been reported that explains why its value is missing.

    Attributes:
        masks: whether what subgraphs say is kept from the client.
    """

    def __init__(self, mask: bool) -> None:
        self.errors: list[dict[str, Any]] = []
        self.masks = mask
        self._covered: set[Location] = set()
        self._above: set[Location] = set()

    def add(
        self,
        message: str,
        code: str,
        service: str | None = None,
        path: Location | None = None,
        extensions: dict[str, Any] | None = None,
    ) -> None:
        """Reports an error; `extensions` are the subgraph's own, its code wins."""
        details = {**(extensions or {})}
        details.setdefault("code", code)
        if service is not None:
            details["service"] = service
            if self.masks:
                message, details = MASKED_MESSAGE, {"code": details["code"]}
        error: dict[str, Any] = {"message": message}
        if path is not None:
            error["path"] = list(path)
            self.cover([path])
        error["extensions"] = details
        self.errors.append(error)

    def blame(self, services: tuple[str, ...], message: str, code: str, path: Location) -> None:
        """Reports a value that one of these subgraphs gave. Masked, the message stays: it tells of the API alone."""
        if len(services) != 1 or self.masks:
            self.add(message, code, None, path)
        else:
            self.add(message, code, services[0], path)

    def cover(self, locations: Iterable[Location]) -> None:
        """Notes that what is missing at or below these locations has been explained."""
        for location in locations:
            if location not in self._covered:
                self._covered.add(location)
                self._above.update(location[:length] for length in range(len(location)))

    def covers(self, location: Location) -> bool:
        """Whether an error at, above or below this location was reported."""
        if location in self._above:
            return True
        return any(location[:length] in self._covered for length in range(len(location) + 1))
