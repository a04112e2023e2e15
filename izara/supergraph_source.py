"""A supergraph that is given: read from a file or URL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.supergraph import SupergraphError
from izara.errors import StartError

FETCH = 30.0
"""Seconds in which a URL answers."""


async def read_supergraph(source: str) -> str:
    """The text of a supergraph at a file or URL; raises StartError where there is none."""
    if source.startswith(("http://", "https://")):
        import aiohttp

        try:
            whole = aiohttp.ClientTimeout(total=FETCH)
            async with aiohttp.ClientSession(timeout=whole) as session, session.get(source) as response:
                response.raise_for_status()
                return await response.text()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise StartError(f"no supergraph at {source}: {error or type(error).__name__}") from error
    try:
        return await asyncio.to_thread(Path(source).read_text)
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"no supergraph in {source}: {error}") from error


@contextmanager
def naming(source: str | None) -> Iterator[None]:
    """What is wrong with a supergraph is told with where it is from, as a StartError."""
    try:
        yield
    except SupergraphError as error:
        raise StartError(f"{source}: {error}") from error
