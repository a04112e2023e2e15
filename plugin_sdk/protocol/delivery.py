"""One delivery as the platform sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from plugin_sdk.errors import ErrorDetail

FORBIDDEN = "FORBIDDEN"


@dataclass(frozen=True)
class LinkRef:
    """A link of a connection: to an object of another service, or to an address outside."""

    name: str
    object_ref: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class ConnectionRef:
    """A connection as it was when the change was made."""

    id: str
    object_ref: str
    plugin_tag: str
    config: Mapping[str, Any]
    links: tuple[LinkRef, ...]


@dataclass(frozen=True)
class Cause:
    """What led to the change that this delivery tells of."""

    run_id: str | None = None
    delivery_id: str | None = None
    plugin_tag: str | None = None


@dataclass(frozen=True)
class Delivery:
    """One attempt of one delivery.

    Attributes:
        payload: the fields the hook selects, or None where even the payload could not be resolved.
        forbidden: the fields that this plugin may not see; they are null in the payload.
        broken: other errors in the payload. With any of them the handler must not run.
    """

    id: str
    hook_id: str
    mode: str
    attempt: int
    seq: Any
    deadline: datetime | None
    replay: bool
    cause: Cause | None
    connections: tuple[ConnectionRef, ...]
    payload: Mapping[str, Any] | None
    forbidden: tuple[ErrorDetail, ...] = ()
    broken: tuple[ErrorDetail, ...] = ()


def read_delivery(
    raw: Mapping[str, Any],
    payload: Mapping[str, Any] | None,
    errors: tuple[ErrorDetail, ...] = (),
) -> Delivery:
    """Read a delivery from its JSON.

    Args:
        raw: the delivery object of the subscription.
        payload: its payload, unaliased.
        errors: the errors that came with it, their paths relative to the payload.

    Raises:
        KeyError, TypeError, ValueError: the object is not a delivery; without id and attempt it cannot be
            answered either.
    """
    forbidden = tuple(error for error in errors if error.code == FORBIDDEN)
    broken = tuple(error for error in errors if error.code != FORBIDDEN)
    return Delivery(
        id=str(raw["id"]),
        hook_id=str(raw["hookId"]),
        mode=str(raw.get("mode") or "ASYNC"),
        attempt=int(raw["attempt"]),
        seq=raw.get("seq"),
        deadline=_time(raw.get("deadline")),
        replay=bool(raw.get("replay")),
        cause=_cause(raw.get("cause")),
        connections=tuple(_connection(item) for item in raw.get("connections") or ()),
        payload=payload,
        forbidden=forbidden,
        broken=broken,
    )


def read_time(text: str) -> datetime:
    """A GraphQL DateTime with its zone; one without is UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _time(value: Any) -> datetime | None:
    return None if value is None else read_time(str(value))


def _cause(raw: Any) -> Cause | None:
    if not isinstance(raw, Mapping):
        return None
    return Cause(raw.get("runId"), raw.get("deliveryId"), raw.get("pluginTag"))


def _connection(raw: Mapping[str, Any]) -> ConnectionRef:
    config = raw.get("config")
    return ConnectionRef(
        id=str(raw["id"]),
        object_ref=str(raw["objectRef"]),
        plugin_tag=str(raw.get("pluginTag", "")),
        config=config if isinstance(config, Mapping) else {},
        links=tuple(
            LinkRef(str(link["name"]), link.get("objectRef"), link.get("url")) for link in raw.get("links") or ()
        ),
    )
