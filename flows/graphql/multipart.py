"""Subscriptions over HTTP as multipart responses, version 1.0, as Apollo's clients speak it.

Strawberry's, with a boundary before the first part, and behind each, so that a client need not wait for the next one to
read it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any

from graphql import GraphQLError
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http.parse_content_type import parse_content_type
from strawberry.http.streaming import MultipartSubscriptionTransport
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

Parts = Callable[[], AsyncIterator[str]]
Stream = Callable[[], AsyncGenerator[str, None]]
OPENING = "\r\n--graphql"
JSON_TYPES = frozenset({"application/json", "application/graphql-response+json", "application/*", "*/*"})
MULTIPART_TYPE = "multipart/mixed"


class Multipart(MultipartSubscriptionTransport):
    """What is sent for each result, in which media type, and who asks for it."""

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Content-Type": 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'}

    def accepts(self, accept: str) -> bool:
        """Whether one of the media types that the client takes is this one."""
        parts = [part.strip() for part in accept.split(",")]
        return any(self.accepts_content_type(*parse_content_type(part)) for part in parts if part)

    def allowed_operation_types(self, allowed_operation_types: set[OperationType]) -> Iterable[OperationType]:
        """A query or mutation is answered in one part, where its client takes no JSON."""
        return allowed_operation_types

    def encode_complete(self) -> str:
        return "--\r\n"


def prefers_json(accept: str) -> bool:
    """Whether a client that takes multipart responses is as content with JSON, where one answer is all that comes."""
    ranges = [parse_content_type(part.strip()) for part in accept.split(",") if part.strip()]
    as_json = max((_quality(params) for media, params in ranges if media in JSON_TYPES), default=0.0)
    as_parts = max((_quality(params) for media, params in ranges if media == MULTIPART_TYPE), default=0.0)
    return as_json > 0 and as_json >= as_parts


def _quality(params: Mapping[str, str]) -> float:
    try:
        return float(params.get("q", "1"))
    except ValueError:
        return 0.0


class StreamedResponse(StreamingResponse):
    """A body whose source is closed as soon as its client is gone, not when there is something to be sent again."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self.stream_response(send))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = [sending] if sending.done() else []
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
        for task in ended:
            task.result()


def opened(parts: Stream) -> Stream:
    """The parts with the boundary that comes before the first one."""

    async def stream() -> AsyncGenerator[str, None]:
        yield OPENING
        async with aclosing(parts()) as following:
            async for part in following:
                yield part

    return stream


async def until_expiry(results: Any, expires_at: float | None) -> AsyncGenerator[Any, None]:
    """The results until the caller's token expires, which is then told as the last one."""
    async with aclosing(results):
        while True:
            left = None if expires_at is None else max(0.0, expires_at - time.time())
            try:
                async with asyncio.timeout(left):
                    result = await anext(results, None)
            except TimeoutError:
                error = GraphQLError("token expired", extensions={"code": "UNAUTHENTICATED"})
                yield ExecutionResult(data=None, errors=[error])
                return
            if result is None:
                return
            yield result
