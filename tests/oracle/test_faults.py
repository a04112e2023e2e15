"""The oracle finds faults: each is seeded and has to be noticed within a number of cases."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from tests.oracle import compiled_faults, executor_faults, planner_faults
from tests.oracle.case import Case, case_of, run_case
from tests.oracle.faults import Fault
from tests.oracle.federation import Federation
from tests.oracle.outages import run_outage

FAULTS = (*planner_faults.FAULTS, *executor_faults.FAULTS, *compiled_faults.FAULTS)
FEW, MANY = 16, 700


@cache
def _case(seed: int) -> Case:
    return case_of(seed)


async def _is_found(fault: Fault, cases: int) -> tuple[bool, int]:
    """Whether a case is wrong with the fault, and how often the fault was reached until then."""
    federations: dict[int, Federation] = {}
    compiled = fault in compiled_faults.FAULTS
    known_cases = [_case(seed) for seed in range(cases)]
    with fault.seeded() as reached:
        for seed, case in enumerate(known_cases):
            known = federations.setdefault(id(case.federation), case.federation.untouched())
            before = reached.times
            outcome = await run_case(replace(case, federation=known, plan=None), compiled=compiled)
            if outcome.problems:
                return True, reached.times
            lossy = reached.times > before and outcome.fetches > 1 and case.operation.text.startswith("query")
            if lossy and await run_outage(outcome, 1 + seed % outcome.fetches, compiled):
                return True, reached.times
    return False, reached.times


async def test_most_seeded_faults_are_found_at_once() -> None:
    found = [fault.name for fault in FAULTS if (await _is_found(fault, FEW))[0]]
    assert len(found) >= len(FAULTS) / 2, found


@pytest.mark.slow
async def test_seeded_faults_are_found() -> None:
    """At most one in ten may escape, and all are reached."""
    missed = []
    for fault in FAULTS:
        found, times = await _is_found(fault, MANY)
        assert times, f"no case reaches this fault: {fault.name}"
        if not found:
            missed.append(fault.name)
    assert len(FAULTS) >= 30
    assert len(missed) <= len(FAULTS) / 10, missed
