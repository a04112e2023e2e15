"""Runs figures and floors in turns, several times over.

A machine's speed moves from minute to minute by more than what is measured, so a figure is compared with its floor
in each round by itself, and the middle of these ratios counts. What is shown of a figure alone is its best run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from operator import attrgetter
from statistics import median

from bench.gateway.forwarder import serve_forwarder
from bench.gateway.load import Load, Measured, measure
from bench.gateway.peers import PEERS, missing, peer
from bench.gateway.processes import Process, cores, pinned, process
from bench.gateway.program import serve_program
from bench.gateway.scenarios import HARDER_NESTED, HARDER_ONE, NESTED_CLEAN, NESTED_IN_ANY_ORDER, ONE_CLEAN, Scenario
from bench.gateway.serving import serve_gateway, supergraph
from bench.gateway.standins import serve_standins


@dataclass(frozen=True)
class Contest:
    """One row: who is loaded with what, over how many connections."""

    name: str
    server: Process
    load: Load
    connections: int


@dataclass(frozen=True)
class Row:
    """A contest's runs, one for each round. `beside` names the row that it is compared with."""

    name: str
    runs: list[Measured]
    beside: str | None = None

    @property
    def best(self) -> Measured:
        return min(self.runs, key=attrgetter("cpu"))

    def ratios(self, floor: Row) -> tuple[float, float]:
        """The middle of all rounds' ratios to the floor: by rate, and by processor time."""
        pairs = list(zip(self.runs, floor.runs, strict=True))
        return (
            median(own.rate / other.rate for own, other in pairs),
            median(other.cpu / own.cpu for own, other in pairs),
        )


async def measure_rounds(contests: Sequence[Contest], rounds: int, seconds: float) -> dict[str, list[Measured]]:
    """Every contest once in each round, so that what disturbs the machine disturbs all of them."""
    runs: dict[str, list[Measured]] = {contest.name: [] for contest in contests}
    for contest in contests:
        await measure(contest.server.port, contest.server.pid, contest.load, contest.connections, min(seconds, 0.7))
    for _ in range(rounds):
        for contest in contests:
            found = await measure(contest.server.port, contest.server.pid, contest.load, contest.connections, seconds)
            runs[contest.name].append(found)
    return runs


def compare(
    rounds: int = 3, seconds: float = 2.0, connections: int = 50, *, only_clean: bool = False, peers: bool = True
) -> list[Row]:
    """All rows; those of npm's gateways where they are installed, unless `peers` is false."""
    core, other = cores()
    with ExitStack() as stack:
        stack.enter_context(pinned(other))
        clean = stack.enter_context(process(other, serve_standins))
        spoilt = stack.enter_context(process(other, serve_standins, 100))
        gateway = stack.enter_context(process(core, serve_gateway, supergraph(clean.port)))
        troubled = stack.enter_context(process(core, serve_gateway, supergraph(spoilt.port)))
        program = stack.enter_context(process(core, serve_program, clean.port))
        forwarder = stack.enter_context(process(core, serve_forwarder, "readers", clean.port))

        def contest(scenario: Scenario, count: int = connections) -> Contest:
            server = troubled if scenario.every else gateway
            return Contest(f"{scenario.name}, {count}", server, scenario.load, count)

        contests = [
            Contest("hand-written program", program, NESTED_IN_ANY_ORDER, connections),
            contest(NESTED_CLEAN),
            Contest("forwarder", forwarder, ONE_CLEAN.load, connections),
            contest(ONE_CLEAN),
            Contest("hand-written program, 1", program, NESTED_IN_ANY_ORDER, 1),
            contest(NESTED_CLEAN, 1),
        ]
        beside = {
            contests[1].name: contests[0].name,
            contests[3].name: contests[2].name,
            contests[5].name: contests[4].name,
        }
        if not only_clean:
            for clean_one, harder in ((contests[1], HARDER_NESTED), (contests[3], HARDER_ONE)):
                for scenario in harder:
                    contests.append(contest(scenario))
                    beside[contests[-1].name] = clean_one.name
        if peers and missing() is None:
            for name in PEERS:
                server = stack.enter_context(peer(core, name, clean.port))
                for ours in (contests[1], contests[3]):
                    contests.append(Contest(f"{name}, {ours.name}", server, ours.load, connections))
                    beside[contests[-1].name] = ours.name
        runs = asyncio.run(_ready_and_measured(contests, rounds, seconds))
    return [Row(name, found, beside.get(name)) for name, found in runs.items()]


async def _ready_and_measured(contests: Sequence[Contest], rounds: int, seconds: float) -> dict[str, list[Measured]]:
    for server in {contest.server.port: contest.server for contest in contests}.values():
        await listening(server.port)
    return await measure_rounds(contests, rounds, seconds)


async def listening(port: int) -> None:
    """Until the server answers anything at all."""
    async with asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 24\r\n\r\n"
        )
        writer.write(b'{"query":"{__typename}"}')
        await reader.read(1)
        writer.close()


def table(rows: Sequence[Row]) -> str:
    """The rows for people: ratios by rate and by processor time, and why there are no peers."""
    by_name = {row.name: row for row in rows}
    lines = []
    width = 2 + max(len(row.name) for row in rows)
    for row in rows:
        line = f"{row.name:{width}}{row.best}"
        if row.beside is not None:
            rate, cpu = row.ratios(by_name[row.beside])
            line += f"   {rate:5.2f} by rate, {cpu:5.2f} by cpu of {row.beside}"
        lines.append(line)
    reason = missing()
    return "\n".join(lines if reason is None else [*lines, reason])
