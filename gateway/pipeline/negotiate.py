"""Which media type a client is answered in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
EVENT_STREAM: Final = "text/event-stream"
MULTIPART: Final = "multipart/mixed"

SINGLE: Final = (RESPONSE_JSON, JSON, EVENT_STREAM, MULTIPART)
"""For one response, best first."""

STREAMS: Final = (EVENT_STREAM, MULTIPART)
"""For subscriptions. They have to be named: who asks for anything does not expect a body without end."""


@dataclass(frozen=True, slots=True)
class _Range:
    media: str
    quality: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """The media ranges of one Accept header."""

    ranges: tuple[_Range, ...]

    def single(self) -> str | None:
        """The type for one response, or None where none is acceptable."""
        if not self.ranges:
            return RESPONSE_JSON
        named = self._best(SINGLE)
        anything = max((range.quality for range in self.ranges if range.media in ("*/*", "application/*")), default=0.0)
        if named is None or anything > self._quality(named):
            return RESPONSE_JSON if anything > 0 else named
        return named

    def stream(self) -> str | None:
        """The type for a subscription, or None where the client named none."""
        return self._best(STREAMS)

    def page(self) -> bool:
        """Whether a browser asks for a page."""
        return self._quality("text/html") > 0

    def _best(self, offers: Sequence[str]) -> str | None:
        best = max(offers, key=self._quality)
        return best if self._quality(best) > 0 else None

    def _quality(self, media: str) -> float:
        return max((range.quality for range in self.ranges if range.media == media), default=0.0)


def parse_accept(header: str | None) -> Accepted:
    """Reads an Accept header; what makes no sense in it is passed over."""
    ranges = (_range(part) for part in (header or "").split(",") if "/" in part)
    return Accepted(tuple(ranges))


def _range(part: str) -> _Range:
    media, *params = part.split(";")
    quality = 1.0
    for param in params:
        name, _, value = param.partition("=")
        if name.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
    return _Range(media.strip().lower(), quality)
