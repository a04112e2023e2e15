"""The load generator: each connection asks again as soon as it is answered; answers are verified by sample."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any, cast

import orjson

_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLE = 97
_LEAST = 20


@dataclass(frozen=True)
class Load:
    """What is asked for.

    Attributes:
        body: the n-th request's body.
        verify: raises AssertionError where an answer, parsed, is wrong.
    """

    body: Callable[[int], bytes]
    verify: Callable[[Any], None]


@dataclass(frozen=True)
class Measured:
    """One run: requests per second, latencies in milliseconds, the server's own processor time per request in µs."""

    rate: float
    p50: float
    p99: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.rate:8.0f}/s  p50 {self.p50:7.2f} ms  p99 {self.p99:7.2f} ms  cpu {self.cpu:7.1f} µs"


class _Asking(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._parts: list[bytes] = []
        self._missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing < 0:
            data = b"".join(self._parts)
            self._parts = [data]
            end = data.find(b"\r\n\r\n")
            if end < 0:
                return
            head = data[:end].lower()
            at = head.index(b"content-length:")
            line = head.find(b"\r\n", at)
            self._missing = end + 4 + int(head[at + 15 : line if line > 0 else end]) - len(data)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._answered()

    def _answered(self) -> None:
        run = self._run
        now = perf_counter()
        run.latencies.append(now - self._asked)
        if len(run.latencies) % _SAMPLE == 1:
            run.check(b"".join(self._parts))
        self._parts.clear()
        self._missing = -1
        if (now < run.until or len(run.latencies) < run.least) and run.failed is None:
            self._ask()
        else:
            self._transport.close()

    def _ask(self) -> None:
        run = self._run
        run.count += 1
        body = run.load.body(run.count)
        self._asked = perf_counter()
        self._transport.write(run.head % len(body) + body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.left -= 1
        if self._missing >= 0 or self._parts:
            self._run.failed = exc or ConnectionError("the server closed a connection")
        if self._run.left == 0:
            self._run.ended.set()


class _Run:
    def __init__(self, load: Load, path: str, connections: int, seconds: float, least: int) -> None:
        self.load = load
        self.head = (
            b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json\r\n"
            b"user-agent: bench\r\ncontent-length: %%d\r\n\r\n" % path.encode()
        )
        self.count = 0
        self.least = least
        self.left = connections
        self.latencies: list[float] = []
        self.until = perf_counter() + seconds
        self.failed: BaseException | None = None
        self.ended = asyncio.Event()

    def check(self, answer: bytes) -> None:
        try:
            assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
            self.load.verify(orjson.loads(answer.partition(b"\r\n\r\n")[2]))
        except Exception as error:
            self.failed = error


async def measure(
    port: int, pid: int, load: Load, connections: int, seconds: float, path: str = "/graphql", least: int = _LEAST
) -> Measured:
    """Loads one server until it has given `least` answers and the time is up. Raises what a verification raised."""
    run = _Run(load, path, connections, seconds, least)
    loop = asyncio.get_running_loop()
    busy, began = processor_seconds(pid), perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Asking(run), "127.0.0.1", port)
    async with asyncio.timeout(seconds + 30 + least / 20):
        await run.ended.wait()
    took, busy = perf_counter() - began, processor_seconds(pid) - busy
    if run.failed is not None:
        raise run.failed
    cuts = quantiles(run.latencies, n=100)
    count = len(run.latencies)
    return Measured(count / took, cuts[49] * 1e3, cuts[98] * 1e3, busy / count * 1e6)


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_megabytes(pid: int) -> float:
    """What a process holds of the memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
