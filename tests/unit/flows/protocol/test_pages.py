"""Every interleaving of a step over many objects keeps what is promised; each plausible mistake breaks it in some."""

from __future__ import annotations

import pytest

from tests.unit.flows.protocol.explorer import explore
from tests.unit.flows.protocol.pages import MISTAKES, PagesOfChildren


@pytest.mark.parametrize("go_on", [False, True], ids=["stop", "continue"])
@pytest.mark.parametrize(
    "faults", [pytest.param(1, id="one fault"), pytest.param(2, id="two faults", marks=pytest.mark.slow)]
)
def test_every_interleaving_ends_well(go_on: bool, faults: int) -> None:
    found = explore(PagesOfChildren(go_on, faults))
    assert found.broken == "", "\n".join(found.trace)
    assert found.states > 500, "it has been somewhere"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_some_interleaving_shows_the_mistake(mistake: str) -> None:
    assert explore(PagesOfChildren(False, 2, mistake)).broken, mistake
