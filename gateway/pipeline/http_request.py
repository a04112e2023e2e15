"""What an HTTP request says: its method, headers and body, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from gateway.config import Limits
from gateway.pipeline.errors import MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType
from gateway.pipeline.params import Params, params_of_body, params_of_query_string

T = TypeVar("T")

PLAN_HEADER: Final = b"graphql-query-plan"
_ALLOW: Final = "GET, POST"
_READ: Final = frozenset({b"accept", b"content-type", b"content-encoding", b"content-length", PLAN_HEADER})


class ClientGone(Exception):
    """The client closed the connection before its answer was ready."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The head of a request."""

    method: str
    query_string: bytes
    headers: dict[bytes, str]

    @classmethod
    def of(cls, scope: Scope) -> HttpRequest:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _READ}
        return cls(scope["method"], scope["query_string"], headers)

    @property
    def accept(self) -> str | None:
        return self.headers.get(b"accept")

    @property
    def plan(self) -> str | None:
        """What it wants to see of the plan: `only` it, or it beside the answer; None for nothing."""
        wanted = self.headers.get(PLAN_HEADER, "").strip().lower()
        return wanted if wanted not in ("", "0", "false") else None

    async def params(self, receive: Receive, limits: Limits) -> Params:
        """The operation it carries. Raises ClientError, or ClientGone."""
        if self.method == "GET":
            return params_of_query_string(self.query_string)
        if self.method != "POST":
            message = f"Method {self.method} is not allowed: send operations with POST, or queries with GET"
            raise MethodNotAllowed(message, _ALLOW)
        self._check_content()
        return params_of_body(await self._body(receive, limits.body), limits.values)

    def _check_content(self) -> None:
        """JSON only. Browsers send other types across sites without asking first, so they would be open to CSRF."""
        media, *options = self.headers.get(b"content-type", "").lower().split(";")
        if media.strip() != "application/json":
            given = media.strip() or "nothing"
            raise UnsupportedMediaType(f"Content-Type must be application/json; this request says {given!r}")
        charsets = dict(parse_qsl("&".join(option.strip() for option in options))).get("charset", "utf-8")
        if charsets.strip('"') not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(f"The body must be UTF-8; this request says {charsets!r}")
        encoding = self.headers.get(b"content-encoding", "identity")
        if encoding.lower() != "identity":
            raise UnsupportedMediaType(f"The body must not be compressed; this request says {encoding!r}")

    def takes_json(self) -> bool:
        """Whether the body is said to be JSON as it is accepted."""
        try:
            self._check_content()
        except UnsupportedMediaType:
            return False
        return True

    async def _body(self, receive: Receive, most: int) -> bytes:
        too_large = PayloadTooLarge(f"The body is larger than {most} bytes, the most that is accepted")
        length = self.headers.get(b"content-length", "")
        if length.isdigit() and int(length) > most:
            raise too_large
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            part = message.get("body", b"")
            size += len(part)
            if size > most:
                raise too_large
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)


async def while_connected(receive: Receive, work: Awaitable[T]) -> T:
    """Awaits work, and cancels it when the client goes away: then raises ClientGone."""
    left = False
    loop = asyncio.get_running_loop()

    async def watch(scope: asyncio.Timeout) -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            pass
        left = True
        scope.reschedule(loop.time())

    try:
        async with asyncio.timeout(None) as scope:
            watcher = asyncio.create_task(watch(scope), name="client of a request")
            try:
                return await work
            finally:
                watcher.cancel()
    except TimeoutError as error:
        if left:
            raise ClientGone from error
        raise
