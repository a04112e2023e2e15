"""The gateway against one server: a short run always, the long one in `make soak`."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.oracle.features import QUOTAS, WIDE, shortfalls
from tests.oracle.soak import Tally, soak

SHORT = 300
CHUNK = 1000
LONG = 10_000


async def test_the_gateway_answers_like_one_server() -> None:
    """A failure shows the seed, which ``python -m tests.oracle --seed N`` replays."""
    tally = await soak(range(SHORT))
    assert not tally.wrong, "\n\n".join(tally.wrong)
    assert tally.outages > SHORT / 3
    assert not shortfalls(tally.counts, tally.cases)


def test_a_feature_below_its_quota_is_told() -> None:
    counts = Counter(dict.fromkeys(QUOTAS, 100))
    assert not shortfalls(counts, 100)
    counts[WIDE] = 39
    assert shortfalls(counts, 100) == ["three fetches or more: 39 of 100, wanted 45.0%"]


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
