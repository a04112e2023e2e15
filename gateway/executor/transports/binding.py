"""How a client's WebSocket sign-in reaches the WebSockets to subgraphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self

from gateway.executor.transport import SubgraphTransport


class ConnectableTransport(SubgraphTransport, Protocol):
    """A transport that signs in with a `connection_init` payload where it opens a WebSocket."""

    def with_init_payload(self, payload: Mapping[str, Any]) -> Self:
        """The same transport, whose subscriptions sign in with this payload."""
        ...


def init_payload(bound: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """What to sign in with: the client's own payload, and its Authorization header where that has none."""
    payload = dict(bound)
    authorization = headers.get("authorization")
    if authorization is not None and not any(name.lower() == "authorization" for name in payload):
        payload["Authorization"] = authorization
    return payload
