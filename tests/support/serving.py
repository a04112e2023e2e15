"""An ASGI app behind a real server on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serving(
    app: ASGIApp, http: type[asyncio.Protocol] | None = None, certificate: Path | None = None
) -> AsyncIterator[str]:
    """Serve `app` on loopback, `http` in front of it; yields its address without a trailing slash.

    Args:
        certificate: of `localhost`, with its key; then it is served over https.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_level="warning",
            lifespan="auto",
            ws="websockets-sansio",
            http=http or "auto",
            ssl_certfile=certificate,
        )
        server = _Server(config)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(server._serve([listener]))
            waiting = tasks.create_task(server.ready.wait())
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            try:
                yield f"http://127.0.0.1:{port}" if certificate is None else f"https://localhost:{port}"
            finally:
                server.should_exit = True
                await running
