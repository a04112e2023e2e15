"""`izara`: the command line."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Entry point of the console script. Ctrl-C is no error, even while everything is still being imported."""
    try:
        from izara.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
