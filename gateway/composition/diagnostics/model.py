"""What a report shows: errors and hints alike, whoever found them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.composition.reason import Reason
from gateway.composition.result import CompositionError, Hint, Location


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        level: `error`, or a hint's `warn`, `info` or `debug`.
        details: what the message sums up, as data.
        help: the way out.
    """

    level: str
    code: str
    message: str
    coordinate: str | None = None
    subgraphs: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    details: tuple[Reason, ...] = ()
    help: str | None = None


def of_error(error: CompositionError) -> Diagnostic:
    """An error of composition as a finding."""
    return Diagnostic(
        "error",
        str(error.code),
        error.message,
        error.coordinate,
        error.subgraphs,
        error.locations,
        details=error.details,
        help=error.help,
    )


def of_hint(hint: Hint) -> Diagnostic:
    """A hint as a finding."""
    return Diagnostic(
        hint.code.level.name.lower(), str(hint.code), hint.message, hint.coordinate, hint.subgraphs, hint.locations
    )
