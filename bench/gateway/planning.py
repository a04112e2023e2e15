"""`python -m bench.gateway.planning`: cold plans, and how late the event loop is while operations are planned.

The floor of planning a text is graphql-core's parsing and validation of it, in the same process.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from time import perf_counter, process_time

from graphql import parse, validate
from starlette.types import Receive, Scope, Send

from bench.gateway.graph import NESTED, SDLS
from bench.gateway.many_plans import fragments, many_plans
from gateway.app import create_gateway
from gateway.composition import Subgraph, compose
from gateway.config import GatewayConfig
from gateway.planner import plan_operation
from gateway.serving import Lane, settle_collector
from gateway.serving.head import Head
from gateway.subscriptions.port import Client
from gateway.supergraph import Supergraph, load_supergraph
from gateway.wire.json import dumps, loads

_PROBE = 0.001
_JSON = "application/json"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway.planning", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured; the best counts")
    rounds = parser.parse_args(arguments).rounds
    many, operation = many_plans()
    for name, supergraph, query in (("nested", _nested(), NESTED), ("many plans", many, operation)):
        print(_cold(name, supergraph, query, rounds))
    for line in asyncio.run(_lags(many, {"many plans": operation, "fragments": fragments()})):
        print(line)


def _nested() -> str:
    composed = compose([Subgraph(name, f"http://{name}.invalid", sdl) for name, sdl in SDLS.items()])
    if composed.supergraph is None:
        raise RuntimeError(f"the benchmark's graph does not compose: {composed.errors}")
    return composed.supergraph


def _cold(name: str, supergraph: str, query: str, rounds: int) -> str:
    """CPU time of the first plan on a supergraph that was just loaded."""
    plans: list[float] = []
    floors: list[float] = []
    for _ in range(rounds):
        loaded = load_supergraph(supergraph)
        floors.append(_seconds(partial(_parse_and_validate, loaded, query)))
        plans.append(_seconds(partial(plan_operation, loaded, parse(query))))
    plan, floor = min(plans) * 1e3, min(floors) * 1e3
    return f"{name:12} plan {plan:7.1f} ms   parse and validate {floor:7.1f} ms   {plan / floor:5.2f}"


def _parse_and_validate(supergraph: Supergraph, query: str) -> None:
    validate(supergraph.api_schema, parse(query))


def _seconds(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return process_time() - started


async def _lags(supergraph: str, queries: dict[str, str]) -> list[str]:
    gateway = create_gateway(GatewayConfig(supergraph=supergraph), apps={f"s{number}": _silent for number in range(7)})
    async with gateway.running():
        await gateway.wait_ready()
        settle_collector()
        lane = gateway.lane("/graphql")
        lines = [await _lag("at rest", asyncio.sleep(0.5))]
        for name, query in queries.items():
            lines.append(await _lag(name, _answered(lane, query)))
        return lines


async def _silent(_: Scope, __: Receive, send: Send) -> None:
    """A subgraph that has nothing, so that next to nothing follows the plan."""
    headers = [(b"content-type", _JSON.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"data": null}'})


async def _answered(lane: Lane, query: str) -> object:
    answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    lane.answer(Head(0, _JSON, Client({})), dumps({"query": query}), lambda _, body: answer.set_result(loads(body)))
    return await answer


async def _lag(name: str, work: Awaitable[object]) -> str:
    """How much later than asked the loop calls, while the work is under way."""
    late: list[float] = []

    async def probe() -> None:
        while True:
            due = perf_counter() + _PROBE
            await asyncio.sleep(_PROBE)
            late.append(perf_counter() - due)

    probing = asyncio.create_task(probe(), name="probe")
    started = perf_counter()
    await work
    took = perf_counter() - started
    probing.cancel()
    with suppress(asyncio.CancelledError):
        await probing
    late.sort()
    p50, p99 = (late[int(len(late) * part)] * 1e3 for part in (0.5, 0.99))
    return f"loop, {name:12} p50 {p50:5.1f} ms  p99 {p99:5.1f} ms  most {late[-1] * 1e3:5.1f} ms  in {took:4.1f} s"


if __name__ == "__main__":
    main()
