"""Whose an object is, asked of the service that it belongs to, with the caller's own rights."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import aiohttp
from starlette.types import ASGIApp, Message

from identity import UNAVAILABLE, CodedError
from registrar.refs import ObjectRef

GraphQLCall = Callable[[str, Mapping[str, Any], str | None], Awaitable[Mapping[str, Any]]]
"""(service, {query, variables}, authorization) -> the GraphQL response; raises CodedError UNAVAILABLE."""

_TIMEOUT = 10


class ObjectDirectory(Protocol):
    """Knows the owners of objects."""

    async def owner_of(self, ref: ObjectRef, authorization: str | None) -> str | None:
        """The owner's ref; None where there is no such object, or the caller may not see it.

        Raises CodedError UNAVAILABLE where the object's service cannot be asked.
        """
        ...


class GraphQLDirectory:
    """Asks the object's service by `_entities`, so what the caller may not see does not exist for them."""

    def __init__(self, call: GraphQLCall) -> None:
        self._call = call

    async def owner_of(self, ref: ObjectRef, authorization: str | None) -> str | None:
        if ref.service == "registrar":
            return str(ref)
        body = {
            "query": "query OwnerOf($of: [_Any!]!) { _entities(representations: $of) "
            f"{{ ... on {ref.obj_type} {{ objectRef ownerRef }} }} }}",
            "variables": {"of": [{"__typename": ref.obj_type, "id": ref.id}]},
        }
        answer = await self._call(ref.service, body, authorization)
        entities = (answer.get("data") or {}).get("_entities") or [None]
        found = entities[0]
        if found is None:
            _raise_unavailable(ref.service, answer)
            return None
        return str(found["ownerRef"]) if found.get("objectRef") == str(ref) else None


def _raise_unavailable(service: str, answer: Mapping[str, Any]) -> None:
    """An entity that the caller may not see is null, perhaps with an error; any other error is the service's."""
    for error in answer.get("errors") or ():
        code = (error.get("extensions") or {}).get("code")
        if code not in ("FORBIDDEN", "NOT_FOUND", "UNAUTHENTICATED", "BAD_USER_INPUT"):
            raise _unavailable(service, str(error.get("message")))


def http_call(session: aiohttp.ClientSession, urls: Mapping[str, str]) -> GraphQLCall:
    """Calls services over HTTP at the given addresses."""

    async def call(service: str, body: Mapping[str, Any], authorization: str | None) -> Mapping[str, Any]:
        if service not in urls:
            raise _unavailable(service, "its address is not configured")
        try:
            async with session.post(
                urls[service],
                json=body,
                headers=_headers(authorization),
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT),
            ) as response:
                return _parse(service, await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unavailable(service, str(error) or type(error).__name__) from error

    return call


def asgi_call(apps: Mapping[str, ASGIApp]) -> GraphQLCall:
    """Calls services that are apps of this process; each app serves `/graphql`."""

    async def call(service: str, body: Mapping[str, Any], authorization: str | None) -> Mapping[str, Any]:
        if service not in apps:
            raise _unavailable(service, "it is not part of this process")
        return _parse(service, await _ask_app(apps[service], json.dumps(body).encode(), _headers(authorization)))

    return call


async def _ask_app(app: ASGIApp, body: bytes, headers: Mapping[str, str]) -> bytes:
    received = [{"type": "http.request", "body": body, "more_body": False}]
    answer = bytearray()

    async def receive() -> Message:
        return received.pop() if received else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answer.extend(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
    await app(scope, receive, send)
    return bytes(answer)


def _headers(authorization: str | None) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return headers if authorization is None else {**headers, "Authorization": authorization}


def _parse(service: str, answer: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(answer)
    except ValueError as error:
        raise _unavailable(service, "its answer is not JSON") from error
    if not isinstance(parsed, dict):
        raise _unavailable(service, "its answer is no GraphQL response")
    return parsed


def _unavailable(service: str, reason: str) -> CodedError:
    return CodedError(UNAVAILABLE, f"Service {service!r} cannot be asked about its objects: {reason}.")
