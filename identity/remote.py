"""Keys of issuers that are elsewhere."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aiohttp

from identity.keys import FetchJson, KeyDirectory, RemoteKeys, discover_jwks_url
from identity.tokens import TrustedIssuer

_TIMEOUT = 10
_LARGEST = 256 * 1024


def http_fetch(session: aiohttp.ClientSession) -> FetchJson:
    """GET of a JSON document over HTTP; redirects are not followed, a status but 200 is an error."""

    async def fetch(url: str) -> Any:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        async with session.get(url, timeout=timeout, allow_redirects=False) as response:
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            return json.loads(await _body(response))

    return fetch


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LARGEST:
            raise ValueError(f"larger than {_LARGEST} bytes")
    return body


def fixed_url(url: str) -> Callable[[], Awaitable[str]]:
    """A JWKS address that is known, as that of our own issuer in another process."""

    async def find() -> str:
        return url

    return find


def trusted_keys(issuers: Iterable[TrustedIssuer], fetch: FetchJson) -> KeyDirectory:
    """The key source of each trusted issuer, found by its OpenID Connect metadata when it is first needed."""
    return {item.issuer: RemoteKeys(discover_jwks_url(item.issuer, fetch), fetch) for item in issuers}
