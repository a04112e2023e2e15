"""The pure rules of runs and deliveries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import EngineSettings
from flows.machine import (
    Answer,
    Reply,
    after_failure,
    back_off,
    cancellation,
    children_verdict,
    end_status,
    is_finished,
    is_parked,
    is_unwanted,
    judge,
    judge_reply,
    may_claim,
)
from flows.outcomes import Complete, Extend, Fail, Outcome, Reject, Retry
from flows.records import (
    OPEN,
    AttemptError,
    Awaited,
    DeliveryRecord,
    DeliveryStatus,
    RejectionRecord,
    RunRecord,
    RunStatus,
    Stage,
    Verdict,
)
from flows.vetoes import rejection_of

SETTINGS = EngineSettings()
DAY = 24 * 3_600_000


def a_run(**values: Any) -> RunRecord:
    """A run at its first step."""
    given = {"id": "r", "service": "toy", "flow": "f", "version": 1, "params": {}, "given_params": {}, "principal": {}}
    return RunRecord.model_validate({**given, "step": "s", "created_at": 0, "updated_at": 0, **values})


def a_delivery(**values: Any) -> DeliveryRecord:
    """A delivery in its first lease."""
    stored: dict[str, Any] = {
        "id": "d",
        "service": "toy",
        "run_id": "r",
        "hook_id": "toy_f_s_h",
        "kind": "COMMIT",
        "mode": "ASYNC",
    }
    stored |= {"plugin_tag": "p", "owner_ref": "o", "subject": "x", "inbox": "toy|p", "queue": "p|x", "seq": 1000}
    times = {"next_at": 0, "timeout_ms": 1000, "created_at": 0, "updated_at": 0}
    lease = {"status": "LEASED", "attempt": 1, "leased_until": 10}
    return DeliveryRecord.model_validate({**stored, **times, **lease, "connections": [], "payload": {}, **values})


def waited_for(id: str, on_failure: str = "FAIL") -> Awaited:
    """What a run keeps of a delivery."""
    return Awaited(delivery_id=id, plugin_tag="p", hook="h", mode="SYNC", on_failure=on_failure)


VETO = RejectionRecord(plugin_tag="p", code="NO", message="no")


def test_what_does_not_exist_yet_or_is_dead_is_waited_for() -> None:
    judged = judge(
        [waited_for("a"), waited_for("b"), waited_for("c")], {"b": a_delivery(status="DEAD"), "c": a_delivery()}
    )
    assert judged.waiting == ("a", "b", "c")


def test_a_veto_counts_under_its_own_code_and_a_cancelled_delivery_for_nothing() -> None:
    stored = {"a": a_delivery(status="REJECTED", rejection=VETO), "b": a_delivery(status="CANCELLED")}
    judged = judge([waited_for("a"), waited_for("b")], stored)
    assert (judged.waiting, judged.rejections, judged.cancelled) == ((), (VETO,), ("b",))


@pytest.mark.parametrize(("policy", "rejects"), [("FAIL", True), ("CONTINUE", False)])
def test_a_time_out_follows_the_policy(policy: str, rejects: bool) -> None:
    judged = judge([waited_for("a", policy)], {"a": a_delivery(status="TIMED_OUT")})
    assert [item.code for item in judged.rejections] == ["PLUGIN_TIMEOUT"] * rejects
    assert [item.code for item in judged.skipped] == ["PLUGIN_TIMEOUT"] * (not rejects)


@pytest.mark.parametrize(("policy", "rejects"), [("FAIL", True), ("CONTINUE", False)])
def test_an_answer_that_does_not_fit_follows_the_policy_too(policy: str, rejects: bool) -> None:
    why = RejectionRecord(plugin_tag="p", code="BAD_AMENDMENT", message="no number")
    judged = judge([waited_for("a", policy)], {"a": a_delivery(status="FAILED", rejection=why)})
    told = [("p", "BAD_AMENDMENT", f"no number (onFailure: {policy})")]
    assert [(item.plugin_tag, item.code, item.message) for item in judged.rejections] == told * rejects
    assert [(item.plugin_tag, item.code, item.message) for item in judged.skipped] == told * (not rejects)


@given(st.lists(st.sampled_from([item for item in DeliveryStatus if item is not DeliveryStatus.REJECTED])))
def test_every_awaited_delivery_is_judged_once(statuses: list[DeliveryStatus]) -> None:
    items = [waited_for(str(place)) for place in range(len(statuses))]
    judged = judge(items, {str(place): a_delivery(status=status) for place, status in enumerate(statuses)})
    completed = statuses.count(DeliveryStatus.COMPLETED)
    assert len(judged.waiting) + len(judged.rejections) + len(judged.cancelled) + completed == len(statuses)
    assert all(not is_finished(statuses[int(id)]) for id in judged.waiting)


OUTCOMES: tuple[Outcome, ...] = (Complete(), Reject("NO", "no"), Fail("broken"), Retry(1), Extend(1))


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("attempt", [0, -1, 3])
def test_an_attempt_that_never_was_is_stale(outcome: Outcome, attempt: int) -> None:
    reply = judge_reply(a_delivery(kind="VALIDATE", attempt=2), attempt, outcome)
    assert reply.error is not None and reply.error.code == "STALE_ATTEMPT"


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (Complete(), Answer.FINISH),
        (Reject("NO", "no"), Answer.FINISH),
        (Fail("broken"), Answer.BACK_OFF),
        (Retry(1), Answer.BACK_OFF),
        (Extend(1), Answer.EXTEND),
    ],
)
def test_the_leased_attempt_may_say_anything(outcome: Outcome, answer: Answer) -> None:
    reply = judge_reply(a_delivery(kind="VALIDATE", attempt=2), 2, outcome)
    assert (reply.answer, reply.error) == (answer, None)


@pytest.mark.parametrize("status", ["PENDING", "LEASED", "DEAD"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_of_an_older_attempt_only_complete_and_reject_count(outcome: Outcome, status: str) -> None:
    reply = judge_reply(a_delivery(kind="VALIDATE", attempt=2, status=status), 1, outcome)
    counts = isinstance(outcome, Complete | Reject)
    assert (reply.answer is Answer.FINISH) == counts
    assert (reply.error is None) == counts


def test_only_a_validate_hook_can_be_rejected() -> None:
    reply = judge_reply(a_delivery(kind="COMMIT"), 1, Reject("NO", "no"))
    assert reply.error is not None and reply.error.code == "NOT_A_VETO"
    assert "toy_f_s_h" in reply.error.message


@pytest.mark.parametrize("code", ["", " ", "N" * 101])
def test_a_veto_counts_whatever_its_code_and_its_plugin_is_told_as_often_as_it_is_sent(code: str) -> None:
    veto = Reject(code, "too few")
    delivery = a_delivery(kind="VALIDATE")
    assert judge_reply(delivery, 1, veto) == Reply(Answer.FINISH)
    kept = rejection_of(delivery, veto)
    assert (kept.plugin_tag, kept.code) == ("p", "BAD_REJECTION")
    assert "'p'" in kept.message and "toy_f_s_h" in kept.message and "too few" in kept.message
    again = judge_reply(a_delivery(kind="VALIDATE", status="REJECTED", rejection=kept), 1, veto)
    assert again.answer is Answer.NOTHING
    assert again.error is not None and again.error.code == "BAD_REJECTION"
    assert again.error.field == ["outcome", "reject", "code"]


def test_a_veto_has_a_code_that_programs_can_compare() -> None:
    delivery = a_delivery(kind="VALIDATE")
    kept = rejection_of(delivery, Reject("N" * 100, "no"))
    assert (kept.code, kept.message) == ("N" * 100, "no")


def test_the_same_outcome_again_is_harmless_and_another_is_stale() -> None:
    done = a_delivery(status="COMPLETED", result={"a": 1})
    assert judge_reply(done, 1, Complete({"a": 1})).error is None
    for other in (Complete({"a": 2}), Complete(), Fail("late"), Extend(1)):
        error = judge_reply(done, 1, other).error
        assert error is not None and error.code == "STALE_ATTEMPT"
    vetoed = a_delivery(kind="VALIDATE", status="REJECTED", rejection=VETO)
    assert judge_reply(vetoed, 1, Reject("NO", "no")).error is None
    assert judge_reply(vetoed, 1, Reject("NO", "never")).error is not None
    assert judge_reply(vetoed, 1, Complete()).error is not None


@pytest.mark.parametrize("status", ["COMPLETED", "REJECTED", "TIMED_OUT", "CANCELLED"])
def test_a_heartbeat_carries_that_the_delivery_was_cancelled(status: str) -> None:
    """Whoever was too late may finish what it began; who was cancelled need not."""
    rejection = VETO if status == "REJECTED" else None
    over = a_delivery(kind="VALIDATE", status=status, rejection=rejection)
    told = judge_reply(over, 1, Extend(1))
    assert told.error is not None and told.error.code == "STALE_ATTEMPT"
    beside = cancellation(over, Extend(1))
    assert (beside and beside.code) == ("DELIVERY_CANCELLED" if status == "CANCELLED" else None)
    assert all(cancellation(over, outcome) is None for outcome in (Complete(1), Fail("x"), Retry(1)))


def delays(jitter: float) -> list[int]:
    """The delays of a delivery that fails at once whenever it is tried, until it is DEAD."""
    now, delivery = 0, a_delivery(first_failed_at=None)
    made: list[int] = []
    while True:
        to = back_off(delivery, AttemptError.HANDLER_FAILED, "broken", now + 1, jitter, SETTINGS)
        delivery = delivery.model_copy(update={"failures": to.failures, "first_failed_at": to.first_failed_at})
        if to.next_at is None:
            return made
        made.append(to.next_at - now - 1)
        now = to.next_at


@given(st.floats(0, 1))
def test_failures_back_off_for_three_days_and_then_the_delivery_is_dead(jitter: float) -> None:
    made = delays(jitter)
    assert sum(made) >= 3 * DAY - SETTINGS.retry_cap
    assert sum(made) + len(made) >= SETTINGS.retry_window - 1
    assert made == sorted(made)
    assert made[0] >= SETTINGS.retry_base / 2
    assert max(made) <= SETTINGS.retry_cap


def test_a_retry_is_asked_for_by_the_plugin_and_counts_as_a_failure() -> None:
    to = after_failure(a_delivery(failures=3), Retry(90), 1_000, 0.5, SETTINGS)
    assert (to.next_at, to.failures, to.first_failed_at) == (91_000, 4, 1_000)
    assert to.code is AttemptError.RETRY_ASKED
    for at_once in (0, -5):
        assert after_failure(a_delivery(), Retry(at_once), 1_000, 0.5, SETTINGS).next_at == 1_000
        again = after_failure(a_delivery(failures=1), Retry(at_once), 1_000, 0.5, SETTINGS)
        assert again.next_at == 1_000 + SETTINGS.retry_base
    far = after_failure(a_delivery(), Retry(1e12), 0, 0.5, SETTINGS).next_at
    assert far == SETTINGS.retry_window
    long_ago = a_delivery(first_failed_at=1, failures=9)
    assert after_failure(long_ago, Retry(1), 3 * DAY + 1, 0.5, SETTINGS).next_at is None
    assert after_failure(a_delivery(), Fail("broken"), 0, 0.5, SETTINGS).error == "broken"


def test_a_delivery_without_a_waiting_run_is_unwanted() -> None:
    for kind in ("COMMIT", "VALIDATE"):
        assert is_unwanted(a_delivery(kind=kind), None)
        assert is_unwanted(a_delivery(kind=kind), a_run(stage="ENDED", awaited=[waited_for("d")]))
    assert not is_unwanted(a_delivery(kind="COMMIT"), a_run())


def test_a_validate_delivery_is_wanted_in_its_round_until_the_run_is_decided() -> None:
    asked = a_delivery(kind="VALIDATE", round=2)
    assert not is_unwanted(asked, a_run(round=2, awaited=[waited_for("d")]))
    assert is_unwanted(asked, a_run(round=3, awaited=[waited_for("d")]))
    assert is_unwanted(asked, a_run(round=2, awaited=[]))
    assert is_unwanted(asked, a_run(round=2, awaited=[waited_for("d")], verdict="REJECTED"))


def test_a_run_is_claimed_when_its_lease_has_run_out_unless_it_has_ended() -> None:
    assert may_claim(a_run(leased_until=0), 0)
    assert may_claim(a_run(leased_until=10), 10)
    assert not may_claim(a_run(leased_until=11), 10)
    assert not may_claim(a_run(stage="ENDED"), 10)


def test_parked_is_waiting_without_a_lease() -> None:
    assert is_parked(a_run(stage="WAITING", status="AWAITING"))
    assert is_parked(a_run(stage="UNDOING", status="AWAITING"))
    assert not is_parked(a_run(stage="UNDOING"))
    assert not is_parked(a_run(stage="WAITING", status="AWAITING", leased_until=5))
    assert not is_parked(a_run(stage="NEW"))


def test_the_verdict_says_how_a_run_ends_and_children_how_their_parent_does() -> None:
    assert [end_status(a_run(verdict=item)) for item in Verdict] == ["COMPLETED", "REJECTED", "FAILED"]

    def verdict(*statuses: str) -> Verdict:
        return children_verdict([a_run(stage=Stage.ENDED, status=item) for item in statuses])

    assert verdict() is verdict("COMPLETED") is Verdict.NONE
    assert verdict("FAILED", "COMPLETED") is Verdict.FAILED
    assert verdict("FAILED", "REJECTED", "COMPLETED") is Verdict.REJECTED


def test_ids_of_a_run_begun_anew_are_not_those_of_its_first_try() -> None:
    seeds = [a_run(generation=number).seed for number in range(3)]
    assert len(set(seeds)) == 3 and seeds[0] == "r"


def test_open_and_finished_are_apart() -> None:
    assert {item for item in DeliveryStatus if not is_finished(item)} == {*OPEN, DeliveryStatus.DEAD}
    assert RunStatus.AWAITING not in {end_status(a_run(verdict=item)) for item in Verdict}
