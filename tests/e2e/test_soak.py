"""The soak: kills at named writes while clients go on; the books are right in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.run import open_soak, report

pytestmark = pytest.mark.stack


@pytest.mark.parametrize(
    ("deliveries", "kills"),
    [
        pytest.param(30, 3, id="short", marks=pytest.mark.timeout(300)),
        pytest.param(10_000, 200, id="long", marks=[pytest.mark.slow, pytest.mark.timeout(0)]),
    ],
)
async def test_nothing_is_lost_or_done_twice_whoever_is_killed(tmp_path: Path, deliveries: int, kills: int) -> None:
    said: list[str] = []
    async with open_soak(tmp_path, deliveries, kills, seed=deliveries, say=said.append) as soak:
        books = await soak.run()
        counted = await books.count()
    told = "\n".join([*said, *report(soak.kills, counted), *books.wrong])
    assert books.wrong == [], told
    assert soak.kills.total() == kills, told
    assert counted["deliveries"] >= deliveries, told
