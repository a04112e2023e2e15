"""The HTTP protocol: usual requests to the lane, all others to uvicorn's protocol, which then keeps the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.serving.lane import Lane

_LARGE: Final = 16 * 1024
_CLOSE: Final = b"connection: close\r\n"


def protocol_class(lane: Lane) -> type[asyncio.Protocol]:
    """What to give uvicorn as `http`."""
    return type("GatewayProtocol", (GatewayProtocol,), {"lane": lane})


class GatewayProtocol(asyncio.Protocol):
    """One connection of a client. uvicorn makes it, counts it and tells it to shut down."""

    lane: ClassVar[Lane]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._cancel: Callable[[], object] | None = None
        self._busy = False
        self._paused = False
        self._closing = False
        self._idle_since = 0.0
        self._common: list[tuple[bytes, bytes]] = []
        self._common_text = b""
        self._timer: asyncio.TimerHandle | None = None

    # What the connection tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._state.connections.add(cast(Any, self))
        self._idle_since = self._loop.time()
        self._watch_idleness()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if self._busy:
            if self._transport is not None:
                self._transport.pause_reading()
            return
        self._serve()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if not self._busy and self._buffer:
            self._serve()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self._transport = None
        self._buffer = b""
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()

    def shutdown(self) -> None:
        """Answers what is under way, and closes."""
        self._closing = True
        if not self._busy and self._transport is not None:
            self._transport.close()

    # Requests

    def _serve(self) -> None:
        """Takes the next request out of the buffer, as soon as all of it is there."""
        if self._paused:
            return
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n") + 4
        head = self.lane.heads.read(buffer[:end]) if end > 3 else None
        if head is None:
            self._hand_over()
            return
        stop = end + head.length
        if len(buffer) < stop:
            return
        self._buffer = buffer[stop:]
        self._busy = True
        cancel = self.lane.answer(head, buffer[end:stop], self._send)
        if cancel is None:
            self._buffer = buffer[:stop] + self._buffer
            self._busy = False
            self._hand_over()
        elif self._busy:
            self._cancel = cancel

    def _send(self, head: bytes, body: bytes) -> None:
        self._cancel = None
        self._busy = False
        self._state.total_requests += 1
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._state.default_headers is not self._common:
            self._print_common()
        if len(body) < _LARGE:
            transport.write(b"%s%s%s\r\n%s" % (head, self._common_text, _CLOSE if self._closing else b"", body))
        else:
            head = b"%s%s%s\r\n" % (head, self._common_text, _CLOSE if self._closing else b"")
            transport.writelines((head, body))  # Spares a copy.
        if self._closing:
            transport.close()
            return
        self._idle_since = self._loop.time()
        if self._buffer:
            # Later, so that a client that sends many requests at once does not nest their answers.
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._transport is not None and not self._busy and self._buffer:
            self._transport.resume_reading()
            self._serve()

    def _print_common(self) -> None:
        """Date and what else the server sends with every response; uvicorn makes a new list each second."""
        self._common = self._state.default_headers
        self._common_text = b"".join(b"%s: %s\r\n" % pair for pair in self._common)

    # The end

    def _hand_over(self) -> None:
        """Makes the connection uvicorn's, with everything that has come over it so far."""
        transport, buffer = self._transport, self._buffer
        if transport is None or transport.is_closing():
            return
        self._leave()
        self._transport, self._buffer = None, b""
        transport.resume_reading()
        heir = HttpToolsProtocol(self._config, self._state, self._app_state, self._loop)
        transport.set_protocol(heir)
        heir.connection_made(transport)
        heir.data_received(buffer)

    def _leave(self) -> None:
        self._state.connections.discard(cast(Any, self))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch_idleness(self) -> None:
        """Closes the connection where nothing has come for as long as uvicorn keeps connections."""
        now = self._loop.time()
        if self._busy:
            self._idle_since = now
        end = self._idle_since + self._config.timeout_keep_alive
        if now >= end and self._transport is not None:
            self._transport.close()
            return
        self._timer = self._loop.call_at(end if end > now else now, self._watch_idleness)
