"""One difference between two schemas."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeLevel(StrEnum):
    """What a change can do to operations that were written for the old schema; the gravest first."""

    BREAKING = "breaking"
    """Some of them fail."""
    DANGEROUS = "dangerous"
    """They go on to work, and may meet with what they do not expect."""
    SAFE = "safe"
    """None of them notices."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        code: what kind of change, such as FIELD_REMOVED.
        message: a sentence that names the element.
        coordinate: the element, in the old schema where it was removed, in the new one where it was added.
    """

    level: ChangeLevel
    code: str
    message: str
    coordinate: str | None
