"""Several services behind one address, for clients whose every operation is of one service alone.

No federation: an operation goes, as it is, to the service that has its first field. It stands in for the gateway
where a test is about what is on both sides of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, parse
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class OneEndpoint:
    """An ASGI app.

    Args:
        services: each service's schema and app; the app answers at `/graphql`.
    """

    def __init__(self, services: Mapping[str, tuple[GraphQLSchema, ASGIApp]]) -> None:
        self._services = dict(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request or connection to its service."""
        if scope["type"] == "http":
            body = await Request(scope, receive).body()
            app = self._service_of(json.loads(body)["query"])
            if app is None:
                await JSONResponse({"errors": [{"message": "no service has that field"}]})(scope, receive, send)
                return
            await app(scope, _replaying([{"type": "http.request", "body": body}], receive), send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)

    def _service_of(self, document: str) -> ASGIApp | None:
        (operation,) = [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
        field = next(node for node in operation.selection_set.selections if isinstance(node, FieldNode))
        for schema, app in self._services.values():
            root = schema.get_root_type(operation.operation)
            if root is not None and field.name.value in root.fields:
                return app
        return None

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Acknowledge for the service until it is known which one is meant, then let it have the connection."""
        connect = await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        init = await receive()
        await send({"type": "websocket.send", "text": json.dumps({"type": "connection_ack"})})
        subscribe = await receive()
        if subscribe["type"] != "websocket.receive":
            return
        app = self._service_of(json.loads(subscribe["text"])["payload"]["query"])
        assert app is not None

        async def send_rest(message: Message) -> None:
            if message["type"] == "websocket.accept" or _is_ack(message):
                return
            await send(message)

        await app(scope, _replaying([connect, init, subscribe], receive), send_rest)


def _is_ack(message: Mapping[str, Any]) -> bool:
    if message["type"] != "websocket.send":
        return False
    return bool(json.loads(message["text"])["type"] == "connection_ack")


def _replaying(first: list[Message], receive: Receive) -> Receive:
    waiting = iter(first)

    async def replay() -> Message:
        for message in waiting:
            return message
        return await receive()

    return replay
