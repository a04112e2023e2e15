"""The gateway against one server: a short run always, the long one in `make soak`."""

from __future__ import annotations

import os

import pytest

from tests.oracle.features import shortfalls
from tests.oracle.soak import Tally, soak

SHORT = 150
CHUNK = 1000
LONG = 10_000


async def test_the_gateway_answers_like_one_server() -> None:
    """A failure shows the seed, which ``python -m tests.oracle --seed N`` replays."""
    tally = await soak(range(SHORT))
    assert not tally.wrong, "\n\n".join(tally.wrong)
    assert tally.outages > SHORT / 3
    assert not shortfalls(tally.counts, tally.cases, 0.3)


@pytest.mark.slow
async def test_ten_thousand_cases_without_a_difference() -> None:
    """IZARA_TEST_SEED chooses the first seed."""
    first = int(os.environ.get("IZARA_TEST_SEED", "0"))
    total = Tally()
    for start in range(first, first + LONG, CHUNK):
        tally = await soak(range(start, start + CHUNK))
        assert not tally.wrong, "\n\n".join(tally.wrong)
        total.cases += tally.cases
        total.counts.update(tally.counts)
    assert not shortfalls(total.counts, total.cases)
