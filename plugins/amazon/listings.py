"""A client of the listing service: one account's listings, by the id of their good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from plugin_sdk import Retry

TOO_MANY, UNAVAILABLE = 429, 503
TIMEOUT = aiohttp.ClientTimeout(total=20)


class ListingFailed(Exception):
    """The listing service did not answer, or not as it should; the message never holds the key."""


@dataclass(frozen=True)
class Account:
    """An account at a listing service. Where that says to come back later, its methods raise Retry.

    Args:
        url: the service's address.
        key: what the account is known by; shown nowhere.
    """

    url: str
    key: str = field(repr=False)

    async def create(self, id: str, listing: Mapping[str, Any]) -> bool:
        """Make a listing; False where there is one of that id. Raises ListingFailed."""
        return await self._ask("PUT", id, listing, {"If-None-Match": "*"}, {201: True, 412: False})

    async def change(self, id: str, values: Mapping[str, Any]) -> bool:
        """Change some values of a listing; False where there is none. Raises ListingFailed."""
        return await self._ask("PATCH", id, values, {}, {200: True, 404: False})

    async def remove(self, id: str) -> None:
        """Take a listing away; that there is none is no error. Raises ListingFailed."""
        await self._ask("DELETE", id, None, {}, {204: True, 404: False})

    async def _ask(
        self,
        method: str,
        id: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        meaning: Mapping[int, bool],
    ) -> bool:
        address = f"{self.url.rstrip('/')}/listings/{quote(id, safe='')}"
        sent = {"X-Api-Key": self.key, **headers}
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.request(method, address, json=body, headers=sent, allow_redirects=False) as answer,
            ):
                status, told = answer.status, answer.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ListingFailed(f"{method} {address}: {error or type(error).__name__}") from error
        if status == TOO_MANY or (status == UNAVAILABLE and told is not None):
            raise Retry.as_told(told, f"{method} {address} was answered with {status}")
        if status not in meaning:
            raise ListingFailed(f"{method} {address} was answered with {status}")
        return meaning[status]
