"""GraphQL over HTTP, as the plugin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from plugin_sdk._token import TokenSource
from plugin_sdk._transient import TOO_LARGE_STATUS, TRANSIENT_STATUS, UNAUTHENTICATED, Transient
from plugin_sdk.errors import ErrorDetail


@dataclass(frozen=True)
class Response:
    """What the platform answered."""

    data: Mapping[str, Any] | None
    errors: tuple[ErrorDetail, ...]

    @property
    def codes(self) -> frozenset[str | None]:
        """The codes of its top-level errors."""
        return frozenset(error.code for error in self.errors)


class GraphQLClient:
    """Sends one operation at a time, signed in; a token that is not accepted is not used again.

    Args:
        session: what requests are made with.
        url: the GraphQL endpoint.
        tokens: where tokens come from.
        within: seconds that one request may take.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, tokens: TokenSource, within: float = 60.0) -> None:
        self._session = session
        self._url = url
        self._tokens = tokens
        self._timeout = aiohttp.ClientTimeout(total=within)

    async def execute(
        self, document: str, variables: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Response:
        """Ask once.

        Raises:
            Transient: no answer, one that is not GraphQL, or a token that is not accepted any more.
            CredentialsRefused: the plugin itself is not accepted.
        """
        response, token = await self._send(document, variables, headers or {})
        if response is None or UNAUTHENTICATED in response.codes:
            self._tokens.refused(token)
            raise Transient(f"{self._url}: the token was not accepted; the next try has a new one")
        return response

    async def _send(
        self, document: str, variables: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[Response | None, str]:
        token = await self._tokens.get()
        try:
            async with self._session.post(
                self._url,
                json={"query": document, "variables": variables},
                headers={**headers, "Authorization": f"Bearer {token}", "Accept": "application/json"},
                timeout=self._timeout,
            ) as reply:
                return await self._read(reply), token
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Transient(f"{self._url}: {error or type(error).__name__}") from error

    async def _read(self, reply: aiohttp.ClientResponse) -> Response | None:
        if reply.status == 401:
            return None
        if reply.status in TRANSIENT_STATUS:
            raise Transient(f"{self._url}: HTTP {reply.status}")
        try:
            body = await reply.json(content_type=None)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not ("data" in body or "errors" in body):
            if reply.status in TOO_LARGE_STATUS:  # said by what stands before the platform
                return Response(None, (ErrorDetail(f"HTTP {reply.status}", "PAYLOAD_TOO_LARGE"),))
            raise Transient(f"{self._url}: HTTP {reply.status} without a GraphQL response")
        errors = body.get("errors")
        data = body.get("data")
        return Response(
            data=data if isinstance(data, dict) else None,
            errors=tuple(ErrorDetail.of(raw) for raw in errors) if isinstance(errors, list) else (),
        )
