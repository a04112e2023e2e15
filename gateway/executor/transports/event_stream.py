"""Subscriptions over server-sent events: one request each, whose response is the stream.

Source of the rules: the protocol document of the `graphql-sse` project, mode of distinct connections.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from typing import Final

import aiohttp

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.executor.transports.exchange import answer_of, body_of, is_answer, read_answer
from gateway.wire.event_stream import EventReader, EventTooLarge, ServerEvent
from gateway.wire.json import JSONError, loads

_MEDIA: Final = "text/event-stream"
_MOST: Final = 16 * 1024 * 1024
_FOREVER: Final = aiohttp.ClientTimeout(total=None)


async def subscribe(
    url: str, request: SubgraphRequest, seconds: float, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[SubgraphResponse, None]:
    """Yields the events of a subscription; closing the generator ends it there. Raises TransportError.

    Args:
        seconds: for the subgraph to begin its answer.
        tls: for an https URL.
    """
    headers = {**request.headers, "accept": f"{_MEDIA}, application/json;q=0.1", "content-type": "application/json"}
    # A connection of its own: it is closed whenever the consumer leaves, and never used again.
    connector = aiohttp.TCPConnector(ssl=True if tls is None else tls)
    async with aiohttp.ClientSession(connector=connector, timeout=_FOREVER, auto_decompress=True) as session:
        response = await _open(session, url, request, headers, seconds)
        async with response:
            if response.content_type != _MEDIA:
                yield await _single(response, request, seconds)
                return
            async for answer in _events(response, request.service):
                yield answer


async def _open(
    session: aiohttp.ClientSession, url: str, request: SubgraphRequest, headers: dict[str, str], seconds: float
) -> aiohttp.ClientResponse:
    service = request.service
    try:
        async with asyncio.timeout(seconds):
            return await session.post(url, data=body_of(request), headers=headers, allow_redirects=False)
    except TimeoutError as error:
        message = f"Subgraph {service!r} did not begin to answer within {seconds:g} s at {url}"
        raise TransportError(codes.TIMEOUT, message, service) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        message = f"Subgraph {service!r} cannot be reached at {url}: {error or type(error).__name__}"
        raise TransportError(codes.UNREACHABLE, message, service) from error


async def _single(response: aiohttp.ClientResponse, request: SubgraphRequest, seconds: float) -> SubgraphResponse:
    """What a subgraph says that refuses the operation: one answer, and no stream."""
    body = b""
    try:
        async with asyncio.timeout(seconds):
            async for part in response.content.iter_any():
                body += part
                if len(body) > _MOST:
                    raise _too_large(request.service, f"an answer has more than {_MOST} bytes")
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise _lost(request.service) from error
    return read_answer(request.service, response.status, response.content_type, body)


async def _events(response: aiohttp.ClientResponse, service: str) -> AsyncGenerator[SubgraphResponse, None]:
    reader = EventReader(_MOST)
    try:
        async for part in response.content.iter_any():
            for event in reader.feed(part):
                if event.name == "complete":
                    return
                if event.name in ("next", "message"):
                    yield _answer(event, service)
    except EventTooLarge as error:
        raise _too_large(service, str(error)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise _lost(service) from error
    raise _lost(service)


def _answer(event: ServerEvent, service: str) -> SubgraphResponse:
    try:
        value = loads(event.data)
    except JSONError as error:
        message = f"Subgraph {service!r} sent an event that is not JSON ({error})"
        raise TransportError(codes.INVALID_RESPONSE, message, service) from error
    if not is_answer(value):
        message = f"Subgraph {service!r} sent an event that is not a GraphQL response"
        raise TransportError(codes.INVALID_RESPONSE, message, service)
    return answer_of(value)


def _too_large(service: str, what: str) -> TransportError:
    return TransportError(codes.TOO_LARGE, f"Subgraph {service!r} sent too much: {what}", service)


def _lost(service: str) -> TransportError:
    message = f"Subgraph {service!r} ended its event stream before the subscription was complete"
    return TransportError(codes.CONNECTION_LOST, message, service)
