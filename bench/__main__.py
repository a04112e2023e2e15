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

from bench import gateway
from bench.gateway import Measured
from bench.hooks import AsyncDeliveries, SyncHook, measure_async, measure_sync
from bench.platform import open_platform
from izara.cli.run import run
from izara.logs import configure_logging
from izara.settings import LogFormat

LONGEST = 180.0
"""Seconds after which something hangs."""


@dataclass(frozen=True)
class Options:
    """How much is measured."""

    seconds: float
    connections: int
    mutations: int
    deliveries: int
    clients: int


@dataclass(frozen=True)
class Load:
    """The gateway under one number of connections."""

    connections: int
    direct: Measured
    through: Measured


@dataclass(frozen=True)
class Report:
    """Everything that was measured."""

    cores: int
    python: str
    store: str
    gateway: list[Load]
    sync_hook: SyncHook
    async_deliveries: AsyncDeliveries


async def measure_gateway(seconds: float, connections: int) -> list[Load]:
    """A one-fetch query through the gateway, and the same subgraph called directly."""
    loads = []
    with (
        gateway.process(gateway.serve_subgraph) as direct,
        gateway.process(gateway.serve_gateway, direct) as through,
    ):
        await gateway.wait_ready(through)
        for url in (direct, through):
            await gateway.measure(url, connections, min(seconds, 1.0))
        for count in (1, connections):
            floor = await gateway.measure(direct, count, seconds)
            loads.append(Load(count, floor, await gateway.measure(through, count, seconds)))
    return loads


async def measure_all(options: Options) -> Report:
    """The whole report."""
    async with asyncio.timeout(LONGEST):
        loads = await measure_gateway(options.seconds, options.connections)
        with tempfile.TemporaryDirectory(prefix="izara-bench-") as data_dir:
            async with open_platform(Path(data_dir)) as measured:
                sync_hook = await measure_sync(measured, options.mutations)
                deliveries = await measure_async(measured, options.deliveries, options.clients)
                known = measured.store.capabilities
    return Report(
        cores=len(os.sched_getaffinity(0)),
        python=machine.python_version(),
        store=f"{known.product} {known.version} ({known.topology})",
        gateway=loads,
        sync_hook=sync_hook,
        async_deliveries=deliveries,
    )


def table(report: Report) -> str:
    """The report for people."""
    lines = [f"{report.cores} cores, Python {report.python}, store {report.store}", ""]
    lines += [f"{'gateway: a one-fetch query':44}{'measured':>12}{'floor':>12}{'ratio':>8}"]
    for load in report.gateway:
        through, direct = load.through, load.direct
        at = f"{load.connections} connection" + "s" * (load.connections > 1)
        lines += [
            _row(f"  {at}, requests/s", through.rate, direct.rate, ".0f"),
            _row(f"  {at}, p50 ms", through.p50, direct.p50, ".2f"),
            _row(f"  {at}, p99 ms", through.p99, direct.p99, ".2f"),
            f"  {at}, added at p50: {through.p50 - direct.p50:.2f} ms",
        ]
    hook = report.sync_hook
    lines += [
        "  floor: the subgraph called directly",
        "",
        f"sync hook: adjustStock, {hook.mutations} one after the other",
        _row("  round trip p50 ms", hook.with_plugin.p50, hook.floor.p50, ".1f"),
        _row("  round trip p99 ms", hook.with_plugin.p99, hook.floor.p99, ".1f"),
        f"  without a plugin: p50 {hook.without_plugin.p50:.1f} ms",
        f"  floor: its {hook.reads:.1f} reads and {hook.writes:.1f} writes, asked of the store directly",
    ]
    some = report.async_deliveries
    lines += [
        "",
        f"async deliveries: {some.deliveries} mutations by {some.clients} clients, to the runs' ends",
        _row("  deliveries/s", some.rate, some.floor_rate, ".0f"),
        f"  mutation to acknowledged, alone: p50 {some.alone.p50:.0f} ms, p99 {some.alone.p99:.0f} ms",
        f"  mutation to acknowledged, under this load: p50 {some.loaded.p50:.0f} ms, p99 {some.loaded.p99:.0f} ms",
        f"  each took {some.writes:.1f} writes and {some.reads:.1f} reads; floor: the same, asked directly",
    ]
    return "\n".join(lines)


def _row(name: str, measured: float, floor: float, form: str) -> str:
    return f"{name:44}{measured:12{form}}{floor:12{form}}{measured / floor:8.2f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of each measurement of the gateway")
    parser.add_argument("--connections", type=int, default=50, help="to the gateway, of the loaded measurement")
    parser.add_argument("--mutations", type=int, default=100, help="measured with the sync hook")
    parser.add_argument("--deliveries", type=int, default=200, help="measured with the async hook")
    parser.add_argument("--clients", type=int, default=10, help="that start async deliveries at once")
    given = parser.parse_args(arguments)
    options = Options(given.seconds, given.connections, given.mutations, given.deliveries, given.clients)
    configure_logging("ERROR", LogFormat.TEXT)
    try:
        report = run(measure_all(options))
    except Exit as ended:
        sys.exit(ended.exit_code)
    print(json.dumps(asdict(report), indent=2) if given.json else table(report))


if __name__ == "__main__":
    main()
