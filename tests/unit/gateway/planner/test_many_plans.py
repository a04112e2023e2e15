"""Plans are as good as can be where there are very many to choose from."""

from __future__ import annotations

from random import Random

import pytest
from graphql import parse

from gateway.planner import plan_operation
from gateway.planner.nodes import QueryPlan
from tests.unit.gateway.planner.many import ManyPlans, Wish, entity_calls, entries, requests, waves


def planned(graph: ManyPlans, wish: Wish) -> QueryPlan:
    return plan_operation(graph.supergraph(), parse(f"{{ node {wish} }}"))


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_has_fewer_requests(seed: int) -> None:
    """Compared with a search that tries every set of subgraphs at every level."""
    random = Random(seed)
    graph = ManyPlans.random(random, count=5, fields=5, copies=2)
    wish = graph.wish(random, depth=2, width=3)
    assert entries(planned(graph, wish).node) == graph.fewest(wish)


def test_a_query_with_very_many_plans_takes_few_requests() -> None:
    """Four of seven subgraphs know each of seven links, 340 are wanted in four levels: none can do with fewer."""
    random = Random(8)
    graph = ManyPlans.random(random, count=7, fields=7, copies=4)
    wish = graph.wish(random, depth=4, width=4)
    plan = planned(graph, wish)
    sent = waves(plan.node)
    assert entries(plan.node) == graph.fewest(wish) == 86
    assert entity_calls(plan.node) == 85
    assert len(sent) == 3
    for wave in sent:
        assert len(wave) == len(set(wave)), "whatever one subgraph is asked at one time is one request"


def test_a_place_that_several_ways_lead_to_is_asked_about_once() -> None:
    """The same selection below two links is one call with two targets: their objects are sent together."""
    graph = ManyPlans(2, (frozenset({0}), frozenset({0}), frozenset({1})))
    plan = planned(graph, Wish([], {0: Wish([2]), 1: Wish([2])}))
    first, second = requests(plan.node)
    assert [first.request.service, second.request.service] == ["s0", "s1"]
    assert (entity_calls(plan.node), entries(plan.node)) == (2, 3)
