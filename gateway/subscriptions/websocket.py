"""A client's WebSocket: reader, writer, clock, and a task for each operation. The rules are ServerProtocol's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from gateway.subscriptions.expiry import on_loop
from gateway.subscriptions.port import (
    Authenticate,
    Client,
    OperationRefused,
    Operations,
    Refused,
    StreamObserver,
    Undecided,
)
from gateway.subscriptions.server_protocol import Close, Output, ServerProtocol, SignIn, Start, Stop, Text
from gateway.wire.transport_ws import SUBPROTOCOL, CloseCode

_QUEUE = 64
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """Times in seconds. `forward_headers`: what is taken of the upgrade request and of the sign-in payload."""

    sign_in_timeout: float
    keep_alive: float
    max_operations: int
    max_message: int
    max_values: int
    forward_headers: frozenset[str]


@dataclass(frozen=True, slots=True)
class WebSocketServer:
    """Serves the WebSockets of one endpoint."""

    operations: Operations
    settings: WebSocketSettings
    observer: StreamObserver
    draining: asyncio.Event
    authenticate: Authenticate | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application, for scopes of type `websocket`."""
        await receive()  # websocket.connect
        if "cookie" in self.settings.forward_headers and is_foreign(scope):
            # Browsers send cookies along to WebSockets from any page, and ask nobody first.
            await send({"type": "websocket.close", "code": int(CloseCode.FORBIDDEN)})
            return
        if SUBPROTOCOL not in scope.get("subprotocols", ()):
            await send({"type": "websocket.accept"})
            reason = f"Subprotocol not acceptable: this endpoint speaks {SUBPROTOCOL}"
            code = int(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE)
            await send({"type": "websocket.close", "code": code, "reason": reason})
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        session = _Session(self, forwarded(scope, self.settings.forward_headers), receive, send)
        self.observer.stream_opened("websocket")
        try:
            await session.run()
        finally:
            self.observer.stream_closed("websocket")


def forwarded(scope: Scope, names: frozenset[str]) -> dict[str, str]:
    """The headers of a request that fetches carry, by lower-case name; repeated ones are joined."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in names:
            value = raw_value.decode("latin-1")
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def is_foreign(scope: Scope) -> bool:
    """Whether a browser opened this from a page of another site."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    return origin is not None and origin.partition(b"://")[2] != headers.get(b"host")


