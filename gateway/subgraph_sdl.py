"""Asks subgraphs for their SDL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.executor.transport import SubgraphRequest, SubgraphTransport, TransportError

_QUERY = "query SubgraphSDL { _service { sdl } }"


@dataclass(frozen=True, slots=True)
class SdlProblem:
    """Why a subgraph's SDL could not be had."""

    code: str
    message: str
    service: str


async def fetch_sdls(transports: Mapping[str, SubgraphTransport]) -> tuple[dict[str, str], list[SdlProblem]]:
    """All subgraphs at once: the SDL by name of those that gave it, and what kept the others."""
    async with asyncio.TaskGroup() as tasks:
        asked = {
            name: tasks.create_task(fetch_sdl(name, transport), name=f"SDL of {name}")
            for name, transport in transports.items()
        }
    answers = {name: task.result() for name, task in asked.items()}
    sdls = {name: answer for name, answer in answers.items() if isinstance(answer, str)}
    return sdls, [answer for answer in answers.values() if isinstance(answer, SdlProblem)]


async def fetch_sdl(name: str, transport: SubgraphTransport) -> str | SdlProblem:
    """One subgraph's SDL."""
    try:
        response = await transport.execute(SubgraphRequest(name, _QUERY, "SubgraphSDL", {}, "query", {}))
    except TransportError as error:
        return SdlProblem(error.code, error.message, name)
    data = response.data
    service = data.get("_service") if isinstance(data, dict) else None
    sdl = service.get("sdl") if isinstance(service, dict) else None
    if isinstance(sdl, str) and sdl.strip():
        return sdl
    said = "; ".join(str(error.get("message", "")) for error in response.errors)[:300]
    because = f" It says: {said}." if said else ""
    return SdlProblem(
        "SUBGRAPH_SDL_HIDDEN",
        f"Subgraph {name!r} does not give its SDL by `_service {{ sdl }}`.{because} Serve it as a Federation 2 "
        "subgraph with introspection of `_service` allowed, or compose from an SDL file",
        name,
    )
