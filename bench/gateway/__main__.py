"""`python -m bench.gateway`: the gateway beside its floors, and beside npm's gateways where they are installed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bench.gateway.compare import compare, table


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is measured beside its floor")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each measurement")
    parser.add_argument("--connections", type=int, default=50, help="to the server that is measured")
    parser.add_argument("--clean", action="store_true", help="only the two clean queries and their floors")
    parser.add_argument("--no-peers", action="store_true", help="without npm's gateways")
    given = parser.parse_args(arguments)
    rows = compare(given.rounds, given.seconds, given.connections, only_clean=given.clean, peers=not given.no_peers)
    print(table(rows))


if __name__ == "__main__":
    main()
