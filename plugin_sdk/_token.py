"""The plugin's own access token, by client credentials (RFC 6749 §4.4), kept and renewed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from pydantic import SecretStr

from plugin_sdk._transient import Transient
from plugin_sdk.errors import CredentialsRefused

REFUSED = frozenset({"invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"})


@dataclass(frozen=True)
class _Token:
    value: str
    renew_at: float


class TokenSource:
    """Gives the token to sign in with; asks for a new one before the last runs out, once for all who wait.

    Args:
        session: what requests are made with.
        url: the token endpoint.
        client_id, client_secret: who the plugin is, sent as HTTP Basic.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        client_id: str,
        client_secret: SecretStr,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._url = url
        self._basic = aiohttp.encode_basic_auth(client_id, client_secret.get_secret_value(), "utf-8")
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: _Token | None = None

    async def get(self) -> str:
        """A token that is good now.

        Raises:
            CredentialsRefused: the platform does not accept id and secret.
            Transient: it could not be asked.
        """
        async with self._lock:
            if self._token is None or self._clock() >= self._token.renew_at:
                self._token = await self._fetch()
            return self._token.value

    def useful_for(self) -> float:
        """For how many seconds `get` gives the present token still; 0 where there is none."""
        return 0.0 if self._token is None else max(0.0, self._token.renew_at - self._clock())

    def refused(self, token: str) -> None:
        """The platform did not accept this token: the next `get` asks for another."""
        if self._token is not None and self._token.value == token:
            self._token = None

    async def _fetch(self) -> _Token:
        asked = self._clock()
        try:
            async with self._session.post(
                self._url, data={"grant_type": "client_credentials"}, headers={"Authorization": self._basic}
            ) as response:
                body = await response.json(content_type=None)
                status = response.status
        except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
            raise Transient(f"{self._url}: {error or type(error).__name__}") from error
        if not isinstance(body, dict):
            raise Transient(f"{self._url}: HTTP {status} without a JSON object")
        if isinstance(body.get("access_token"), str):
            return _Token(body["access_token"], asked + _useful_life(body.get("expires_in")))
        reason = body.get("error")
        if reason in REFUSED:
            told = body.get("error_description") or "check IZARA_CLIENT_ID and IZARA_CLIENT_SECRET"
            raise CredentialsRefused(f"{self._url} refused to sign the plugin in: {reason}: {told}")
        raise Transient(f"{self._url}: HTTP {status}: {reason or 'no access_token'}")


def _useful_life(expires_in: object) -> float:
    """How long to use a token: all but its last minute, or its last fifth where it lives shortly."""
    life = float(expires_in) if isinstance(expires_in, int | float) else 300.0
    return max(life - 60.0, life * 0.8)
