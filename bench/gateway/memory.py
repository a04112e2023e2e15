"""What the gateway holds of the memory: after many requests, and after many different documents.

`python -m bench.gateway.memory [--requests 1000000] [--documents 100000]` prints its resident memory ten times on
the way; it should be flat.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import orjson

from bench.gateway.compare import listening
from bench.gateway.graph import NESTED, ONE
from bench.gateway.load import Load, measure, resident_megabytes
from bench.gateway.processes import Process, cores, pinned, process
from bench.gateway.scenarios import ONE_CLEAN
from bench.gateway.serving import serve_gateway, supergraph
from bench.gateway.standins import serve_standins

_STEPS = 10


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway.memory", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="of one document")
    parser.add_argument("--documents", type=int, default=100_000, help="each asked for once")
    given = parser.parse_args(arguments)
    core, other = cores()
    with ExitStack() as stack:
        stack.enter_context(pinned(other))
        standins = stack.enter_context(process(other, serve_standins))
        gateway = stack.enter_context(process(core, serve_gateway, supergraph(standins.port)))
        asyncio.run(_watch(gateway, given.requests, given.documents))


async def _watch(gateway: Process, requests: int, documents: int) -> None:
    await listening(gateway.port)
    print(f"at first               {resident_megabytes(gateway.pid):6.1f} MB")
    await _steps(gateway, "requests", requests, lambda _: ONE_CLEAN.load)
    await _steps(gateway, "documents", documents, _different)


async def _steps(gateway: Process, what: str, count: int, load: Callable[[int], Load]) -> None:
    for step in range(1, _STEPS + 1):
        await measure(gateway.port, gateway.pid, load(step), 50, 0, least=count // _STEPS)
        print(f"{step * count // _STEPS:9} {what:12} {resident_megabytes(gateway.pid):6.1f} MB")


def _different(step: int) -> Load:
    """Documents never seen before; one in ten of them is the nested query."""

    def body(count: int) -> bytes:
        query = NESTED.replace("cents", f"a{step}x{count}: cents") if count % 10 == 0 else ONE
        return orjson.dumps({"query": query.replace("name", f"b{step}x{count}: name")})

    return Load(body, _whole)


def _whole(answer: object) -> None:
    assert isinstance(answer, dict)
    assert "errors" not in answer


if __name__ == "__main__":
    main()
