"""What an operation is turned into before it is planned, and which operations are refused."""

from __future__ import annotations

import pytest
from graphql import parse

from gateway.planner import PlanBudget, PlanError, plan_operation, print_plan
from gateway.planner.nodes import Guard
from gateway.planner.operation import simplify
from tests.unit.gateway.planner.graphs import business
from tests.unit.gateway.planner.support import assert_plan, composed, planned


def test_constant_conditions_are_settled_while_planning() -> None:
    assert_plan(
        business(),
        "{ goods { name @include(if: true) stock @skip(if: true) ... @include(if: false) { id } } }",
        """
        query (1 request in 1 wave)
          -> fetch commerce (wave 1)
            {
              goods {
                name
              }
            }
        """,
    )


def test_fragments_are_spread_and_equal_fields_merged() -> None:
    assert_plan(
        business(),
        "{ ...A ...B } fragment A on Query { goods { id name } } fragment B on Query { goods { name stock } }",
        """
        query (1 request in 1 wave)
          -> fetch commerce (wave 1)
            {
              goods {
                id
                name
                stock
              }
            }
        """,
    )


def test_parts_of_a_field_keep_their_own_conditions() -> None:
    """The field is there under either condition, each part of it under its own."""
    assert_plan(
        business(),
        "query ($a: Boolean!, $b: Boolean!) { goods @include(if: $a) { id } goods @include(if: $b) { name } }",
        """
        query (1 request in 1 wave)
          -> fetch commerce (wave 1)
            query ($a: Boolean!, $b: Boolean!) {
              goods @include(if: $a) {
                id @include(if: $a)
                name @include(if: $b)
              }
              goods @include(if: $b) {
                id @include(if: $a)
                name @include(if: $b)
              }
            }
        """,
    )


def test_several_conditions_of_one_kind_are_nested() -> None:
    """A directive may stand only once on a field."""
    query = "query ($a: Boolean!, $b: Boolean!) { ... @include(if: $a) { goods { id name @include(if: $b) } } }"
    assert_plan(
        business(),
        query.replace("goods {", "goods @include(if: $b) {"),
        """
        query (1 request in 1 wave)
          -> if $a and $b
            -> fetch commerce (wave 1)
              query ($b: Boolean!) {
                goods {
                  id
                  name @include(if: $b)
                }
              }
        """,
    )


def test_a_weaker_condition_implies_the_stronger() -> None:
    on, off = Guard("a", True), Guard("b", False)
    assert simplify(((on,), (on, off))) == ((on,),)
    assert simplify(((on,), ())) == ((),)
    assert simplify(((on,), (off,))) == ((on,), (off,))


def test_the_operation_is_picked_by_name() -> None:
    document = parse("query A { goods { id } } query B { offers { id } }")
    assert "fetch market" in print_plan(plan_operation(business(), document, "B"))


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("query A { goods { id } } query B { goods { id } }", None, "OPERATION_NAME_REQUIRED"),
        ("query A { goods { id } }", "B", "OPERATION_NOT_FOUND"),
        ("fragment A on Query { goods { id } }", None, "OPERATION_NOT_FOUND"),
    ],
)
def test_an_operation_that_is_not_there_is_refused(text: str, name: str | None, code: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_operation(business(), parse(text), name)
    assert caught.value.code == code


def test_a_query_that_grows_with_its_fragments_runs_out_of_budget() -> None:
    """Thirty fragments that each spread the next one twice stand for a billion fields."""
    fragments = "".join(
        f"fragment F{n} on Good {{ ... on Good {{ ...F{n + 1} }} ... on Good {{ ...F{n + 1} }} }} " for n in range(30)
    )
    document = parse("{ goods { ...F0 } } " + fragments + "fragment F30 on Good { id }")
    with pytest.raises(PlanError) as caught:
        plan_operation(business(), document)
    assert caught.value.code == "PLAN_BUDGET_EXCEEDED"


def test_the_budget_is_the_callers() -> None:
    with pytest.raises(PlanError, match="more than 3 steps"):
        plan_operation(business(), parse("{ goods { id name stock } }"), budget=PlanBudget(3))


def test_the_same_operation_gets_the_same_plan() -> None:
    document = parse(
        "{ goods { name connections { links { object { __typename ... on SellOffer { available } } } } } }"
    )
    assert len({print_plan(plan_operation(business(), document)) for _ in range(3)}) == 1


def test_a_field_that_only_the_implementation_shows() -> None:
    """An interface whose field is inaccessible may have an implementation whose field is not."""
    supergraph = composed(
        {
            "one": """
            type Query { node: Node }
            interface Node { id: ID! hidden: Int @inaccessible }
            type Thing implements Node { id: ID! hidden: Int }
            """
        }
    )
    assert "hidden" in planned(supergraph, "{ node { id ... on Thing { hidden } } }")
