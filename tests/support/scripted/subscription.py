"""One subscription of a worker, seen from the platform."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute, parse, validate

STOCK_CHANGED = "commerce_adjustStock_commit_stockChanged"


def payload_type(hook_id: str) -> str:
    """The payload's type name, said again here so that the SDK's own is checked against it."""
    return "".join(tag[0].upper() + tag[1:] for tag in hook_id.split("_"))


def forbidden(message: str = "not yours") -> GraphQLError:
    """A payload field that the plugin may not see."""
    return GraphQLError(message, extensions={"code": "FORBIDDEN"})


class ScriptedSubscription:
    """What a test does with one subscription: deliver, beat, refuse, drop, close."""

    def __init__(self, schema: GraphQLSchema, socket: web.WebSocketResponse, authorization: str) -> None:
        self.authorization = authorization
        self.left = asyncio.Event()
        self.pongs = True
        self.variables: Mapping[str, Any] = {}
        self._schema = schema
        self._socket = socket
        self._document: DocumentNode | None = None
        self._id = ""

    def start(self, id: str, query: str, variables: Mapping[str, Any]) -> list[GraphQLError]:
        """The worker subscribes; gives what is wrong with its document."""
        self._id = id
        self.variables = variables
        self._document = parse(query)
        return validate(self._schema, self._document)

    async def deliver(
        self,
        id: str,
        payload: Mapping[str, Any] | GraphQLError,
        *,
        hook_id: str = STOCK_CHANGED,
        attempt: int = 1,
        mode: str = "ASYNC",
        lease: float = 30.0,
        connections: list[dict[str, Any]] | None = None,
        replay: bool = False,
        cause: Mapping[str, Any] | None = None,
    ) -> None:
        """Send a delivery; a field that is a GraphQLError is answered with it."""
        whole = payload
        if isinstance(payload, Mapping):
            whole = {"__typename": payload_type(hook_id), **payload}
        await self._next(
            {
                "__typename": "CommerceHookDelivery",
                "id": id,
                "hookId": hook_id,
                "mode": mode,
                "attempt": attempt,
                "seq": 1,
                "deadline": (datetime.now(UTC) + timedelta(seconds=lease)).isoformat(),
                "replay": replay,
                "cause": cause,
                "connections": connections or [],
                "payload": whole,
            }
        )

    async def beat(self) -> None:
        """Send a heartbeat."""
        await self._next({"__typename": "HookHeartbeat", "at": datetime.now(UTC).isoformat()})

    async def refuse(self, *errors: dict[str, Any]) -> None:
        """End the operation with errors."""
        await self.send({"type": "error", "id": self._id, "payload": list(errors)})

    async def end(self) -> None:
        """End the operation from the server's side."""
        await self.send({"type": "complete", "id": self._id})

    async def close(self, code: int, reason: str = "") -> None:
        """Close the connection with a code."""
        await self._socket.close(code=code, message=reason.encode())

    def drop(self) -> None:
        """Break the connection without a word."""
        request = self._socket._req
        assert request is not None and request.transport is not None
        request.transport.abort()

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a message as it is."""
        await self._socket.send_str(json.dumps(message))

    async def _next(self, message: Mapping[str, Any]) -> None:
        assert self._document is not None
        result = execute(
            self._schema,
            self._document,
            root_value={"commerceHooks": message},
            variable_values=dict(self.variables),
        )
        assert isinstance(result, ExecutionResult)
        await self.send({"type": "next", "id": self._id, "payload": result.formatted})
