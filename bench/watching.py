"""One change to many connected subscribers: from the mutation sent until each of them has it, through the gateway.

The subscribers are in processes of their own, `python -m bench.watching URL REF COUNT`, with their token in the
environment. Each says `ready` once all of its subscribers know the object's last run. Then it takes the ids of runs,
a line each, and says how long after the time given with it each subscriber had the run's end. Clocks of processes on
one machine agree: `perf_counter` is CLOCK_MONOTONIC.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles
from time import perf_counter, process_time
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.platform import Platform
from izara.plugin_processes import end

PROCESSES = 2
TOKEN = "IZARA_BENCH_TOKEN"
OPERATION = "subscription ($ref: String!) { commerceRunUpdates(objectRef: $ref) { id status } }"
_LINE = 4 * 1024 * 1024
_OPENED_AT_ONCE = 25


@dataclass(frozen=True)
class Subscribers:
    """What changes cost that many were told of.

    Attributes:
        connected: to the gateway, each over a WebSocket of its own.
        p50, p99, last: milliseconds from a mutation sent until a subscriber had it, over all changes.
        reads: commands that read, for each change.
        platform_cpu, subscribers_cpu: milliseconds of processor time for each change, of gateway, services and engine,
            and of the subscribers.
    """

    connected: int
    changes: int
    p50: float
    p99: float
    last: float
    reads: float
    platform_cpu: float
    subscribers_cpu: float


async def measure_watching(platform: Platform, connected: int, changes: int) -> Subscribers:
    """Change a good that so many watch, again once all have been told."""
    business = await platform.mutate("ada", "createBusiness", "business { id }", name="Watched")
    good = await platform.good(business["business"]["id"], "WATCHED")
    given = {"goodId": good.rpartition(":")[2], "delta": -1}
    took: list[float] = []
    theirs = ours = 0.0
    async with AsyncExitStack() as stack:
        groups = [
            await stack.enter_async_context(_subscribers(platform, good, share))
            for share in _shares(connected, PROCESSES)
        ]
        platform.operations.reset()
        for _ in range(changes):
            cpu, sent = process_time(), perf_counter()
            answer = await platform.mutate("ada", "adjustStock", "run { id }", **given)
            told = await asyncio.gather(*(group.told(answer["run"]["id"], sent) for group in groups))
            ours += process_time() - cpu
            theirs += sum(each["cpu"] for each in told)
            took += [second for each in told for second in each["took"]]
        reads = platform.operations.per(changes).reads
    cuts = quantiles(took, n=100, method="inclusive")
    per_change = 1000 / changes
    return Subscribers(
        connected,
        changes,
        cuts[49] * 1000,
        cuts[98] * 1000,
        max(took) * 1000,
        reads,
        ours * per_change,
        theirs * per_change,
    )


def _shares(count: int, parts: int) -> list[int]:
    return [after - before for before, after in pairwise([count * part // parts for part in range(parts + 1)])]


class _Group:
    """The subscribers of one process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def told(self, run: str, since: float) -> dict[str, Any]:
        """Seconds until each of them had the run's end, and what processor time that took them."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([run, since]).encode() + b"\n")
        await self._process.stdin.drain()
        answer: dict[str, Any] = json.loads(await self.line())
        return answer

    async def line(self) -> bytes:
        """What it says next."""
        assert self._process.stdout is not None
        async with asyncio.timeout(120):
            said = await self._process.stdout.readline()
        if not said:
            raise RuntimeError("the subscribers ended")
        return said


@asynccontextmanager
async def _subscribers(platform: Platform, good: str, count: int) -> AsyncIterator[_Group]:
    url = f"{platform.base.replace('http', 'ws', 1)}/graphql"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.watching", url, good, str(count)),
        env={**os.environ, TOKEN: await platform.token("ada")},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE,
    )
    try:
        group = _Group(process)
        await group.line()
        yield group
    finally:
        await end(process)


class _Subscriber:
    """One of those who are told."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}
        self.told = asyncio.Event()

    async def run(self, socket: ClientConnection, token: str, good: str) -> None:
        """Subscribe, and note when each run had ended."""
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        payload = {"query": OPERATION, "variables": {"ref": good}}
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        async for text in socket:
            now = perf_counter()
            message = json.loads(text)
            if message["type"] == "ping":
                await socket.send('{"type":"pong"}')
                continue
            run = (message["payload"].get("data") or {}).get("commerceRunUpdates")
            if message["type"] != "next" or run is None:
                raise RuntimeError(f"a subscriber was told: {message}")
            if run["status"] == "COMPLETED":
                self.seen.setdefault(run["id"], now)
                self.told.set()

    async def has(self, run: str | None) -> float:
        """When it had that run's end; None stands for the first that it is told of."""
        while run not in self.seen:
            if run is None and self.seen:
                return 0.0
            self.told.clear()
            await self.told.wait()
        return self.seen[run]


async def subscribe(url: str, good: str, count: int, token: str) -> None:
    """The subscribers' process, until the end of stdin."""
    subscribers = [_Subscriber() for _ in range(count)]
    opening = asyncio.Semaphore(_OPENED_AT_ONCE)
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:

        async def open_one(subscriber: _Subscriber) -> asyncio.Task[None]:
            async with opening:
                protocols = [Subprotocol("graphql-transport-ws")]
                connecting = connect(url, subprotocols=protocols, compression=None, proxy=None, open_timeout=60)
                socket = await stack.enter_async_context(connecting)
                running = tasks.create_task(subscriber.run(socket, token, good))
                await subscriber.has(None)
                return running

        running = await asyncio.gather(*map(open_one, subscribers))
        print("ready", flush=True)
        while line := await lines.readline():
            run, since = json.loads(line)
            before = process_time()
            moments = await asyncio.gather(*(subscriber.has(run) for subscriber in subscribers))
            said = {"took": [moment - since for moment in moments], "cpu": process_time() - before}
            print(json.dumps(said), flush=True)
        for task in running:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(subscribe(sys.argv[1], sys.argv[2], int(sys.argv[3]), os.environ[TOKEN]))
