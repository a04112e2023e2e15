"""Many cases in a row, with counts of what came up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.oracle.case import Outcome, case_of, run_case
from tests.oracle.features import features
from tests.oracle.federation import DoesNotCompose
from tests.oracle.outages import run_outage


@dataclass
class Tally:
    """What came of many cases."""

    cases: int = 0
    outages: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


async def soak(seeds: Iterable[int]) -> Tally:
    """Runs the cases of the seeds; queries are run once more with one request lost."""
    tally = Tally()
    for seed in seeds:
        tally.cases += 1
        try:
            case = case_of(seed)
        except DoesNotCompose as error:
            tally.wrong.append(f"seed {seed}: {error}")
            continue
        outcome = await run_case(case)
        tally.counts.update(features(outcome))
        if outcome.problems:
            tally.wrong.append(str(outcome))
        elif outcome.fetches > 1 and outcome.plan is not None and outcome.plan.kind == "query":
            tally.outages += 1
            await _lose_one(outcome, tally)
    return tally


async def _lose_one(outcome: Outcome, tally: Tally) -> None:
    number = 1 + outcome.case.seed % outcome.fetches
    problems = await run_outage(outcome, number)
    if problems:
        tally.wrong.append("\n".join([str(outcome), f"without request {number}:", *problems]))
