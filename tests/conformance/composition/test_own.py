"""Our own cases stand on their own: each gives exactly its codes, together they cover every code."""

from __future__ import annotations

import pytest
from graphql import build_schema

from gateway.composition import ErrorCode, HintCode, compose
from tests.conformance.composition.own import OwnCase, own_cases

CASES = own_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.name}")
def test_case(case: OwnCase) -> None:
    """The codes are those expected; what composes is readable and does not depend on the order."""
    result = compose(case.subgraphs)
    assert {str(error.code) for error in result.errors} == case.codes, result.errors
    assert result.ok == (not case.codes)
    if case.hints is not None:
        assert {str(hint.code) for hint in result.hints} == case.hints, result.hints
    assert not [e for e in result.errors if e.help is None and e.code is not ErrorCode.INVALID_GRAPHQL]
    assert compose(case.subgraphs[::-1]) == result
    if result.api_schema is not None:
        build_schema(result.api_schema)


def test_every_code_is_produced() -> None:
    """No code is defined that no case produces."""
    produced = {code for case in CASES for code in case.codes}
    assert {str(code) for code in ErrorCode} == produced


def test_every_hint_is_produced() -> None:
    """No hint is defined that no case produces."""
    assert {str(code) for code in HintCode} == {code for case in CASES for code in case.hints or ()}


def test_every_rule_has_a_case_that_composes() -> None:
    """A rule that refuses everything would be noticed."""
    assert {case.rule for case in CASES} == {case.rule for case in CASES if not case.codes}
