"""Queries and mutations over HTTP."""

from __future__ import annotations

import aiohttp

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports import codes
from gateway.executor.transports.exchange import ACCEPT, body_of, read_answer


async def post(session: aiohttp.ClientSession, url: str, request: SubgraphRequest, seconds: float) -> SubgraphResponse:
    """Sends one operation and reads the answer. Raises TransportError.

    A query is sent again, once, when a connection that was kept open turns out to be closed; a mutation
    never.
    """
    try:
        return await _post(session, url, request, seconds)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        if request.kind == "mutation":
            raise _unreachable(request.service, url, error) from error
    try:
        return await _post(session, url, request, seconds)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        raise _unreachable(request.service, url, error) from error


async def _post(session: aiohttp.ClientSession, url: str, request: SubgraphRequest, seconds: float) -> SubgraphResponse:
    headers = {**request.headers, "content-type": "application/json", "accept": ACCEPT}
    try:
        async with session.post(
            url,
            data=body_of(request),
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            body = await response.read()
            return read_answer(request.service, response.status, response.content_type, body)
    except TimeoutError as error:
        message = f"Subgraph {request.service!r} did not answer within {seconds:g} s"
        raise TransportError(codes.TIMEOUT, message, request.service) from error
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        raise
    except aiohttp.ClientResponseError as error:
        message = f"Subgraph {request.service!r} at {url} does not answer in HTTP: {error.message}"
        raise TransportError(codes.INVALID_RESPONSE, message, request.service) from error
    except aiohttp.ClientError as error:
        raise _unreachable(request.service, url, error) from error


def _unreachable(service: str, url: str, error: Exception) -> TransportError:
    why = str(error) or type(error).__name__
    return TransportError(codes.UNREACHABLE, f"Subgraph {service!r} cannot be reached at {url}: {why}", service)
