"""The bookkeeping of deliveries: nothing lost, nothing side by side, nothing answered for the wrong attempt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_sdk._outcomes import Complete, Failed, Outcome, Rejected, RetryLater
from plugin_sdk.protocol.delivery import Delivery
from plugin_sdk.protocol.in_hand import Arrival, InHand, Then, Verdict

DONE = Complete(1)
FAILED = Failed("no")


def delivery(attempt: int = 1, id: str = "d1", replay: bool = False) -> Delivery:
    return Delivery(id, "a_b_c_d", "ASYNC", attempt, 1, None, replay, None, (), {})


def holding(*attempts: int) -> InHand:
    in_hand = InHand()
    for attempt in attempts:
        in_hand.arrive(delivery(attempt))
    return in_hand


def test_a_delivery_is_handled_once_at_a_time() -> None:
    in_hand = InHand()
    assert in_hand.arrive(delivery(1)) is Arrival.HANDLE
    assert in_hand.arrive(delivery(2)) is Arrival.JOIN
    assert in_hand.arrive(delivery(1)) is Arrival.JOIN
    assert in_hand.newest("d1").attempt == 2


@pytest.mark.parametrize("outcome", [DONE, Rejected("NO", "no")])
def test_what_was_completed_or_rejected_is_answered_again(outcome: Outcome) -> None:
    in_hand = holding(1)
    assert in_hand.answered("d1", 1, outcome, Verdict.ACCEPTED) is Then.DONE
    assert in_hand.arrive(delivery(2)) is Arrival.ANSWER_AGAIN
    assert in_hand.settled("d1") == outcome
    assert in_hand.arrive(delivery(3, replay=True)) is Arrival.HANDLE


@pytest.mark.parametrize("outcome", [FAILED, RetryLater()])
def test_what_failed_is_handled_again(outcome: Outcome) -> None:
    in_hand = holding(1)
    assert in_hand.answered("d1", 1, outcome, Verdict.ACCEPTED) is Then.DONE
    assert in_hand.arrive(delivery(2)) is Arrival.HANDLE


def test_a_newer_attempt_that_came_before_the_answer_to_a_failure_is_handled() -> None:
    in_hand = holding(1, 2)
    assert in_hand.answered("d1", 1, FAILED, Verdict.ACCEPTED) is Then.HANDLE_AGAIN
    assert "d1" in in_hand


def test_a_stale_answer_is_given_for_the_newest_attempt_and_then_final() -> None:
    in_hand = holding(1, 2)
    assert in_hand.answered("d1", 1, DONE, Verdict.STALE) is Then.RESEND
    assert in_hand.answered("d1", 2, DONE, Verdict.STALE) is Then.DONE
    assert in_hand.arrive(delivery(3)) is Arrival.HANDLE


def test_what_was_completed_under_an_older_attempt_is_done() -> None:
    in_hand = holding(1, 2)
    assert in_hand.answered("d1", 1, DONE, Verdict.ACCEPTED) is Then.DONE
    assert in_hand.arrive(delivery(2)) is Arrival.ANSWER_AGAIN


def test_only_so_much_is_remembered() -> None:
    in_hand = InHand(remembered=2)
    for id in ("a", "b", "c"):
        in_hand.arrive(delivery(id=id))
        in_hand.answered(id, 1, DONE, Verdict.ACCEPTED)
    assert in_hand.arrive(delivery(2, id="a")) is Arrival.HANDLE
    assert in_hand.arrive(delivery(2, id="b")) is Arrival.ANSWER_AGAIN


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("arrive"), st.integers(1, 4)),
            st.tuples(st.just("answer"), st.sampled_from(list(Verdict))),
        ),
        max_size=20,
    ),
    st.sampled_from([DONE, FAILED]),
)
def test_an_attempt_that_arrived_is_answered_for_or_handled(
    events: list[tuple[str, int | Verdict]], outcome: Outcome
) -> None:
    """Whatever the order: a delivery in hand has exactly one handler, and the newest attempt is never dropped
    unless the delivery ended, or the platform was told of that very attempt."""
    in_hand, handlers = InHand(), 0
    for kind, value in events:
        if kind == "arrive" and isinstance(value, int):
            handlers += in_hand.arrive(delivery(value)) is Arrival.HANDLE
        elif isinstance(value, Verdict) and "d1" in in_hand:
            sent = in_hand.newest("d1").attempt
            then = in_hand.answered("d1", sent, outcome, value)
            assert then is Then.DONE
            handlers -= 1
        assert handlers == len(in_hand)
