"""Back-off, leases, call keys, outcomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_sdk import Amend, Reject, Retry
from plugin_sdk._calls import CallKeys, read_call
from plugin_sdk._outcomes import Complete, Extend, Failed, Rejected, RetryLater, of_exception, of_return, to_input
from plugin_sdk.protocol.backoff import Backoff
from plugin_sdk.protocol.delivery import read_time
from plugin_sdk.protocol.lease import ASSUMED, LONGEST, SHORTEST, PlatformClock
from plugin_sdk.protocol.operations import payload_type

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@settings(deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 100))
def test_waits_grow_to_the_cap_and_are_never_nothing(random: float, times: int) -> None:
    backoff = Backoff(lambda: random, base=0.1, cap=5)
    waits = [backoff.next() for _ in range(times)]
    assert all(0 < wait <= 5 for wait in waits)
    assert waits == sorted(waits)
    backoff.reset()
    assert backoff.next() == waits[0]


def test_a_lease_is_measured_by_the_platforms_clock() -> None:
    clock = PlatformClock()
    assert clock.seconds_until(NOW + timedelta(seconds=30), NOW) == 30
    clock.heard(NOW + timedelta(seconds=100), NOW)
    assert clock.seconds_until(NOW + timedelta(seconds=130), NOW) == 30


def test_a_lease_that_makes_no_sense_stays_within_bounds() -> None:
    clock = PlatformClock()
    assert clock.seconds_until(NOW - timedelta(hours=1), NOW) == SHORTEST
    assert clock.seconds_until(NOW + timedelta(days=1), NOW) == LONGEST
    assert clock.seconds_until(None, NOW) == ASSUMED


def test_times_are_read_with_their_zone() -> None:
    assert read_time("2026-01-01T00:00:00Z") == read_time("2026-01-01T01:00:00+01:00") == NOW
    assert read_time("2026-01-01T00:00:00") == NOW


MUTATION = read_call("mutation M { alias: updateSellOffer { errors } }")


def test_keys_count_by_field() -> None:
    other = read_call("mutation { updateProduct { errors } }")
    keys = CallKeys("d1")
    assert [keys.key(call) for call in (MUTATION, other, MUTATION)] == [
        "d1/updateSellOffer/1",
        "d1/updateProduct/1",
        "d1/updateSellOffer/2",
    ]


def test_a_label_stands_for_the_count_and_does_not_count() -> None:
    keys = CallKeys("d1")
    assert [keys.key(MUTATION, "of-o1"), keys.key(MUTATION)] == ["d1/updateSellOffer/of-o1", "d1/updateSellOffer/1"]


@pytest.mark.parametrize("label", ["", "1", "42"])
def test_a_label_cannot_be_taken_for_a_count(label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        CallKeys("d1").key(MUTATION, label)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{ good(", "syntax error at line 1, column 8"),
        ("{ a } query B { b }", "2 operations"),
        ("fragment F on T { a }", "0 operations"),
        ("subscription { a }", "is a subscription"),
        ("{ ... { a } }", "no field outside fragments"),
    ],
)
def test_a_document_that_is_no_call_is_refused(document: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_call(document)


def test_queries_are_told_from_mutations() -> None:
    assert not read_call("{ good { id } }").is_mutation
    assert MUTATION.is_mutation


def test_a_returned_veto_is_a_veto() -> None:
    assert of_return(Reject("NO", "no")) == Rejected("NO", "no")
    assert of_return(Retry(after=3)) == RetryLater(timedelta(seconds=3))
    assert of_return(Amend(a=1)) == Complete({"a": 1})
    assert of_return(None) == Complete(None)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 400, 86_400),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00", 0),
        ("Fri, 21 Oct 2095 07:28:00 GMT", 86_400),
        ("soon", 60),
        ("-5", 60),
        ("\u0663", 60),
        ("", 60),
        (None, 60),
    ],
)
def test_a_retry_comes_when_an_http_answer_says(header: str | None, seconds: int) -> None:
    retry = Retry.as_told(header, "busy")
    assert (retry.after, str(retry)) == (timedelta(seconds=seconds), "busy")


def test_outcomes_on_the_wire() -> None:
    assert to_input(Complete({"a": 1})) == {"complete": {"result": {"a": 1}}}
    assert to_input(Rejected("NO", "no")) == {"reject": {"code": "NO", "message": "no"}}
    assert to_input(Failed("oh")) == {"fail": {"message": "oh"}}
    assert to_input(RetryLater(timedelta(seconds=1.2))) == {"retry": {"afterSeconds": 1.2}}
    assert to_input(Extend(14.5)) == {"extend": {"seconds": 14.5}}


def test_the_payload_type_is_named_after_the_hook() -> None:
    expected = "CommerceAdjustStockCommitStockChanged"
    assert payload_type("commerce_adjustStock_commit_stockChanged") == expected


@pytest.mark.parametrize(
    ("code", "message", "sent"),
    [
        ("NO", "x" * 2_001, Rejected("NO", "x" * 2_000)),
        ("N" * 5_000, "no", Rejected("N" * 2_000, "no")),
        ("", None, Rejected("", "")),
        (404, ValueError("gone"), Rejected("404", "gone")),
        ("NO", "half a \ud83d", Rejected("NO", "half a ?")),
    ],
)
def test_a_veto_is_sent_in_a_form_that_can_be_taken(code: Any, message: Any, sent: Rejected) -> None:
    assert of_exception(Reject(code, message)) == sent
    assert to_input(sent) == {"reject": {"code": sent.code, "message": sent.message}}


def test_of_a_long_reason_of_a_failure_the_beginning_is_sent() -> None:
    assert of_exception(ValueError("x" * 5_000)) == Failed("ValueError: " + "x" * 1_988)
