"""Refusals that several flows give."""

from __future__ import annotations

from flows.schema import Refusal


def no_plugin(tag: str, field: tuple[str, ...]) -> Refusal:
    """There is no such plugin."""
    return Refusal("NOT_FOUND", f"There is no plugin {tag[:80]!r}.", field)


def no_connection(id: str, field: tuple[str, ...] = ("connectionId",)) -> Refusal:
    """There is no such connection, or it was ended."""
    return Refusal("NOT_FOUND", f"There is no connection {id[:300]!r} that stands.", field)
