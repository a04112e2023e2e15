"""The scripted platform: token endpoint, GraphQL over HTTP, graphql-transport-ws."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web
from graphql import ExecutionResult, execute, parse, validate

from tests.support.scripted.schema import scripted_schema
from tests.support.scripted.subscription import ScriptedSubscription

CLIENT_ID = "market-client"
CLIENT_SECRET = "market-secret"


@dataclass(frozen=True)
class Reply:
    """An outcome that a worker sent."""

    delivery_id: str
    attempt: int
    outcome: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return next(iter(self.outcome))


@dataclass(frozen=True)
class HttpCall:
    """A call of a handler."""

    query: str
    variables: Mapping[str, Any]
    headers: Mapping[str, str]


class ScriptedPlatform:
    """What a test sets and sees.

    Attributes:
        url: where it is.
        subscriptions: each subscription as it begins.
        replies: each outcome, as it arrives.
        calls: each call of a handler that was executed.
        tokens: the tokens given out, in order.
        good_tokens: those that are accepted.
        token_life: `expires_in` of the tokens given out.
        token_faults: answers of the token endpoint, each used once: a status and a body.
        http_faults: what happens to the next requests: an HTTP status, a top-level error's code, or `drop`.
        mute: whether the token endpoint never answers.
        faulted: set at the first fault.
        reply_errors: errors that replies are answered with, each list used once.
        answers: values of the outermost fields of calls, or functions of the call that give them.
    """

    def __init__(self) -> None:
        self.url = ""
        self.subscriptions: asyncio.Queue[ScriptedSubscription] = asyncio.Queue()
        self.replies: asyncio.Queue[Reply] = asyncio.Queue()
        self.calls: list[HttpCall] = []
        self.tokens: list[str] = []
        self.good_tokens: set[str] = set()
        self.token_life = 3600
        self.token_faults: deque[tuple[int, dict[str, Any]]] = deque()
        self.http_faults: deque[int | str] = deque()
        self.reply_errors: deque[list[dict[str, str]]] = deque()
        self.mute = False
        self.faulted = asyncio.Event()
        self.answers: dict[str, Any | Callable[[HttpCall], Any]] = {}
        self._schema = scripted_schema()

    async def subscribed(self) -> ScriptedSubscription:
        """The next subscription that begins."""
        return await asyncio.wait_for(self.subscriptions.get(), 10)

    async def reply(self) -> Reply:
        """The next outcome that arrives, extensions aside."""
        while (reply := await asyncio.wait_for(self.replies.get(), 10)).kind == "extend":
            pass
        return reply

    async def extension(self) -> Reply:
        """The next outcome that arrives, which has to be an extension."""
        reply = await asyncio.wait_for(self.replies.get(), 10)
        assert reply.kind == "extend", reply
        return reply

    def revoke_tokens(self) -> None:
        """No token given out so far is accepted any more."""
        self.good_tokens.clear()

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_post("/oauth/token", self._token)
        app.router.add_post("/graphql", self._http)
        app.router.add_get("/graphql", self._websocket)
        return app

    async def _token(self, request: web.Request) -> web.Response:
        if self.mute:
            self.faulted.set()
            await asyncio.Event().wait()
        if self.token_faults:
            self.faulted.set()
            status, body = self.token_faults.popleft()
            return web.json_response(body, status=status)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        form = await request.post()
        if request.headers.get("Authorization") != f"Basic {basic}" or form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "invalid_client"}, status=401)
        token = f"token-{len(self.tokens) + 1}"
        self.tokens.append(token)
        self.good_tokens.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": self.token_life})

    def _accepts(self, authorization: object) -> bool:
        return isinstance(authorization, str) and authorization.removeprefix("Bearer ") in self.good_tokens

    async def _http(self, request: web.Request) -> web.Response:
        if self.http_faults:
            self.faulted.set()
            fault = self.http_faults.popleft()
            if isinstance(fault, int):
                return web.Response(status=fault)
            if fault != "drop":
                return web.json_response({"errors": [{"message": "because", "extensions": {"code": fault}}]})
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if not self._accepts(request.headers.get("Authorization")):
            error = {"message": "expired", "extensions": {"code": "UNAUTHENTICATED"}}
            return web.json_response({"errors": [error]}, status=401)
        body = await request.json()
        return web.json_response(self._execute(HttpCall(body["query"], body["variables"], request.headers)))

    def _execute(self, call: HttpCall) -> dict[str, Any]:
        document = parse(call.query)
        if errors := validate(self._schema, document):
            return {"errors": [error.formatted for error in errors]}
        if "commerceReply" in call.query:
            root: dict[str, Any] = {"commerceReply": self._take(call)}
        else:
            self.calls.append(call)
            root = {field: answer(call) if callable(answer) else answer for field, answer in self.answers.items()}
        result = execute(self._schema, document, root_value=root, variable_values=dict(call.variables))
        assert isinstance(result, ExecutionResult)
        formatted: Mapping[str, Any] = result.formatted
        return dict(formatted)

    def _take(self, call: HttpCall) -> dict[str, Any]:
        errors = self.reply_errors.popleft() if self.reply_errors else []
        variables = call.variables
        self.replies.put_nowait(Reply(variables["deliveryId"], variables["attempt"], variables["outcome"]))
        return {"errors": errors}

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["graphql-transport-ws"])
        await socket.prepare(request)
        subscription: ScriptedSubscription | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            message = json.loads(frame.data)
            match message["type"]:
                case "connection_init":
                    authorization = message["payload"]["Authorization"]
                    if not self._accepts(authorization):
                        await socket.close(code=4403, message=b"Forbidden")
                        break
                    subscription = ScriptedSubscription(self._schema, socket, authorization)
                    await socket.send_str(json.dumps({"type": "connection_ack"}))
                case "subscribe":
                    assert subscription is not None
                    payload = message["payload"]
                    errors = subscription.start(message["id"], payload["query"], payload["variables"])
                    if errors:
                        await subscription.refuse(*(dict(error.formatted) for error in errors))
                    else:
                        self.subscriptions.put_nowait(subscription)
                case "ping":
                    assert subscription is not None
                    if subscription.pongs:
                        await socket.send_str(json.dumps({"type": "pong"}))
                case "complete":
                    assert subscription is not None
                    subscription.left.set()
        return socket


@asynccontextmanager
async def scripted_platform() -> AsyncIterator[ScriptedPlatform]:
    """A platform on a free port of loopback."""
    platform = ScriptedPlatform()
    runner = web.AppRunner(platform.app(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        platform.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield platform
    finally:
        await runner.cleanup()
