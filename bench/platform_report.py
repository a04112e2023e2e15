"""What hooks, deliveries and subscribers cost, as a report. `python -m bench.platform_report` measures it alone."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.hooks import AsyncDeliveries, Growth, SyncHook, measure_async, measure_growth, measure_sync
from bench.operations import Operations
from bench.platform import open_platform
from bench.watching import Subscribers, measure_watching
from izara.cli.run import run
from izara.logs import configure_logging
from izara.settings import LogFormat

LONGEST = 3600.0
"""Seconds after which something hangs."""


@dataclass(frozen=True)
class PlatformOptions:
    """How much is measured.

    Attributes:
        clients: that start async deliveries at once; each number is measured.
        stored: finished deliveries beside which new ones are measured.
    """

    mutations: int
    deliveries: int
    clients: Sequence[int]
    at_once: int
    subscribers: int
    stored: Sequence[int]


@dataclass(frozen=True)
class PlatformReport:
    """Everything that was measured."""

    store: str
    sync_hook: SyncHook
    async_deliveries: list[AsyncDeliveries]
    subscribers: Subscribers
    growth: list[Growth]


async def measure_platform(options: PlatformOptions) -> PlatformReport:
    """The whole report."""
    async with asyncio.timeout(LONGEST):
        with tempfile.TemporaryDirectory(prefix="izara-bench-") as data_dir:
            async with open_platform(Path(data_dir)) as measured:
                known = measured.store.capabilities
                return PlatformReport(
                    store=f"{known.product} {known.version} ({known.topology})",
                    sync_hook=await measure_sync(measured, options.mutations, options.at_once),
                    async_deliveries=[
                        await measure_async(measured, options.deliveries, clients) for clients in options.clients
                    ],
                    subscribers=await measure_watching(measured, options.subscribers, 5),
                    growth=await measure_growth(measured, options.stored, options.deliveries),
                )


def platform_table(report: PlatformReport) -> str:
    """The report for people."""
    hook, watched = report.sync_hook, report.subscribers
    lines = [
        f"{'store ' + report.store:44}{'measured':>12}{'floor':>12}{'ratio':>8}",
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
    for some in report.async_deliveries:
        lines += [
            "",
            f"async deliveries: {some.deliveries} mutations by {some.clients} clients, to the runs' ends",
            _row("  deliveries/s", some.rate, some.floor_rate, ".0f"),
            _row("    floor with a command for each write", some.rate, some.apart_rate, ".0f"),
            f"  mutation to acknowledged, alone: p50 {some.alone.p50:.0f} ms, p99 {some.alone.p99:.0f} ms",
            f"  mutation to acknowledged, under this load: p50 {some.loaded.p50:.0f} ms, p99 {some.loaded.p99:.0f} ms",
            f"  each took {_counted(some.operations)}; floor: the same, asked directly",
        ]
    lines += [
        "",
        f"one change to {watched.connected} connected subscribers, {watched.changes} times",
        f"  until one has it: p50 {watched.p50:.0f} ms, p99 {watched.p99:.0f} ms, the last {watched.last:.0f} ms",
        f"  {watched.reads:.1f} reads; processor time {watched.platform_cpu:.0f} ms, of the subscribers themselves"
        f" {watched.subscribers_cpu:.0f} ms",
        "",
        "growth: each async delivery by 10 clients",
        *(
            f"  among {one.stored:,} finished ones: {one.milliseconds:.1f} ms,"
            f" {one.reads:.1f} reads and {one.writes:.1f} writes"
            for one in report.growth
        ),
    ]
    return "\n".join(lines)


def _counted(operations: Operations) -> str:
    per_write = operations.documents_written / operations.writes
    return f"{operations.reads:.1f} reads and {operations.writes:.1f} writes of {per_write:.1f} documents"


def _row(name: str, measured: float, floor: float, form: str) -> str:
    return f"{name:44}{measured:12{form}}{floor:12{form}}{measured / floor:8.2f}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of which `options_of` makes options."""
    parser.add_argument("--mutations", type=int, default=100, help="measured with the sync hook")
    parser.add_argument("--deliveries", type=int, default=200, help="measured with the async hook")
    parser.add_argument("--clients", type=int, nargs="+", default=[10, 50], help="that start async deliveries at once")
    parser.add_argument("--at-once", type=int, default=50, help="mutations with the sync hook under way at once")
    parser.add_argument("--subscribers", type=int, default=1_000, help="that one change is told to")
    parser.add_argument("--stored", type=int, nargs="*", default=[1_000, 10_000], help="finished deliveries beside")


def options_of(given: argparse.Namespace) -> PlatformOptions:
    """What was asked for."""
    return PlatformOptions(
        given.mutations, given.deliveries, given.clients, given.at_once, given.subscribers, given.stored
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.platform_report", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    add_arguments(parser)
    given = parser.parse_args(arguments)
    configure_logging("ERROR", LogFormat.TEXT)
    report = run(measure_platform(options_of(given)))
    print(json.dumps(asdict(report), indent=2) if given.json else platform_table(report))


if __name__ == "__main__":
    main()
