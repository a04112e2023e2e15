"""A request's body and an answer's meaning, the same over every transport."""

from __future__ import annotations

from typing import Any

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.wire.json import JSONError, dumps, loads

ACCEPT = "application/graphql-response+json, application/json;q=0.9"
_SHOWN = 120


def payload_of(request: SubgraphRequest) -> dict[str, Any]:
    """The parameters of a request, as a JSON object without empty members."""
    payload: dict[str, Any] = {"query": request.query}
    if request.operation_name is not None:
        payload["operationName"] = request.operation_name
    if request.variables:
        payload["variables"] = request.variables
    return payload


def body_of(request: SubgraphRequest) -> bytes:
    return dumps(payload_of(request))


def read_answer(service: str, status: int, content_type: str, body: bytes) -> SubgraphResponse:
    """Reads an HTTP answer of a subgraph.

    A body that is a GraphQL answer counts whatever the status says. Raises TransportError.
    """
    try:
        value = loads(body)
    except JSONError as error:
        raise _not_graphql(service, status, content_type, body, f"is not JSON ({error})") from error
    if not is_answer(value):
        raise _not_graphql(service, status, content_type, body, "is not a GraphQL response")
    return answer_of(value)


def is_answer(value: object) -> bool:
    """Whether a JSON value has the shape of a GraphQL response."""
    if not isinstance(value, dict):
        return False
    errors = value.get("errors")
    if errors is None:
        return "data" in value
    return isinstance(errors, list) and all(isinstance(error, dict) for error in errors)


def answer_of(value: dict[str, Any]) -> SubgraphResponse:
    """The response in a value that `is_answer`."""
    extensions = value.get("extensions")
    return SubgraphResponse(
        data=value.get("data"),
        errors=value.get("errors") or [],
        extensions=extensions if isinstance(extensions, dict) else {},
    )


def _not_graphql(service: str, status: int, content_type: str, body: bytes, why: str) -> TransportError:
    text = body[:_SHOWN].decode("utf-8", "replace").strip()
    described = f"answered {status} {content_type or 'without a content type'}, and the body {why}"
    if not text:
        described = f"answered {status} with an empty body"
    code = codes.INVALID_RESPONSE if 200 <= status < 300 else codes.HTTP_ERROR
    start = f". It starts: {text}" if text else ""
    return TransportError(code, f"Subgraph {service!r} {described}{start}", service)
