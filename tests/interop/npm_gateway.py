"""@apollo/gateway as a process, on a supergraph of ours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.interop.node import HERE, NODE
from tests.support.stack import Program


@asynccontextmanager
async def npm_gateway(supergraph: str, directory: Path) -> AsyncIterator[str]:
    """Serve a supergraph; yields the address of its endpoint.

    Args:
        directory: where the supergraph's file goes.
    """
    file = directory / "supergraph.graphql"
    file.write_text(supergraph, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(NODE, "gateway.mjs", str(file)),
        cwd=HERE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Program(process)
    reading = asyncio.create_task(running.read())
    try:
        yield (await running.says(r"^ready (\S+)$"))[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await reading
