"""Asks subgraphs for their SDL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.executor.transport import SubgraphRequest, SubgraphTransport, TransportError
from gateway.executor.transports import codes

LARGEST_SDL: Final = 32 * 1024 * 1024
"""Bytes of an answer to the question for an SDL."""
HIDDEN: Final = "SUBGRAPH_SDL_HIDDEN"
"""The subgraph answered, and gave no SDL."""

_QUERY: Final = "query SubgraphSDL { _service { sdl } }"
_SHOWN: Final = 300
_HELP: Final[Mapping[str, str]] = {
    codes.UNREACHABLE: "Start the subgraph, correct its URL, or compose from a file with its SDL.",
    codes.TIMEOUT: "Look whether the subgraph is well, allow it more time, or compose from a file with its SDL.",
    codes.HTTP_ERROR: "Give the URL of its GraphQL endpoint itself, and the headers that it asks for.",
    codes.INVALID_RESPONSE: "Give the URL of its GraphQL endpoint, which answers POST requests with JSON; this may be "
    "that of a page.",
    codes.TOO_LARGE: "Give the URL of its GraphQL endpoint, or compose from a file with its SDL.",
    codes.FAILED: "The log says what the subgraph raised.",
    HIDDEN: "Serve it as a Federation subgraph and allow introspection of `_service`, or compose from a file with its "
    "SDL.",
}


@dataclass(frozen=True, slots=True)
class SdlProblem:
    """Why a subgraph's SDL could not be had, and what can be done."""

    code: str
    message: str
    service: str
    help: str | None = None


async def fetch_sdls(
    transports: Mapping[str, SubgraphTransport], headers: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[dict[str, str], list[SdlProblem]]:
    """All subgraphs at once: the SDL by name of those that gave it, and what kept the others.

    Args:
        headers: by subgraph, to be sent along; lower-case names.
    """
    given = headers or {}
    async with asyncio.TaskGroup() as tasks:
        asked = {
            name: tasks.create_task(fetch_sdl(name, transport, given.get(name, {})), name=f"SDL of {name}")
            for name, transport in transports.items()
        }
    answers = {name: task.result() for name, task in asked.items()}
    sdls = {name: answer for name, answer in answers.items() if isinstance(answer, str)}
    return sdls, [answer for answer in answers.values() if isinstance(answer, SdlProblem)]


async def fetch_sdl(
    name: str, transport: SubgraphTransport, headers: Mapping[str, str] | None = None
) -> str | SdlProblem:
    """One subgraph's SDL."""
    try:
        response = await transport.execute(SubgraphRequest(name, _QUERY, "SubgraphSDL", {}, "query", headers or {}))
    except TransportError as error:
        return SdlProblem(error.code, error.message, name, _HELP.get(error.code))
    data = response.data
    service = data.get("_service") if isinstance(data, dict) else None
    sdl = service.get("sdl") if isinstance(service, dict) else None
    if isinstance(sdl, str) and sdl.strip():
        return sdl
    said = "; ".join(str(error.get("message", "")) for error in response.errors)[:_SHOWN]
    because = f" It says: {said}" if said else ""
    message = f"Subgraph {name!r} does not give its SDL by `_service {{ sdl }}`.{because}"
    return SdlProblem(HIDDEN, message, name, _HELP[HIDDEN])
