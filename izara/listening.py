"""Listening: one socket, one uvicorn server, one clear line where the port is taken."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp


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
    app: ASGIApp, listening: socket.socket, *, drain: Callable[[], None] | None = None
) -> AsyncIterator[None]:
    """Serve `app` on the socket while the context is open; then finish what is under way, for a few seconds at most.

    Args:
        drain: ends streams that would stay open for ever.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        server_header=False,
    )
    server = QuietServer(config)
    async with asyncio.TaskGroup() as tasks:
        served = tasks.create_task(server.serve(sockets=[listening]))
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


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
