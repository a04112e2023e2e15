"""How a handler answers, and how each answer looks on the wire (`HookOutcomeInput`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from plugin_sdk._json import plain

LONGEST_TOLD = 24 * 3600
"""Seconds; whoever is told to come back later than in a day asks again then."""
LONGEST_TEXT = 2_000
"""Characters of a text that are sent; the platform keeps no more, and an answer that is too large is not taken."""


class Reject(Exception):
    """Raise it in a handler of a validate hook to veto the change.

    Args:
        code: for programs, e.g. `STOCK_FLOOR`, of 1 to 100 characters; it reaches the caller of the mutation as it
            is. Where it is blank or longer, the veto counts all the same, under the code `BAD_REJECTION`.
        message: for people; 2,000 characters of it are told.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Retry(Exception):
    """Raise it to be given the same delivery again, after a time; earlier work of the handler stands."""

    def __init__(self, reason: str = "", *, after: timedelta | float = 0) -> None:
        super().__init__(reason)
        self.after = after if isinstance(after, timedelta) else timedelta(seconds=after)

    @classmethod
    def as_told(cls, retry_after: str | None, reason: str = "") -> Retry:
        """After the time that the `Retry-After` of an HTTP answer (429, 503) says; a minute where it says none.

        Args:
            retry_after: the header: seconds, or a date.
        """
        return cls(reason, after=_waits(retry_after, datetime.now(UTC)))


def _waits(retry_after: str | None, now: datetime) -> timedelta:
    given = (retry_after or "").strip()
    if given.isascii() and given.isdigit():
        return timedelta(seconds=min(int(given), LONGEST_TOLD))
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return timedelta(minutes=1)
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), timedelta(seconds=LONGEST_TOLD))


class Amend:
    """Return it from a handler of a validate hook to change what the caller asked for.

    Args:
        changes: new values by the name of the flow's parameter; the platform validates them like input.
        fields: the same, as keywords.
    """

    def __init__(self, changes: Mapping[str, Any] | None = None, **fields: Any) -> None:
        self.changes: dict[str, Any] = {**(changes or {}), **fields}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Amend) and other.changes == self.changes

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.changes)))

    def __repr__(self) -> str:
        return f"Amend({self.changes!r})"


@dataclass(frozen=True)
class Complete:
    """The handler returned."""

    result: Any = None


@dataclass(frozen=True)
class Rejected:
    """The handler vetoed."""

    code: str
    message: str


@dataclass(frozen=True)
class Failed:
    """This attempt failed; the platform tries again on its schedule."""

    message: str


@dataclass(frozen=True)
class RetryLater:
    """The handler asked to be given the delivery again."""

    after: timedelta = timedelta(0)


@dataclass(frozen=True)
class Extend:
    """Still at work: move the end of the lease.

    Attributes:
        keep: hold the lease although the subscription ends.
    """

    seconds: float
    keep: bool = False


Outcome = Complete | Rejected | Failed | RetryLater
"""What ends an attempt."""


def is_final(outcome: Outcome) -> bool:
    """Whether the delivery itself ends with it, so that it counts from an older attempt too."""
    return isinstance(outcome, Complete | Rejected)


def of_return(value: Any) -> Outcome:
    """The outcome of a handler that returned.

    A `Reject` or `Retry` that was returned means what it means raised: a forgotten `raise` must not let
    through what the author wanted stopped.
    """
    if isinstance(value, Reject | Retry):
        return of_exception(value)
    return Complete(plain(value.changes if isinstance(value, Amend) else value))


def of_exception(error: Exception) -> Outcome:
    """The outcome of a handler that raised."""
    match error:
        case Reject(code=code, message=message):
            return Rejected(shortened(code), shortened(message))
        case Retry(after=after):
            return RetryLater(after)
        case _:
            return Failed(shortened(f"{type(error).__name__}: {error}"))


def shortened(text: object) -> str:
    """What is sent of a text: whatever an author gave for one, it must not keep a veto from being taken."""
    given = "" if text is None else str(text)
    return given[:LONGEST_TEXT].encode(errors="replace").decode()


def to_input(outcome: Outcome | Extend) -> dict[str, Any]:
    """The `HookOutcomeInput` of an outcome."""
    match outcome:
        case Complete(result=result):
            return {"complete": {"result": result}}
        case Rejected(code=code, message=message):
            return {"reject": {"code": code, "message": message}}
        case Failed(message=message):
            return {"fail": {"message": message}}
        case RetryLater(after=after):
            return {"retry": {"afterSeconds": max(0.0, after.total_seconds())}}
        case Extend(seconds=seconds, keep=keep):
            kept = {"keep": True} if keep else {}
            return {"extend": {"seconds": max(0.0, round(seconds, 3)), **kept}}
