"""A request's parameters, from a JSON body, a query string or a WebSocket message. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from gateway.pipeline.errors import BadRequest, BatchingRefused, LimitExceeded, PersistedQueryRefused
from gateway.wire.json import JSONError, has_more_values, loads


@dataclass(slots=True)
class Params:
    """One operation to run. `variables` are as the client gave them."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


def params_of_body(body: bytes, most_values: int) -> Params:
    """Reads a POST body. Raises BadRequest, BatchingRefused, or LimitExceeded where there are too many values in it."""
    if not body:
        raise BadRequest("The body is empty; it must be a JSON object with a member 'query'")
    if len(body) > most_values and has_more_values(body, most_values):
        raise LimitExceeded(f"The body has more than {most_values} values: send them in several requests")
    try:
        value = loads(body)
    except JSONError as error:
        raise BadRequest(f"The body is not JSON: {error}") from error
    if isinstance(value, list):
        raise BatchingRefused
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object with a member 'query'")
    return params_of(value)


def params_of_query_string(query_string: bytes) -> Params:
    """Reads the parameters of a GET. Raises BadRequest."""
    try:
        given = dict(parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError as error:
        raise BadRequest("The query string is not UTF-8 in percent-encoding") from error
    value: dict[str, Any] = {"query": given.get("query")}
    value["operationName"] = given.get("operationName") or None
    for name in ("variables", "extensions"):
        if given.get(name):
            try:
                value[name] = loads(given[name])
            except JSONError as error:
                raise BadRequest(f"The parameter {name!r} is not JSON: {error}") from error
    return params_of(value)


def params_of(value: Mapping[str, Any]) -> Params:
    """Checks the parameters' types. Raises BadRequest or PersistedQueryRefused."""
    query = value.get("query")
    extensions = value.get("extensions")
    if query is None and isinstance(extensions, dict) and "persistedQuery" in extensions:
        raise PersistedQueryRefused
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("The parameter 'query' must be a string that holds a GraphQL document")
    operation_name = value.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise BadRequest("The parameter 'operationName' must be a string")
    variables = value.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise _not_an_object("variables")
    if extensions is not None and not isinstance(extensions, dict):
        raise _not_an_object("extensions")
    return Params(query, operation_name or None, variables or {})


def _not_an_object(name: str) -> BadRequest:
    return BadRequest(f"The parameter {name!r} must be a JSON object")
