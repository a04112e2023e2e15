"""It composes exactly when every path can be planned."""

from __future__ import annotations

import pytest

from gateway.composition import Composer, Subgraph
from gateway.composition.reading import Reader
from tests.conformance.composition.own import OwnCase, own_cases
from tests.conformance.composition.recorded import RECORDED, recorded_cases
from tests.properties.satisfiability.agreement import agree
from tests.properties.satisfiability.tangle import Tangle, tangle
from tests.support.federation.chance import drawn
from tests.support.properties import holds
from tests.unit.gateway.composition.pipeline import merged


@holds(quick=50, soak=5000, found=drawn(tangle))
def test_composes_exactly_when_all_can_be_planned(found: Tangle) -> None:
    """Subgraphs that break no other rule."""
    check(found.subgraphs(), 300)


@pytest.mark.parametrize("case", own_cases(), ids=lambda case: f"{case.rule}/{case.name}")
def test_own_cases(case: OwnCase) -> None:
    """What our own cases hold."""
    check(list(case.subgraphs), 100)


@pytest.mark.skipif(not RECORDED.exists(), reason=f"no recorded compositions at {RECORDED}")
def test_recorded_cases() -> None:
    """What the recorded compositions hold."""
    for case in recorded_cases():
        check(list(case.subgraphs), 20)


def check(subgraphs: list[Subgraph], most: int) -> None:
    """Compare the two where nothing but the proof decides."""
    reader = Reader()
    found = merged(subgraphs, reader)
    if found is not None:
        agree(subgraphs, found, Composer(reader=reader).compose(subgraphs), most)
