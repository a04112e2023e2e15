"""`python -m bench.gateway`: the gateway beside its floors."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bench.gateway.compare import compare, table


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is measured; the best counts")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each measurement")
    parser.add_argument("--connections", type=int, default=50, help="to the server that is measured")
    parser.add_argument("--clean", action="store_true", help="only the two clean queries and their floors")
    given = parser.parse_args(arguments)
    print(table(compare(given.rounds, given.seconds, given.connections, only_clean=given.clean)))


if __name__ == "__main__":
    main()
