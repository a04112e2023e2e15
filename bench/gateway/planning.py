"""`python -m bench.gateway.planning`: cold plans, and how late the event loop is while hostile requests are answered.

The floor of planning a text is graphql-core's parsing and validation of it, in the same process.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from time import process_time
from typing import Any

from graphql import parse, validate
from starlette.types import Receive, Scope, Send

from bench.gateway.graph import NESTED, SDLS
from bench.gateway.hostile import hostile_graph, hostile_requests
from bench.gateway.lag import lag_during
from bench.gateway.many_plans import compose_or_raise, many_plans
from gateway.app import create_gateway
from gateway.composition import Subgraph
from gateway.config import GatewayConfig
from gateway.planner import plan_operation
from gateway.serving import Lane, settle_collector
from gateway.serving.head import Head
from gateway.subscriptions.port import Client
from gateway.supergraph import Supergraph, load_supergraph
from gateway.wire.json import dumps, loads

_JSON = "application/json"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway.planning", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured; the best counts")
    parser.add_argument("--again", action="store_true", help="send what was planned a second and a third time")
    given = parser.parse_args(arguments)
    rounds = given.rounds
    many, operation = many_plans()
    for name, supergraph, query in (("nested", _nested(), NESTED), ("many plans", many, operation)):
        print(_cold(name, supergraph, query, rounds))
    asyncio.run(_lags(many, operation, ("", ", again", ", compiled") if given.again else ("",)))


def _nested() -> str:
    return compose_or_raise([Subgraph(name, f"http://{name}.invalid", sdl) for name, sdl in SDLS.items()])


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


async def _lags(many: str, operation: str, times: Sequence[str]) -> None:
    """Prints how late the loop is while an operation with many plans, and hostile ones, are answered."""
    async with _serving(many) as lane:
        _, rest = await lag_during(asyncio.sleep(0.5))
        print(f"loop, {'at rest':38} {rest}")
        await _print_lag(lane, "many plans", dumps({"query": operation}))
    async with _serving(hostile_graph()) as lane:
        for name, body in hostile_requests():
            for again in times:
                if not await _print_lag(lane, name + again, body):
                    break


async def _print_lag(lane: Lane, name: str, body: bytes) -> bool:
    """Whether the request was planned, so that a plan is there for it the next time."""
    answer, lag = await lag_during(_answered(lane, body))
    codes = {error.get("extensions", {}).get("code") for error in answer.get("errors") or ()}
    print(f"loop, {name:38} {lag}  {', '.join(sorted(codes)) or 'answered'}", flush=True)
    return codes <= {"SUBGRAPH_INVALID_RESPONSE"}


@asynccontextmanager
async def _serving(supergraph: str) -> AsyncIterator[Lane]:
    apps = dict.fromkeys(load_supergraph(supergraph).model.subgraphs, _silent)
    gateway = create_gateway(GatewayConfig(supergraph=supergraph), apps=apps)
    async with gateway.running():
        await gateway.wait_ready()
        settle_collector()
        yield gateway.lane("/graphql")


async def _silent(_: Scope, __: Receive, send: Send) -> None:
    """A subgraph that has nothing, so that next to nothing follows the plan."""
    headers = [(b"content-type", _JSON.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"data": null}'})


async def _answered(lane: Lane, body: bytes) -> dict[str, Any]:
    answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    if lane.answer(Head(0, _JSON, Client({})), body, lambda _, sent: answer.set_result(loads(sent))) is None:
        raise RuntimeError("the lane does not take this request")
    return await answer


if __name__ == "__main__":
    main()
