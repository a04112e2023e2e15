"""A payload's errors name fields of its own input."""

from __future__ import annotations

from flows.graphql.context import RunOutcome
from flows.graphql.types import UserError
from subgraphs.shared.outcome import errors_about, result_id


def test_fields_of_a_child_runs_input_are_left_out() -> None:
    mine = UserError(code="OUT_OF_STOCK", message="none", field=["lines", "0", "quantity"])
    whole = UserError(code="TOO_LOW", message="keep some")
    childs = UserError(code="OUT_OF_STOCK", message="gone", field=["delta"])
    shown = errors_about(RunOutcome(run=None, errors=[mine, whole, childs]), "lines")
    assert shown == [mine, whole, UserError(code="OUT_OF_STOCK", message="gone")]


def test_a_step_that_was_not_done_has_no_result() -> None:
    outcome = RunOutcome(run=None, errors=[], results={"reserve": {"saleId": "s1"}, "stock": None})
    assert result_id(outcome, "saleId", "reserve") == "s1"
    assert result_id(outcome, "saleId") is None
    assert result_id(outcome, "saleId", "stock") is None
