"""Whose turn it is in a mutation."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.planner.nodes import Guard
from gateway.planner.operation import ALWAYS, Guards, OpField
from gateway.planner.turns import turns

A, B = Guard("a", True), Guard("b", True)
NOT_A, NOT_B = Guard("a", False), Guard("b", False)


def field(name: str) -> OpField:
    return OpField(name, name, "", frozenset(), ALWAYS, None, True, 1)


X, Y = field("x"), field("y")


def order(places: list[tuple[OpField, Guards]], values: dict[str, bool]) -> list[str]:
    """The fields that have a turn with these variables."""
    return [each.name for each, turn in turns(places) if all(values[g.variable] is g.include for g in turn)]


@pytest.mark.parametrize("values", [*product((False, True), repeat=2)])
def test_each_field_has_its_turn_once_and_at_the_first_place_that_holds(values: tuple[bool, bool]) -> None:
    given = dict(zip("ab", values, strict=True))
    places: list[tuple[OpField, Guards]] = [(X, (A, B)), (Y, ()), (X, (NOT_A,)), (X, (NOT_B,)), (X, ())]
    assert order(places, given) == (["x", "y"] if all(values) else ["y", "x"])


def test_a_field_in_one_place_keeps_its_own_conditions() -> None:
    assert [*turns([(X, (A,)), (Y, ())])] == [(X, ()), (Y, ())]


def test_what_clients_are_answered_without_subgraphs_has_no_turn() -> None:
    assert [*turns([(field("__typename"), ())])] == []
