"""graphql-transport-ws: its messages and close codes, for the side of clients and the side of subgraphs.

Source of the rules: the protocol document of the `graphql-ws` project (PROTOCOL.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from gateway.wire.json import JSONError, dumps, loads

SUBPROTOCOL: Final = "graphql-transport-ws"


class CloseCode(IntEnum):
    """Why a socket is closed by us."""

    NORMAL = 1000
    GOING_AWAY = 1001
    TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    INTERNAL_ERROR = 4500
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    """Client to server, once, first."""

    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectionAck:
    """Server to client: the connection may be used."""

    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ping:
    """Either way, at any time."""

    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    """Either way: the answer to a ping, or a sign of life."""

    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Client to server: start an operation of any kind under an id of the client's."""

    id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Next:
    """Server to client: one result of an operation."""

    id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Error:
    """Server to client: the operation was refused before it ran; nothing follows."""

    id: str
    payload: list[Any]


@dataclass(frozen=True, slots=True)
class Complete:
    """Either way: nothing follows under this id."""

    id: str


Message = ConnectionInit | ConnectionAck | Ping | Pong | Subscribe | Next | Error | Complete


class BadMessage(Exception):
    """A text that is not a message of the protocol. The sentence says which part of it is wrong."""


def parse(text: str) -> Message:
    """Reads one message. Raises BadMessage."""
    try:
        value = loads(text)
    except JSONError as error:
        raise BadMessage("The message is not JSON") from error
    if not isinstance(value, dict):
        raise BadMessage("The message is not an object")
    match value.get("type"):
        case "connection_init":
            return ConnectionInit(_optional_object(value) or {})
        case "connection_ack":
            return ConnectionAck(_optional_object(value))
        case "ping":
            return Ping(_optional_object(value))
        case "pong":
            return Pong(_optional_object(value))
        case "subscribe":
            return Subscribe(_id(value), _object(value))
        case "next":
            return Next(_id(value), _object(value))
        case "error":
            return Error(_id(value), _list(value))
        case "complete":
            return Complete(_id(value))
        case other:
            raise BadMessage(f"Unknown message type {str(other)[:40]!r}")


def encode(message: Message) -> str:
    """Prints one message."""
    return dumps(_as_object(message)).decode()


def _as_object(message: Message) -> dict[str, Any]:
    match message:
        case ConnectionInit(payload):
            return {"type": "connection_init", "payload": payload} if payload else {"type": "connection_init"}
        case ConnectionAck(payload):
            return _without_null({"type": "connection_ack", "payload": payload})
        case Ping(payload):
            return _without_null({"type": "ping", "payload": payload})
        case Pong(payload):
            return _without_null({"type": "pong", "payload": payload})
        case Subscribe(id, payload):
            return {"id": id, "type": "subscribe", "payload": payload}
        case Next(id, payload):
            return {"id": id, "type": "next", "payload": payload}
        case Error(id, errors):
            return {"id": id, "type": "error", "payload": errors}
        case Complete(id):
            return {"id": id, "type": "complete"}


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if item is not None}


def _id(value: dict[str, Any]) -> str:
    id = value.get("id")
    if not isinstance(id, str) or not id:
        raise BadMessage(f"{value['type']!r} needs an 'id' that is a string and not empty")
    return id


def _object(value: dict[str, Any]) -> dict[str, Any]:
    payload = value.get("payload")
    if not isinstance(payload, dict):
        raise BadMessage(f"{value['type']!r} needs a 'payload' that is an object")
    return payload


def _optional_object(value: dict[str, Any]) -> dict[str, Any] | None:
    return None if value.get("payload") is None else _object(value)


def _list(value: dict[str, Any]) -> list[Any]:
    payload = value.get("payload")
    if not isinstance(payload, list):
        raise BadMessage(f"{value['type']!r} needs a 'payload' that is a list")
    return payload
