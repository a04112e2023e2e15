"""Replays one case, or runs many: ``python -m tests.oracle --seed 7``, ``--count 10000 --from 0``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter

from gateway.planner import print_plan
from tests.oracle.case import PER_FEDERATION, case_of, run_case
from tests.oracle.features import shortfalls
from tests.oracle.soak import soak

_STEP = 500


def main() -> int:
    """Exit code 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this case and show all of it")
    parser.add_argument("--count", type=int, default=1000, help="how many cases to run")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first case's seed")
    given = parser.parse_args()
    return _replay(given.seed) if given.seed is not None else _many(given.first, given.count)


def _replay(seed: int) -> int:
    case = case_of(seed)
    outcome = asyncio.run(run_case(case))
    lines = [f"# subgraph: {part.name}\n{part.sdl}" for part in case.federation.cut.parts]
    lines.append(f"labels {sorted(case.labels)}, {case.weather}")
    lines.append("no plan" if outcome.plan is None else print_plan(outcome.plan))
    for right, response in zip(outcome.right, outcome.responses, strict=False):
        lines += [f"one server: {right.data}", f"  {right.errors}", f"the gateway: {response.data}"]
        lines += [f"  {error}" for error in response.errors]
    _print("\n".join([*lines, str(outcome)]))
    return 1 if outcome.problems else 0


def _many(first: int, count: int) -> int:
    began = time.process_time()
    wrong = cases = outages = 0
    counts: Counter[str] = Counter()
    for start in range(first, first + count, _STEP):
        tally = asyncio.run(soak(range(start, min(start + _STEP, first + count))))
        cases, outages, wrong = cases + tally.cases, outages + tally.outages, wrong + len(tally.wrong)
        counts.update(tally.counts)
        _print("\n\n".join([*tally.wrong, f"{cases} cases and {outages} with a lost request, {wrong} wrong"]))
    federations = (first + count - 1) // PER_FEDERATION - first // PER_FEDERATION + 1
    seconds = time.process_time() - began
    _print(f"seeds {first} to {first + count - 1}, {federations} federations, {seconds:.0f} s of processor time")
    _print("\n".join(f"{number / cases:7.1%}  {name}" for name, number in sorted(counts.items())))
    missing = shortfalls(counts, cases)
    _print("\n".join(["too rare:", *missing]) if missing else "every feature has its quota")
    return 1 if wrong or missing else 0


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
