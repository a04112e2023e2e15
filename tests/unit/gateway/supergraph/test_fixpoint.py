"""Questions that hang on each other."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.supergraph.fixpoint import Fixpoint


def reachable(edges: Mapping[int, list[int]]) -> Fixpoint[int, frozenset[int]]:
    """Which numbers can be reached from a number, itself included."""

    def rule(start: int) -> frozenset[int]:
        return frozenset({start}).union(*(answers(end) for end in edges.get(start, [])))

    answers: Fixpoint[int, frozenset[int]] = Fixpoint(rule, lambda start: frozenset())
    return answers


def test_circles_have_the_answer_that_holds_without_them() -> None:
    answers = reachable({1: [2], 2: [3], 3: [1, 4]})
    assert [answers(number) for number in (1, 2, 3)] == [{1, 2, 3, 4}] * 3
    assert answers(4) == {4}


def test_a_question_that_hangs_on_itself_alone_is_answered_no() -> None:
    def rule(question: str) -> bool:
        return answers(question)

    answers: Fixpoint[str, bool] = Fixpoint(rule, lambda question: False)
    assert answers("me") is False


def test_chains_are_as_long_as_they_like() -> None:
    answers = reachable({number: [number + 1] for number in range(2000)})
    assert len(answers(0)) == 2001


def test_each_question_of_a_chain_is_asked_a_few_times_only() -> None:
    calls = 0

    def rule(number: int) -> int:
        nonlocal calls
        calls += 1
        return answers(number + 1) if number < 1000 else 7

    answers: Fixpoint[int, int] = Fixpoint(rule, lambda number: 0)
    assert answers(0) == 7
    assert calls <= 3 * 1001


def test_nothing_half_answered_is_kept_when_a_rule_gives_up() -> None:
    failing = True

    def rule(number: int) -> int:
        if number == 3 and failing:
            raise ValueError
        return answers(number + 1) if number < 5 else 7

    answers: Fixpoint[int, int] = Fixpoint(rule, lambda number: 0)
    with pytest.raises(ValueError):
        answers(0)
    failing = False
    assert answers(0) == 7
