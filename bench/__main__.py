"""`python -m bench`: each figure beside its floor, measured in the same run. `--json` prints data.

Loopback only; what it starts and stores is gone when it ends. On the store that IZARA_MONGODB_URI names, or the
embedded one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from typer import Exit

from bench import composition
from bench.composition import Composition
from bench.gateway.compare import Row, compare
from bench.gateway.compare import table as gateway_table
from bench.platform_report import PlatformReport, add_arguments, measure_platform, options_of, platform_table
from izara.cli.run import run
from izara.logs import configure_logging
from izara.settings import LogFormat


@dataclass(frozen=True)
class Report:
    """Everything that was measured."""

    cores: int
    python: str
    gateway: list[Row]
    platform: PlatformReport
    composition: Composition


def table(report: Report) -> str:
    """The report for people."""
    lines = [f"{report.cores} cores, Python {report.python}", ""]
    lines += ["gateway, alone on one core", gateway_table(report.gateway), "", platform_table(report.platform), ""]
    return "\n".join([*lines, *composition.table(report.composition)])


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    parser.add_argument("--rounds", type=int, default=3, help="how often the gateway is measured beside its floors")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of each measurement of the gateway")
    parser.add_argument("--connections", type=int, default=50, help="to the gateway, of the loaded measurement")
    parser.add_argument("--clean", action="store_true", help="of the gateway, only the two clean queries")
    add_arguments(parser)
    parser.add_argument("--subgraphs", type=int, default=190, help="to compose; half as many are composed too")
    parser.add_argument("--peer-seconds", type=float, default=120.0, help="after which another composer is given up")
    given = parser.parse_args(arguments)
    configure_logging("ERROR", LogFormat.TEXT)
    try:
        report = Report(
            cores=len(os.sched_getaffinity(0)),
            python=machine.python_version(),
            gateway=compare(given.rounds, given.seconds, given.connections, only_clean=given.clean),
            composition=composition.measure(given.subgraphs, given.peer_seconds),
            platform=run(measure_platform(options_of(given))),
        )
    except Exit as ended:
        sys.exit(ended.exit_code)
    print(json.dumps(asdict(report), indent=2) if given.json else table(report))


if __name__ == "__main__":
    main()
