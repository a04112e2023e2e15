"""Queries and mutations over HTTP."""

from __future__ import annotations

import os

import aiohttp

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.executor.transports.exchange import ACCEPT, body_of, read_answer


async def post(
    session: aiohttp.ClientSession, url: str, request: SubgraphRequest, seconds: float, largest: int | None = None
) -> SubgraphResponse:
    """Sends one operation and reads the answer, of `largest` bytes at most. Raises TransportError.

    A query is sent again, once, when a connection that was kept open turns out to be closed; a mutation
    never.
    """
    try:
        return await _post(session, url, request, seconds, largest)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        if request.kind == "mutation":
            raise _unreachable(request.service, url, error) from error
    try:
        return await _post(session, url, request, seconds, largest)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        raise _unreachable(request.service, url, error) from error


async def _post(
    session: aiohttp.ClientSession, url: str, request: SubgraphRequest, seconds: float, largest: int | None
) -> SubgraphResponse:
    headers = {**request.headers, "content-type": "application/json", "accept": ACCEPT}
    try:
        async with session.post(
            url,
            data=body_of(request),
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            if 300 <= response.status < 400:
                raise _redirected(request.service, url, response)
            body = await (response.read() if largest is None else _bounded(response, request.service, largest))
            return read_answer(request.service, response.status, response.content_type, body)
    except TimeoutError as error:
        message = f"Subgraph {request.service!r} did not answer within {seconds:g} s"
        raise TransportError(codes.TIMEOUT, message, request.service) from error
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        raise
    except aiohttp.ClientResponseError as error:
        message = f"Subgraph {request.service!r} at {url} does not answer in HTTP: {error.message}"
        raise TransportError(codes.INVALID_RESPONSE, message, request.service) from error
    except (aiohttp.ClientError, UnicodeError) as error:
        raise _unreachable(request.service, url, error) from error


async def _bounded(response: aiohttp.ClientResponse, service: str, largest: int) -> bytes:
    """A body that may be without end, or small on the wire and vast when it is unpacked."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > largest:
            message = f"Subgraph {service!r} answered with more than {largest} bytes"
            raise TransportError(codes.TOO_LARGE, message, service)
    return bytes(body)


def _redirected(service: str, url: str, response: aiohttp.ClientResponse) -> TransportError:
    to = response.headers.get("location")
    where = f"redirects to {to}" if to else "redirects to nowhere"
    message = f"Subgraph {service!r} at {url} answered {response.status} and {where}; redirects are not followed"
    return TransportError(codes.HTTP_ERROR, message, service)


def _unreachable(service: str, url: str, error: Exception) -> TransportError:
    message = f"Subgraph {service!r} cannot be reached at {url}: {_why(error)}"
    return TransportError(codes.UNREACHABLE, message, service)


def _why(error: Exception) -> str:
    """What an operator can make something of."""
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return "that is no URL"
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno is not None:
        number = error.os_error.errno
        return os.strerror(number) if number > 0 else str(error.os_error.strerror)
    return str(error) or type(error).__name__
