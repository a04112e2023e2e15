"""The soak: kills at named writes while clients go on; the books are right in the end."""

from __future__ import annotations

import random

import pytest

from tests.e2e import IN_STACK
from tests.soak.platform import SoakPlatform
from tests.soak.run import Soak, report

pytestmark = IN_STACK


@pytest.mark.parametrize(
    ("deliveries", "kills"),
    [
        pytest.param(15, 2, id="short", marks=pytest.mark.timeout(300)),
        pytest.param(10_000, 200, id="long", marks=[pytest.mark.slow, pytest.mark.timeout(0)]),
    ],
)
async def test_nothing_is_lost_or_done_twice_whoever_is_killed(
    platform: SoakPlatform, deliveries: int, kills: int
) -> None:
    said: list[str] = []
    soak = Soak(platform, deliveries, kills, random.Random(deliveries), said.append, f"soak of {deliveries}")
    books = await soak.run()
    counted = await books.count()
    told = "\n".join([*said, *report(soak.kills, counted), *books.wrong])
    assert books.wrong == [], told
    assert soak.kills.total() == kills, told
    assert counted["deliveries"] >= deliveries, told
