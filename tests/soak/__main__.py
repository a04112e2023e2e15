"""``python -m tests.soak --deliveries 1000 --kills 40``: exit code 1 where something is lost or done twice.

On the embedded server, or on the replica set or cluster that IZARA_MONGODB_URI names: its database `izara` must be
empty, and the server is not killed, because it is not ours.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.run import open_soak, report
from tests.support.store import given_mongodb_uri


def say(text: str) -> None:
    """Tell, with the seconds since the beginning."""
    print(f"{time.monotonic() - BEGAN:7.1f} {text}", flush=True)  # noqa: T201


BEGAN = time.monotonic()


def main() -> int:
    """Run it, and print the kills by point and what was counted."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the points and the changes")
    given = parser.parse_args()
    return asyncio.run(soak(given.deliveries, given.kills, given.seed))


async def soak(deliveries: int, kills: int, seed: int) -> int:
    """The exit code."""
    with tempfile.TemporaryDirectory(prefix="izara-soak-") as folder:
        async with open_soak(Path(folder), deliveries, kills, seed=seed, say=say, store=given_mongodb_uri()) as running:
            say("the platform is up")
            books = await running.run()
            counted = await books.count()
            for line in report(running.kills, counted):
                say(line)
            for text in books.wrong[:50]:
                say(f"WRONG {text}")
    return 1 if books.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
