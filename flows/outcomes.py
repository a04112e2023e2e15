"""What a plugin may say of a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Complete:
    """Done; `result` is checked against the hook's result model."""

    result: Any = None


@dataclass(frozen=True)
class Reject:
    """A veto (validate hooks only), under the plugin's own code and message."""

    code: str
    message: str


@dataclass(frozen=True)
class Fail:
    """This attempt failed; it is tried again after a back-off."""

    message: str


@dataclass(frozen=True)
class Retry:
    """Not now: try again after so many seconds."""

    after_seconds: float


@dataclass(frozen=True)
class Extend:
    """Still at it: hold the lease for so many seconds more.

    Attributes:
        keep: hold it although the subscription that it was granted by ends: a draining worker finishes what it has.
    """

    seconds: float
    keep: bool = False


Outcome = Complete | Reject | Fail | Retry | Extend
