"""What a report shows: errors and hints alike, whoever found them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.composition.result import CompositionError, Hint, Location


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        level: `error`, or a hint's `warn`, `info` or `debug`.
        notes: what belongs to the message and has a word of its own before it: (word, sentence).
        help: the way out.
    """

    level: str
    code: str
    message: str
    coordinate: str | None = None
    subgraphs: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
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
        (),
        error.help,
    )


def of_hint(hint: Hint) -> Diagnostic:
    """A hint as a finding."""
    return Diagnostic(
        hint.code.level.name.lower(), str(hint.code), hint.message, hint.coordinate, hint.subgraphs, hint.locations
    )
