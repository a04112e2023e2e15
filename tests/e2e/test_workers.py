"""Two processes of one plugin: they share its deliveries, and what one of them held goes to the other, in order."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e import IN_STACK
from tests.e2e.shop import Shop
from tests.support.gql import Caller
from tests.support.plugins.recorder import make_recorder, recorded
from tests.support.stack import Stack, register

pytestmark = IN_STACK

HOOK = "commerce_adjustStock_commit_stockChanged"


@dataclass(frozen=True)
class End:
    """How a worker that holds a delivery comes to its end.

    Attributes:
        signals: that it gets; the second one ends its grace.
        finishes: whether its handler comes to its end in the grace.
        told: what is told of the attempt that went to the other worker.
    """

    name: str
    signals: Sequence[signal.Signals]
    code: int = 0
    finishes: bool = False
    told: str | None = None


ENDS = (
    End("drained", [signal.SIGTERM], finishes=True),
    End("hurried", [signal.SIGTERM, signal.SIGINT], told="the plugin asked to be called later"),
    End("killed", [signal.SIGKILL], code=-signal.SIGKILL),
)


@pytest.mark.parametrize("end", ENDS, ids=[end.name for end in ENDS])
async def test_what_a_worker_holds_is_finished_by_it_or_goes_to_the_other(
    shop: Shop, stack: Stack, admin: Caller, tmp_path: Path, end: End
) -> None:
    # Given two goods, and a worker that holds the first change of one of them,
    tag = f"pair{end.name}"
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
            # When the first is drained, hurried or killed,
            for number in end.signals:
                first.process.send_signal(number)
            if end.finishes:
                # (and another change of the other good shows that the second is given what comes now)
                assert (await shop.owner.finished((await shop.adjust(other, -1))["run"]))["status"] == "COMPLETED"
                gate.touch()
            # what it held is finished by it in its grace, or goes to the second, as another attempt;
            for run in runs:
                assert (await shop.owner.finished(run))["status"] == "COMPLETED"
            assert await first.ends() == end.code
            # and then the second gets what comes behind it.
            lines = [line for line in recorded(theirs)[3:] if held in line["connections"][0]]
            again = [] if end.finishes else [(49, 2)]
            assert [(line["payload"]["after"], line["attempt"]) for line in lines] == [*again, (48, 1), (47, 1)]
        assert [line["attempt"] for line in recorded(mine)] == [1] * end.finishes
    # Nothing failed on the way: no lease ran out.
    found = await shop.traffic(f"commerce:Good:{held}")
    told = [(item["status"], item["lastError"]) for item in found.deliveries.values()]
    assert told == [("COMPLETED", end.told), ("COMPLETED", None), ("COMPLETED", None)]
