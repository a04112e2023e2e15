"""Two processes of one plugin: they share its deliveries, and what one of them held goes to the other, in order."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.e2e import IN_STACK
from tests.e2e.shop import Shop
from tests.support.gql import Caller
from tests.support.plugins.recorder import make_recorder, recorded
from tests.support.stack import Stack, register

pytestmark = IN_STACK

HOOK = "commerce_adjustStock_commit_stockChanged"


@pytest.mark.parametrize(("end", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
async def test_what_a_worker_holds_goes_to_the_other_when_it_is_drained_or_killed(
    shop: Shop, stack: Stack, admin: Caller, tmp_path: Path, end: signal.Signals, code: int
) -> None:
    # Given two goods, and a worker that holds the first change of one of them,
    tag = f"pair{end.name.lower()}"
    registered = await register(stack, admin, make_recorder(tag, [HOOK]), "tests.support.plugins.recorder", tag)
    held, other = await shop.good("tea", stock=50), await shop.good("pot", stock=50)
    for good in (held, other):
        await shop.connect(f"commerce:Good:{good}", tag)
    mine, theirs, gate = tmp_path / "mine.jsonl", tmp_path / "theirs.jsonl", tmp_path / "gate"
    holding = registered.at_work(RECORDER_FILE=str(mine), RECORDER_GATE=str(gate), RECORDER_MOST="1")
    async with holding as first:
        runs = [(await shop.adjust(held, -1))["run"]]
        await first.says("holding")
        # when a second worker comes,
        async with registered.at_work(RECORDER_FILE=str(theirs)):
            runs += [(await shop.adjust(held, -1))["run"] for _ in range(2)]
            elsewhere = [(await shop.adjust(other, -1))["run"] for _ in range(3)]
            for run in elsewhere:
                assert (await shop.owner.finished(run))["status"] == "COMPLETED"
            # it does what is about the other good, in order, and nothing that waits behind what is held.
            assert [line["payload"]["after"] for line in recorded(theirs)] == [49, 48, 47]
            # When the first is drained, or killed,
            first.process.send_signal(end)
            # the second gets what that held, as another attempt, and then what comes behind it.
            for run in runs:
                assert (await shop.owner.finished(run))["status"] == "COMPLETED"
            lines = recorded(theirs)[3:]
            assert [(line["payload"]["after"], line["attempt"]) for line in lines] == [(49, 2), (48, 1), (47, 1)]
            # What the drained one finishes in its grace changes nothing.
            gate.touch()
            assert await first.ends() == code
        assert len(recorded(mine)) == (1 if end is signal.SIGTERM else 0)
    # Nothing failed on the way: no lease ran out.
    found = await shop.traffic(f"commerce:Good:{held}")
    assert [(item["status"], item["lastError"]) for item in found.deliveries.values()] == [("COMPLETED", None)] * 3
