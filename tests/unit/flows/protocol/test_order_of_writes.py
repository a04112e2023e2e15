"""Every interleaving of the engine's writes keeps what is promised; each plausible mistake breaks it in some."""

from __future__ import annotations

import pytest

from tests.unit.flows.protocol.explorer import explore
from tests.unit.flows.protocol.order_of_writes import MISTAKES, OrderOfWrites

ONE, BOTH, TWO = (False,), (True, False), (False, False)


@pytest.mark.parametrize(
    ("keyed", "faults"),
    [
        pytest.param(ONE, 3, id="one run without a key"),
        pytest.param((True,), 2, id="one run with a key"),
        pytest.param(BOTH, 0, id="two runs, one with a key", marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
        pytest.param(TWO, 0, id="two runs without a key", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_every_interleaving_ends_well(keyed: tuple[bool, ...], faults: int) -> None:
    found = explore(OrderOfWrites(keyed, faults))
    assert found.broken == "", "\n".join(found.trace)
    assert found.states > 100, "it has been somewhere"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_some_interleaving_shows_the_mistake(mistake: str) -> None:
    found = explore(OrderOfWrites(TWO, 1, mistake))
    assert found.broken, mistake
