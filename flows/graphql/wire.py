"""What a service takes from the wire: JSON in the shape of a GraphQL request, over HTTP and graphql-transport-ws.

Strawberry answers what is wrong with a request in plain text, and trips over JSON of another shape.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.responses import JSONResponse
from starlette.types import Message, Receive
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

MAX_BODY = 8 * 1024 * 1024
"""Bytes; four times what the gateway takes, which asks for many entities at once."""

_CODES = {405: "METHOD_NOT_ALLOWED", 413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}


def read_json(data: str | bytes) -> Any:
    """Exact JSON; raises json.JSONDecodeError for NaN, lone surrogates, wrong UTF-8 and nesting too deep, too."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    orjson.loads(raw)
    # orjson is the stricter one, but turns integers beyond 64 bits into floats.
    return json.loads(raw)


def write_json(value: object) -> str:
    """Exact JSON."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # integers beyond 64 bits, lone surrogates
        return json.dumps(value, separators=(",", ":"))


def read_body(data: str | bytes) -> Any:
    """A request's body, or a query parameter that holds JSON; raises HTTPException saying what is wrong."""
    what = "body" if isinstance(data, bytes) else "parameter"
    try:
        value = read_json(data)
    except json.JSONDecodeError as error:
        raise HTTPException(400, f"The {what} is not JSON: {error}") from error
    if what == "body" and not isinstance(value, dict):
        raise HTTPException(400, "The body must be one JSON object with a member 'query'; batches are not supported")
    return value


def bounded(receive: Receive) -> Receive:
    """The request's messages; raises HTTPException once its body is larger than MAX_BODY."""
    size = 0

    async def read() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise HTTPException(413, f"The body is larger than {MAX_BODY} bytes, the most that is accepted")
        return message

    return read


def refusal(error: HTTPException) -> JSONResponse:
    """The error as a GraphQL client can read it."""
    body = {"message": error.reason, "extensions": {"code": _CODES.get(error.status_code, "BAD_REQUEST")}}
    return JSONResponse({"errors": [body]}, error.status_code)


def message_problem(message: Any) -> str | None:
    """What is wrong with the shape of a graphql-transport-ws message; None where nothing is."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "a message must be an object with a string 'type'"
    if message["type"] not in ("subscribe", "complete"):
        return None
    if not isinstance(message.get("id"), str) or not message["id"]:
        return f"'{message['type']}' needs an 'id' that is a string and not empty"
    return _operation_problem(message.get("payload")) if message["type"] == "subscribe" else None


def _operation_problem(payload: Any) -> str | None:
    if not isinstance(payload, dict):
        return "'subscribe' needs a 'payload' that is an object"
    if not isinstance(payload.get("query"), str):
        return "'payload.query' must be a string"
    if not isinstance(payload.get("variables"), dict | None):
        return "'payload.variables' must be an object"
    if not isinstance(payload.get("operationName"), str | None):
        return "'payload.operationName' must be a string"
    return None


class TransportHandler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Strawberry's, which looks at the shape of a message first; a wrong one closes the socket with 4400."""

    async def handle_message(self, message: Any) -> None:
        problem = message_problem(message)
        if problem is None:
            await super().handle_message(message)
        else:
            await self.handle_invalid_message(f"Invalid message: {problem}")
