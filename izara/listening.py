"""Listening: one socket, one uvicorn server, one clear line where the port is taken."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from gateway.serving import listeners


class ListenError(Exception):
    """The address cannot be listened on; the message says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. Raises ListenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise ListenError(
                f"port {port} of {host} is in use: stop what listens there, or choose another --port"
            ) from error
        raise ListenError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listening.setblocking(False)
    return listening


class QuietServer(uvicorn.Server):
    """A uvicorn server that leaves signals to the process that it runs in, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp,
    listening: socket.socket,
    *,
    drain: Callable[[], None] | None = None,
    http: type[asyncio.Protocol] | None = None,
) -> AsyncIterator[None]:
    """Serve `app` on the socket while the context is open; then finish what is under way, for a few seconds at most.

    Args:
        drain: ends streams that would stay open for ever.
        http: a protocol that answers what it can before the app; see `Gateway.http_protocol`.
    """
    config = uvicorn.Config(
        app,
        http="auto" if http is None else cast(Any, http),
        lifespan="off",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,  # longer than clients keep idle connections, so that they close them and not we
        ws_ping_interval=20,
        ws_ping_timeout=20,
        server_header=False,
    )
    server = QuietServer(config)
    with listeners(listening) as sockets:
        async with asyncio.TaskGroup() as tasks:
            served = tasks.create_task(server.serve(sockets=sockets))
            try:
                await server.listening.wait()
                yield
            finally:
                if drain is not None:
                    drain()
                server.should_exit = True
                with suppress(TimeoutError):
                    async with asyncio.timeout(8):
                        await asyncio.wait([served])
                served.cancel()


class Stop:
    """A request to end this process: it cancels what is being started, and is waited for afterwards."""

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._asked = asyncio.Event()
        self._started = False
        self.cancelled = False

    def ask(self) -> None:
        """Ask for the end; asking again changes nothing."""
        if self._asked.is_set():
            return
        self._asked.set()
        if not self._started and self._task is not None:
            self.cancelled = self._task.cancel()

    def started(self) -> None:
        """The start is over: from here on nothing is cancelled.

        Raises:
            CancelledError: the end was asked for already, and something in the start dropped the cancellation
                (`asyncio.wait_for` can, before Python 3.12).
        """
        if self._asked.is_set():
            raise asyncio.CancelledError
        self._started = True

    async def wait(self) -> None:
        """Return when the end is asked for; the start is over."""
        self._started = True
        await self._asked.wait()


@contextmanager
def stop_signals() -> Iterator[Stop]:
    """What SIGINT and SIGTERM ask for; a start that they cancelled ends here, quietly."""
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.ask)
    try:
        yield stop
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if not stop.cancelled or task is None or task.uncancel() > 0:
            raise
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
