"""`python -m bench`: each figure beside its floor, measured in the same run. `--json` prints data.

Loopback only; what it starts and stores is gone when it ends. On the store that IZARA_MONGODB_URI names, or the
embedded one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform as machine
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from typer import Exit

from bench import composition
from bench.composition import Composition
from bench.gateway.compare import Row, compare
from bench.gateway.compare import table as gateway_table
from bench.hooks import AsyncDeliveries, Growth, SyncHook, measure_async, measure_growth, measure_sync
from bench.operations import Operations
from bench.platform import open_platform
from izara.cli.run import run
from izara.logs import configure_logging
from izara.settings import LogFormat

LONGEST = 600.0
"""Seconds after which something hangs."""


@dataclass(frozen=True)
class Options:
    """How much is measured."""

    rounds: int
    seconds: float
    connections: int
    mutations: int
    deliveries: int
    clients: int
    at_once: int
    stored: Sequence[int]


@dataclass(frozen=True)
class Report:
    """Everything that was measured."""

    cores: int
    python: str
    store: str
    gateway: list[Row]
    sync_hook: SyncHook
    async_deliveries: AsyncDeliveries
    growth: list[Growth]
    composition: Composition


async def measure_all(options: Options, rows: list[Row], composed: Composition) -> Report:
    """The whole report."""
    async with asyncio.timeout(LONGEST):
        with tempfile.TemporaryDirectory(prefix="izara-bench-") as data_dir:
            async with open_platform(Path(data_dir)) as measured:
                sync_hook = await measure_sync(measured, options.mutations, options.at_once)
                deliveries = await measure_async(measured, options.deliveries, options.clients)
                growth = await measure_growth(measured, options.stored, options.deliveries)
                known = measured.store.capabilities
    return Report(
        cores=len(os.sched_getaffinity(0)),
        python=machine.python_version(),
        store=f"{known.product} {known.version} ({known.topology})",
        gateway=rows,
        sync_hook=sync_hook,
        async_deliveries=deliveries,
        growth=growth,
        composition=composed,
    )


def table(report: Report) -> str:
    """The report for people."""
    lines = [f"{report.cores} cores, Python {report.python}, store {report.store}", ""]
    lines += ["gateway, alone on one core", gateway_table(report.gateway)]
    hook = report.sync_hook
    lines += [
        "",
        f"{'':44}{'measured':>12}{'floor':>12}{'ratio':>8}",
        f"sync hook: adjustStock, {hook.mutations} one after the other",
        _row("  round trip p50 ms", hook.with_plugin.p50, hook.floor.p50, ".1f"),
        _row("  round trip p99 ms", hook.with_plugin.p99, hook.floor.p99, ".1f"),
        f"  without a plugin: p50 {hook.without_plugin.p50:.1f} ms",
        f"  floor: its {_counted(hook.operations)}, asked of the store directly",
        f"  a run without a plugin: {_counted(hook.plain)}",
        f"  {hook.clients} at once, of as many goods",
        _row("    round trip p50 ms", hook.loaded.p50, hook.loaded_floor.p50, ".1f"),
        _row("    round trip p99 ms", hook.loaded.p99, hook.loaded_floor.p99, ".1f"),
    ]
    some = report.async_deliveries
    lines += [
        "",
        f"async deliveries: {some.deliveries} mutations by {some.clients} clients, to the runs' ends",
        _row("  deliveries/s", some.rate, some.floor_rate, ".0f"),
        f"  mutation to acknowledged, alone: p50 {some.alone.p50:.0f} ms, p99 {some.alone.p99:.0f} ms",
        f"  mutation to acknowledged, under this load: p50 {some.loaded.p50:.0f} ms, p99 {some.loaded.p99:.0f} ms",
        f"  each took {_counted(some.operations)}; floor: the same, asked directly",
        *(
            f"  among {one.stored:,} finished ones: {one.milliseconds:.1f} ms,"
            f" {one.reads:.1f} reads and {one.writes:.1f} writes each"
            for one in report.growth
        ),
        "",
        *composition.table(report.composition),
    ]
    return "\n".join(lines)


def _counted(operations: Operations) -> str:
    per_write = operations.documents_written / operations.writes
    return f"{operations.reads:.1f} reads and {operations.writes:.1f} writes of {per_write:.1f} documents"


def _row(name: str, measured: float, floor: float, form: str) -> str:
    return f"{name:44}{measured:12{form}}{floor:12{form}}{measured / floor:8.2f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    parser.add_argument("--rounds", type=int, default=3, help="how often the gateway is measured beside its floors")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of each measurement of the gateway")
    parser.add_argument("--connections", type=int, default=50, help="to the gateway, of the loaded measurement")
    parser.add_argument("--clean", action="store_true", help="of the gateway, only the two clean queries")
    parser.add_argument("--mutations", type=int, default=100, help="measured with the sync hook")
    parser.add_argument("--deliveries", type=int, default=200, help="measured with the async hook")
    parser.add_argument("--clients", type=int, default=10, help="that start async deliveries at once")
    parser.add_argument("--at-once", type=int, default=50, help="mutations with the sync hook under way at once")
    parser.add_argument("--stored", type=int, nargs="*", default=[1_000, 10_000], help="finished deliveries beside")
    parser.add_argument("--subgraphs", type=int, default=190, help="to compose; half as many are composed too")
    parser.add_argument("--peer-seconds", type=float, default=120.0, help="after which another composer is given up")
    given = parser.parse_args(arguments)
    options = Options(
        given.rounds,
        given.seconds,
        given.connections,
        given.mutations,
        given.deliveries,
        given.clients,
        given.at_once,
        given.stored,
    )
    configure_logging("ERROR", LogFormat.TEXT)
    try:
        rows = compare(options.rounds, options.seconds, options.connections, only_clean=given.clean)
        composed = composition.measure(given.subgraphs, given.peer_seconds)
        report = run(measure_all(options, rows, composed))
    except Exit as ended:
        sys.exit(ended.exit_code)
    print(json.dumps(asdict(report), indent=2) if given.json else table(report))


if __name__ == "__main__":
    main()
