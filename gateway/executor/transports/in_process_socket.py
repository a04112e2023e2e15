"""A WebSocket to an ASGI app of this process."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from starlette.types import ASGIApp, Message, Scope

from gateway.executor.transports.streaming import SocketClosed

_QUEUE = 16
_GRACE = 5.0
_LOST = 1006
_logger = logging.getLogger(__name__)


class InProcessSocket:
    """A TextSocket whose other end is an app, run in a task that this object owns until `close`."""

    def __init__(self, app: ASGIApp, scope: Scope) -> None:
        self._app = app
        self._scope = scope
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue(_QUEUE)
        self._task: asyncio.Task[None] | None = None
        self._leaving = False
        self._ended: SocketClosed | None = None

    async def open(self) -> None:
        """Starts the app and waits until it accepts. Raises SocketClosed where it refuses."""
        self._to_app.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._run(), name="in-process websocket")
        message = await self._take()
        if message["type"] != "websocket.accept":
            raise self._end(_LOST, f"refused before it was open ({message.get('status', 'closed')})")

    async def send(self, text: str) -> None:
        if self._ended is not None:
            raise self._ended
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    async def receive(self) -> str:
        message = await self._take()
        text = message.get("text")
        return text if text is not None else bytes(message.get("bytes") or b"").decode("utf-8", "replace")

    async def close(self) -> None:
        """Tells the app that the client is gone, and waits for it to end; cancels it where it does not."""
        if self._task is None:
            return
        self._leaving = True
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000, "reason": ""})
        while not self._from_app.empty():
            self._from_app.get_nowait()
        try:
            await asyncio.wait({self._task}, timeout=_GRACE)
        finally:
            self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._to_app.get, self._receive_from_app)
        except Exception:
            if not self._leaving:
                _logger.exception("An app of this process failed while it served a WebSocket")
        finally:
            if not self._leaving:
                await self._from_app.put({"type": "websocket.close", "code": _LOST, "reason": "the app ended"})

    async def _receive_from_app(self, message: Message) -> None:
        """The app's `send`. What comes after the client left is dropped, as a network would."""
        if not self._leaving:
            await self._from_app.put(message)

    async def _take(self) -> Message:
        if self._ended is not None:
            raise self._ended
        message: dict[str, Any] = dict(await self._from_app.get())
        if message["type"] == "websocket.close":
            raise self._end(message.get("code", 1000), message.get("reason") or "")
        return message

    def _end(self, code: int, reason: str) -> SocketClosed:
        self._ended = SocketClosed(code, reason)
        return self._ended
