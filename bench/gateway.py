"""What the gateway costs: a one-fetch query through it, beside the same subgraph called directly.

`python -m bench.gateway [--seconds 3] [--connections 50]` prints both figures of the same run and their ratio.
Subgraph and gateway are processes of their own; the subgraph answers as fast as it can, so that what is
measured is the gateway.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter
from typing import Any

import aiohttp
import uvicorn

from gateway.app import create_gateway
from gateway.config import GatewayConfig
from gateway.wire.json import dumps, loads

SDL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
type Query { product(id: ID!): Product }
type Product @key(fields: "id") { id: ID! name: String! price: Int! }
"""
QUERY = "query Product($id: ID!) { product(id: $id) { id name price } }"


@dataclass(frozen=True)
class Measured:
    """One run of the load generator: requests per second, latencies in milliseconds."""

    rate: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.rate:9.0f} requests/s   p50 {self.p50:7.2f} ms   p99 {self.p99:7.2f} ms"


async def subgraph(scope: Any, receive: Any, send: Any) -> None:
    """Answers any product, and its SDL."""
    if scope["type"] != "http":
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    request = loads(body)
    if "_service" in request["query"]:
        data: dict[str, Any] = {"_service": {"sdl": SDL}}
    else:
        [id] = request["variables"].values()
        data = {"product": {"id": id, "name": f"Product {id}", "price": 100}}
    answer = dumps({"data": data})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def serve_subgraph(listener: socket.socket) -> None:
    """A process's whole work."""
    _serve(subgraph, listener, lifespan=False)


def serve_gateway(listener: socket.socket, url: str) -> None:
    """A process's whole work."""
    _serve(create_gateway(GatewayConfig(subgraphs={"products": url})).app, listener, lifespan=True)


def _serve(app: Any, listener: socket.socket, lifespan: bool) -> None:
    config = uvicorn.Config(
        app, log_level="error", access_log=False, ws="websockets-sansio", lifespan="on" if lifespan else "off"
    )
    uvicorn.Server(config).run([listener])


@contextmanager
def process(target: Any, *arguments: Any) -> Iterator[str]:
    """Runs a server on a free port in a process; yields the URL of its GraphQL endpoint."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        child = multiprocessing.get_context("spawn").Process(target=target, args=(listener, *arguments), daemon=True)
        child.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        finally:
            child.terminate()
            child.join(10)


async def measure(url: str, connections: int, seconds: float) -> Measured:
    """Loads one endpoint; every answer is compared with what was asked for."""
    latencies: list[float] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections)) as session:

        async def ask(number: int) -> None:
            id = str(number)
            async with session.post(url, json={"query": QUERY, "variables": {"id": id}}) as response:
                answer = loads(await response.read())
            if answer != {"data": {"product": {"id": id, "name": f"Product {id}", "price": 100}}}:
                raise SystemExit(f"{url} answered {response.status} {answer}")

        async def worker(first: int) -> None:
            number = first
            while (started := perf_counter()) < until:
                await ask(number)
                latencies.append(perf_counter() - started)
                number += connections

        until = perf_counter() + seconds
        began = perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for first in range(connections):
                tasks.create_task(worker(first))
        took = perf_counter() - began
    cuts = quantiles(latencies, n=100)
    return Measured(len(latencies) / took, cuts[49] * 1000, cuts[98] * 1000)


async def wait_ready(url: str) -> None:
    """Until the gateway has composed."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(url.replace("/graphql", "/health/ready")) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)


async def compare(direct: str, gateway: str, connections: int, seconds: float) -> None:
    """Prints both, beside each other."""
    await wait_ready(gateway)
    for url in (direct, gateway):
        await measure(url, connections, min(seconds, 1.0))
    for count in (1, connections):
        floor = await measure(direct, count, seconds)
        through = await measure(gateway, count, seconds)
        print(f"{count} connection(s)")
        print(f"  subgraph directly    {floor}")
        print(f"  through the gateway  {through}")
        ratio = through.rate / floor.rate
        print(
            f"  ratio {ratio:.2f}, added at p50 {through.p50 - floor.p50:.2f} ms, p99 {through.p99 - floor.p99:.2f} ms"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")
    parser.add_argument("--connections", type=int, default=50, help="of the loaded measurement")
    options = parser.parse_args(arguments)
    with process(serve_subgraph) as direct, process(serve_gateway, direct) as gateway:
        asyncio.run(compare(direct, gateway, options.connections, options.seconds))


if __name__ == "__main__":
    main()
