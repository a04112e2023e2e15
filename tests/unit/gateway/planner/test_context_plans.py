"""Plans of fields whose arguments contexts set, and of calls under different conditions."""

from __future__ import annotations

import pytest
from graphql import parse

from gateway.planner import PlanError, plan_operation
from gateway.planner.slots import Slots
from gateway.supergraph import load_supergraph
from gateway.supergraph.model import ContextArgument
from gateway.supergraph.selection import parse_field_set
from tests.unit.gateway.planner.support import assert_plan, composed, composed_text

SHOPS = {
    "shops": """
        type Query { shops: [Shop!]! }
        type Shop @key(fields: "id") @context(name: "shop") { id: ID! rank: Int @external offers: [Offer!]! }
        type Offer @key(fields: "id") {
            id: ID!
            price(rank: Int @fromContext(field: "$shop { rank }"), net: Boolean): Int
        }
    """,
    "ranks": """
        type Query { best: Int }
        type Shop @key(fields: "id") { id: ID! rank: Int }
        type Offer @key(fields: "id") { id: ID! place: Int }
    """,
}


def test_a_value_of_another_subgraph_is_read_first() -> None:
    assert_plan(
        composed(SHOPS),
        "query ($contextual: Boolean) { shops { rank: id offers { price(net: $contextual) } } }",
        """
        query (3 requests in 3 waves)
          -> sequence
            -> fetch shops (wave 1)
              {
                shops {
                  rank: id
                  id
                  offers {
                    id
                  }
                }
              }
            -> entities ranks (wave 2)
              _entities for shops by Shop { id }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Shop {
                    _0_rank: rank
                  }
                }
              }
            -> entities shops by context (wave 3)
              _e for shops.offers by Offer { id }
              with { rank: _0_rank } of shops
              query ($_contextual0_0: Int, $representations0: [_Any!]!, $contextual: Boolean) {
                _e0: _entities(representations: $representations0) {
                  ... on Offer {
                    price(net: $contextual, rank: $_contextual0_0)
                  }
                }
              }
        """,
    )


def test_calls_under_different_conditions_share_a_request() -> None:
    assert_plan(
        composed(SHOPS),
        "query ($a: Boolean!) { shops { rank @include(if: $a) offers { place } } }",
        """
        query (2 requests in 2 waves)
          -> sequence
            -> fetch shops (wave 1)
              {
                shops {
                  id
                  offers {
                    id
                  }
                }
              }
            -> batch ranks (wave 2)
              _e0 for shops by Shop { id } if $a
              _e1 for shops.offers by Offer { id }
              query ($representations0: [_Any!]!, $representations1: [_Any!]!) {
                _e0: _entities(representations: $representations0) {
                  ... on Shop {
                    rank
                  }
                }
                _e1: _entities(representations: $representations1) {
                  ... on Offer {
                    place
                  }
                }
              }
        """,
    )


def test_a_context_that_nobody_sets_is_refused() -> None:
    """Composing finds such a field; another composer's supergraph may have it nevertheless."""
    supergraph = load_supergraph(composed_text(SHOPS).replace('@context(name: "shops__shop")', ""))
    with pytest.raises(PlanError, match=r"no object above Offer\.price sets the context"):
        plan_operation(supergraph, parse("{ shops { offers { price } } }"))


def test_slots_are_named_by_a_word_that_the_client_does_not_use() -> None:
    argument = ContextArgument("rank", "Int", "shops__shop", parse_field_set("rank"))
    slots = Slots((), {"contextual3": "$contextual3: Int", "_contextual_": "$_contextual_: Int"})
    name = slots.name(argument)
    assert slots.name(argument) == name
    assert "contextual" in name
    assert not any(name in text for text in ("$contextual3", "$_contextual_"))
