"""What handlers reach through their context, on the real platform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from plugin_sdk._http import GraphQLClient, Response
from plugin_sdk._leases import Leases
from plugin_sdk._transient import TRANSIENT_CODES, Transient
from plugin_sdk._tuning import Tuning
from plugin_sdk.errors import CredentialsRefused, ErrorDetail, GraphQLFailed


class RemotePlatform:
    """Runs a handler's calls through the gateway; each carries its delivery as cause and, if it is a
    mutation, an idempotency key, so that trying again is harmless."""

    def __init__(self, client: GraphQLClient, leases: Leases, tuning: Tuning) -> None:
        self._client = client
        self._leases = leases
        self._tuning = tuning

    async def call(
        self, document: str, variables: Mapping[str, Any], *, delivery_id: str, idempotency_key: str | None
    ) -> Mapping[str, Any]:
        """Run an operation; see `Platform.call`."""
        headers = {"Izara-Delivery": delivery_id}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        until = time.monotonic() + self._tuning.patience
        backoff = self._tuning.backoff()
        while True:
            wait = backoff.next()
            last = time.monotonic() + wait > until
            try:
                response = await self._client.execute(document, variables, headers)
            except (Transient, CredentialsRefused) as error:
                if last:
                    raise GraphQLFailed([ErrorDetail(str(error), "UNAVAILABLE")]) from error
            else:
                if last or not response.codes & TRANSIENT_CODES:
                    return _data(response)
            await asyncio.sleep(wait)

    async def extend(self, delivery_id: str, seconds: float | None) -> bool:
        """Move the end of a lease; see `Platform.extend`."""
        return await self._leases.extend(delivery_id, seconds)


def _data(response: Response) -> Mapping[str, Any]:
    if response.errors:
        raise GraphQLFailed(response.errors, response.data)
    if response.data is None:
        raise GraphQLFailed([ErrorDetail("the answer has neither data nor errors", "INTERNAL")])
    return response.data