class _Session:
    """One connection, from its acceptance to its end."""

    def __init__(self, server: WebSocketServer, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        self._server = server
        self._client = Client(headers)
        self._receive = receive
        self._send = send
        self._now = asyncio.get_running_loop().time
        settings = server.settings
        self._protocol = ServerProtocol(
            now=self._now(),
            sign_in_timeout=settings.sign_in_timeout,
            keep_alive=settings.keep_alive,
            max_operations=settings.max_operations,
            max_values=settings.max_values,
        )
        self._queue: asyncio.Queue[Output] = asyncio.Queue(_QUEUE)
        self._sooner = asyncio.Event()
        self._alarm: float | None = None
        self._running: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Ends when the client is gone or the writer has closed the socket; then nothing of it runs on."""
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read(tasks), name="websocket reader")
            writer = tasks.create_task(self._write(), name="websocket writer")
            clock = tasks.create_task(self._watch_clock(), name="websocket clock")
            drain = tasks.create_task(self._drain(), name="websocket drain")
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            for task in (reader, writer, clock, drain, *self._running.values()):
                task.cancel()

    async def _read(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                self._protocol.close(CloseCode.BAD_REQUEST, "Invalid message: only text is understood")
            elif len(text) > self._server.settings.max_message:
                self._protocol.close(CloseCode.TOO_BIG, "Message too big")
            else:
                await self._perform(self._protocol.receive(text, self._now()), tasks)
            await self._flush()

    async def _perform(self, request: SignIn | Start | Stop | None, tasks: asyncio.TaskGroup) -> None:
        match request:
            case SignIn(payload):
                await self._sign_in(payload)
            case Start(operation):
                task = tasks.create_task(self._operate(request), name=f"websocket operation {operation}")
                self._running[operation] = task
                task.add_done_callback(lambda _: self._running.pop(operation, None))
            case Stop(operation):
                stopped = self._running.pop(operation, None)
                if stopped is not None:
                    stopped.cancel()
            case None:
                pass

    async def _sign_in(self, payload: Mapping[str, Any]) -> None:
        given = headers_of(payload, self._server.settings.forward_headers)
        for name, value in given.items():
            if not (value.isascii() and value.isprintable()):
                self._protocol.close(CloseCode.BAD_REQUEST, f"connection_init: {name!r} is not a header value")
                return
        headers = {**self._client.headers, **given}
        self._client = Client(headers, payload)
        try:
            expires = await self._authenticated(headers)
        except Refused as refused:
            self._protocol.close(CloseCode.FORBIDDEN, refused.reason)
        except Undecided as undecided:
            self._protocol.close(CloseCode.TRY_AGAIN_LATER, undecided.reason)
        except TimeoutError:
            seconds = self._server.settings.sign_in_timeout
            self._protocol.close(CloseCode.TRY_AGAIN_LATER, f"The sign-in was not decided within {seconds:g} s")
        except Exception:
            _logger.exception("The sign-in of a WebSocket failed")
            self._protocol.close(CloseCode.INTERNAL_ERROR, "Sign-in failed")
        else:
            self._protocol.accept(self._now(), expires)

    async def _authenticated(self, headers: Mapping[str, str]) -> float | None:
        """When the sign-in expires, on the loop's clock."""
        if self._server.authenticate is None:
            return None
        async with asyncio.timeout(self._server.settings.sign_in_timeout):
            expires = await self._server.authenticate(headers)
        return None if expires is None else on_loop(expires)

    async def _operate(self, start: Start) -> None:
        self._server.observer.stream_opened("websocket operation")
        try:
            results = self._server.operations.run(start.payload, self._client)
            async with aclosing(results):
                async for result in results:
                    self._protocol.result(start.operation, result)
                    await self._flush()
            self._protocol.finished(start.operation)
        except OperationRefused as refused:
            self._protocol.refused(start.operation, refused.errors)
        except Exception:
            _logger.exception("An operation over a WebSocket failed")
            internal = {"message": "Internal error", "extensions": {"code": "INTERNAL"}}
            self._protocol.refused(start.operation, [internal])
        finally:
            self._server.observer.stream_closed("websocket operation")
        await self._flush()

    async def _flush(self) -> None:
        """Hands the writer what is to be sent; waits where the client reads slowly."""
        deadline = self._protocol.deadline
        if deadline is not None and (self._alarm is None or deadline < self._alarm):
            self._sooner.set()
        for output in self._protocol.outgoing():
            await self._queue.put(output)

    async def _write(self) -> None:
        while True:
            match await self._queue.get():
                case Text(text):
                    await self._deliver({"type": "websocket.send", "text": text})
                case Close(code, reason):
                    await self._deliver({"type": "websocket.close", "code": int(code), "reason": reason})
                    return

    async def _deliver(self, message: dict[str, Any]) -> None:
        try:
            await self._send(message)
        except OSError:
            # The client left between two messages; the reader hears of it and ends the session.
            _logger.debug("A message to a client that is gone was dropped")

    async def _drain(self) -> None:
        await self._server.draining.wait()
        self._protocol.close(CloseCode.GOING_AWAY, "Going away")
        await self._flush()

    async def _watch_clock(self) -> None:
        """Ticks at the protocol's deadlines; one that was put off is found out when the old one comes."""
        while True:
            self._sooner.clear()
            self._alarm = self._protocol.deadline
            try:
                async with asyncio.timeout_at(self._alarm):
                    await self._sooner.wait()
            except TimeoutError:
                self._protocol.tick(self._now())
                await self._flush()


def headers_of(payload: Mapping[str, Any], names: frozenset[str]) -> dict[str, str]:
    """The headers among a sign-in payload's members: `Authorization`, and what is forwarded anyway."""
    return {
        name.lower(): value
        for name, value in payload.items()
        if isinstance(value, str) and (name.lower() in names or name.lower() == "authorization")
    }
