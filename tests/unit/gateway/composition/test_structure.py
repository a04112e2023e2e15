"""The structure that is proven is the one that a gateway reads from the supergraph."""

from __future__ import annotations

import pytest

from gateway.composition import Subgraph
from gateway.composition.satisfiability.structure import StructureReader
from gateway.supergraph.model import Model, TypeDef
from gateway.supergraph.reader import parse_supergraph, read_model
from tests.conformance.composition.own import OwnCase, own_cases
from tests.unit.gateway.composition.pipeline import merged

COMPOSING = [case for case in own_cases() if not case.codes]


@pytest.mark.parametrize("case", COMPOSING, ids=lambda case: f"{case.rule}/{case.name}")
def test_structure_is_what_a_gateway_reads(case: OwnCase) -> None:
    """Read from the merge or from the text: the same."""
    assert_equal(case.subgraphs)


def assert_equal(subgraphs: tuple[Subgraph, ...]) -> None:
    """Compare the two models of a composition, as far as types with fields or members go."""
    found = merged(subgraphs)
    assert found is not None
    read = read_model(parse_supergraph(found.supergraph))
    structure = StructureReader().read(found.merge)
    assert composites(structure) == composites(read)
    assert (structure.subgraphs, structure.roots) == (read.subgraphs, read.roots)


def composites(model: Model) -> dict[str, TypeDef]:
    """The types that can be selected into."""
    return {name: entry for name, entry in model.types.items() if entry.is_composite}
