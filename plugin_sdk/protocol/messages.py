"""The messages of graphql-transport-ws that a client with one subscription sends and receives.

Spec: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

SUBPROTOCOL = "graphql-transport-ws"


class CloseCode(IntEnum):
    """Close codes of the protocol that matter to a client."""

    NORMAL = 1000
    BAD_RESPONSE = 4004
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403


@dataclass(frozen=True)
class ConnectionAck:
    """The server accepted the connection."""


@dataclass(frozen=True)
class Ping:
    """Either side asks whether the other is there."""


@dataclass(frozen=True)
class Pong:
    """The answer to a ping."""


@dataclass(frozen=True)
class Next:
    """One result of the operation `id`."""

    id: str
    data: Mapping[str, Any] | None
    errors: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Refused:
    """The operation `id` was refused before it began (message type `error`)."""

    id: str
    errors: tuple[Any, ...]


@dataclass(frozen=True)
class Completed:
    """The operation `id` ended (both directions)."""

    id: str


@dataclass(frozen=True)
class ConnectionInit:
    """The first message of a client, with what it signs in with."""

    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Subscribe:
    """Starts the operation `id`."""

    id: str
    query: str
    variables: Mapping[str, Any]


Incoming = ConnectionAck | Ping | Pong | Next | Refused | Completed
Outgoing = ConnectionInit | Ping | Pong | Subscribe | Completed


class BadMessage(ValueError):
    """What arrived is not a message of the protocol; names the field at fault."""


def parse(text: str | bytes) -> Incoming:
    """Read one message.

    Raises:
        BadMessage: it is not JSON, of an unknown type, or lacks a field.
    """
    try:
        raw = json.loads(text)
    except ValueError:
        raise BadMessage("not JSON") from None
    if not isinstance(raw, dict):
        raise BadMessage("not a JSON object")
    match raw.get("type"):
        case "connection_ack":
            return ConnectionAck()
        case "ping":
            return Ping()
        case "pong":
            return Pong()
        case "next":
            return _next(raw)
        case "error":
            return Refused(_id(raw), tuple(_list(raw, "payload")))
        case "complete":
            return Completed(_id(raw))
        case other:
            raise BadMessage(f"type: {other!r} is unknown")


def encode(message: Outgoing) -> str:
    """The text of one message."""
    match message:
        case ConnectionInit(payload=payload):
            raw: dict[str, Any] = {"type": "connection_init", "payload": payload}
        case Ping():
            raw = {"type": "ping"}
        case Pong():
            raw = {"type": "pong"}
        case Subscribe(id=id, query=query, variables=variables):
            raw = {"type": "subscribe", "id": id, "payload": {"query": query, "variables": variables}}
        case Completed(id=id):
            raw = {"type": "complete", "id": id}
    return json.dumps(raw)


def _next(raw: Mapping[str, Any]) -> Next:
    payload = raw.get("payload")
    if not isinstance(payload, dict):
        raise BadMessage("payload: expected an object")
    data = payload.get("data")
    if data is not None and not isinstance(data, dict):
        raise BadMessage("payload.data: expected an object or null")
    errors = _list(payload, "errors") if payload.get("errors") is not None else ()
    return Next(_id(raw), data, tuple(errors))


def _id(raw: Mapping[str, Any]) -> str:
    if not isinstance(raw.get("id"), str):
        raise BadMessage("id: expected a string")
    return str(raw["id"])


def _list(raw: Mapping[str, Any], field: str) -> Sequence[Any]:
    value = raw.get(field)
    if not isinstance(value, list):
        raise BadMessage(f"{field}: expected a list")
    return value
