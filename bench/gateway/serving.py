"""The gateway as the benchmark runs it: composed from the stand-ins' SDLs, nothing switched off."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

import uvicorn
import uvloop

from bench.gateway.graph import SDLS
from gateway.app import create_gateway
from gateway.composition import Subgraph, compose
from gateway.config import GatewayConfig
from gateway.serving import listeners, settle_collector


def supergraph(port: int) -> str:
    """The four subgraphs at one port, composed."""
    result = compose([Subgraph(name, f"http://127.0.0.1:{port}/{name}", sdl) for name, sdl in SDLS.items()])
    assert result.supergraph is not None, result.errors
    return result.supergraph


def serve_gateway(listener: socket.socket, sdl: str) -> None:
    """A process's whole work."""
    gateway = create_gateway(GatewayConfig(supergraph=sdl))
    http = cast(Any, gateway.http_protocol())
    config = uvicorn.Config(gateway.app, http=http, log_level="error", access_log=False, ws="websockets-sansio")

    async def serve() -> None:
        with listeners(listener) as sockets:
            serving = asyncio.create_task(uvicorn.Server(config).serve(sockets))
            await gateway.wait_ready()
            settle_collector()
            await serving

    uvloop.run(serve())
