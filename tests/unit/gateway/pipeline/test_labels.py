"""Progressive overrides, request by request."""

from __future__ import annotations

import pytest

from gateway.composition import Subgraph, compose
from gateway.config import GatewayConfig
from gateway.pipeline.generation import Generation
from gateway.pipeline.labels import Labels
from gateway.planner import print_plan
from gateway.supergraph import Supergraph, load_supergraph

LINK = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@override", "@shareable"])
"""
OLD = LINK + 'type Query { a: T } type T @key(fields: "id") { id: ID! price: Int stock: Int }'
NEW = (
    LINK
    + """
type T @key(fields: "id") {
    id: ID!
    price: Int @override(from: "old", label: "percent(25)")
    stock: Int @override(from: "old", label: "beta")
}
"""
)


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    composed = compose([Subgraph("old", "http://old", OLD), Subgraph("new", "http://new", NEW)])
    assert composed.supergraph is not None, composed.errors
    return load_supergraph(composed.supergraph)


def test_only_percentages_are_left_to_chance(supergraph: Supergraph) -> None:
    labels = Labels.of(supergraph)
    assert labels.percentages == (("percent(25)", 25.0),)
    assert labels.draw(lambda: 0.2499) == {"percent(25)"}
    assert labels.draw(lambda: 0.25) == frozenset()


def test_each_set_of_labels_has_a_plan_of_its_own(supergraph: Supergraph) -> None:
    config = GatewayConfig(supergraph="given")
    generation = Generation.of(supergraph, {}, config)
    query = "{ a { price } }"

    def plan(labels: frozenset[str]) -> str:
        return print_plan(generation.plans.plan((query, None, labels, frozenset())).plan)

    before, after = plan(frozenset()), plan(frozenset({"percent(25)"}))
    assert "new" not in before
    assert "new" in after
    assert plan(frozenset()) == before
