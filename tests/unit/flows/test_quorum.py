"""A quorum: enough pass, or enough cannot pass any more, and nothing that comes later changes that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.machine import Judgement, judge
from flows.records import Awaited, DeliveryRecord, DeliveryStatus, RejectionRecord
from tests.unit.flows.test_machine import a_delivery

OPEN = [DeliveryStatus.PENDING, DeliveryStatus.LEASED, DeliveryStatus.DEAD]
FINAL = [DeliveryStatus.COMPLETED, DeliveryStatus.REJECTED, DeliveryStatus.TIMED_OUT]


def vote(plugin: str, owner: str = "o", quorum: int | None = 2, on_failure: str = "FAIL") -> Awaited:
    """A delivery of the hook to a plugin and an owner."""
    id = f"{plugin}:{owner}"
    return Awaited(delivery_id=id, plugin_tag=plugin, hook="h", mode="ASYNC", on_failure=on_failure, quorum=quorum)


def stored(item: Awaited, status: DeliveryStatus) -> DeliveryRecord:
    """That delivery in a status."""
    veto = RejectionRecord(plugin_tag=item.plugin_tag, code="NO", message="no")
    rejection = veto if status is DeliveryStatus.REJECTED else None
    return a_delivery(id=item.delivery_id, kind="VALIDATE", status=status, rejection=rejection)


def judged(items: Sequence[Awaited], statuses: Mapping[str, str]) -> Judgement:
    """What these deliveries mean; one that is not named does not exist yet."""
    deliveries = {
        item.delivery_id: stored(item, DeliveryStatus(statuses[item.plugin_tag]))
        for item in items
        if item.plugin_tag in statuses
    }
    return judge(items, deliveries)


def tags(records: Sequence[RejectionRecord]) -> list[str]:
    """Whose they are."""
    return [item.plugin_tag for item in records]


THREE = [vote("p"), vote("q"), vote("r")]


@pytest.mark.parametrize("third", [None, "PENDING", "LEASED", "DEAD", "REJECTED", "TIMED_OUT", "CANCELLED"])
def test_two_of_three_pass_whatever_the_third_says(third: str | None) -> None:
    found = judged(THREE, {"p": "COMPLETED", "q": "COMPLETED", **({} if third is None else {"r": third})})
    assert (found.waiting, found.rejections, found.cancelled, found.against) == ((), (), (), ())
    assert tags(found.skipped) == ["r"] * (third in ("REJECTED", "TIMED_OUT"))


@pytest.mark.parametrize("third", [None, "PENDING", "LEASED", "DEAD", "COMPLETED", "CANCELLED"])
def test_two_refusals_of_three_are_enough_however_they_refuse(third: str | None) -> None:
    found = judged(THREE, {"p": "REJECTED", "q": "TIMED_OUT", **({} if third is None else {"r": third})})
    assert (found.waiting, found.cancelled, found.against) == ((), (), ())
    assert [(item.plugin_tag, item.code) for item in found.rejections] == [("p", "NO"), ("q", "PLUGIN_TIMEOUT")]


def test_one_refusal_is_shown_and_decides_nothing_while_the_others_may_pass() -> None:
    found = judged(THREE, {"p": "REJECTED", "q": "COMPLETED", "r": "LEASED"})
    assert (found.waiting, found.rejections, tags(found.against)) == (("r:o",), (), ["p"])


def test_where_fewer_are_connected_than_the_quorum_all_must_pass() -> None:
    alone = [vote("p")]
    assert judged(alone, {"p": "COMPLETED"}) == Judgement()
    assert tags(judged(alone, {"p": "REJECTED"}).rejections) == ["p"]
    assert judged(alone, {"p": "LEASED"}).waiting == ("p:o",)


def test_who_is_late_under_continue_has_no_vote() -> None:
    items = [vote("p"), vote("q"), vote("r", on_failure="CONTINUE")]
    assert tags(judged(items, {"p": "COMPLETED", "q": "REJECTED", "r": "TIMED_OUT"}).rejections) == ["q"]
    assert judged(items, {"p": "COMPLETED", "q": "LEASED", "r": "TIMED_OUT"}).waiting == ("q:o",)
    nobody = [vote(tag, on_failure="CONTINUE") for tag in "pqr"]
    found = judged(nobody, dict.fromkeys("pqr", "TIMED_OUT"))
    assert (found.waiting, found.rejections, tags(found.skipped)) == ((), (), ["p", "q", "r"])


def test_a_plugin_has_one_vote_for_all_its_owners() -> None:
    items = [vote("p", "a"), vote("p", "b"), vote("q")]
    both = {item.delivery_id: stored(item, DeliveryStatus.COMPLETED) for item in items[:2]}
    assert judge(items, both).waiting == ("q:o",)
    mixed = {**both, "p:b": stored(items[1], DeliveryStatus.REJECTED)}
    assert tags(judge([*items, vote("r")], mixed).against) == ["p"]
    assert tags(judge(items, mixed).rejections) == ["p"]


def test_a_connection_that_ended_before_a_decision_asks_for_another_round() -> None:
    found = judged(THREE, {"p": "COMPLETED", "q": "REJECTED", "r": "CANCELLED"})
    assert (found.cancelled, found.rejections) == (("r:o",), ())


def test_hooks_are_decided_apart_and_a_sync_veto_counts_by_itself() -> None:
    other = Awaited(delivery_id="x", plugin_tag="x", hook="other", mode="ASYNC", on_failure="FAIL", quorum=1)
    sync = Awaited(delivery_id="s", plugin_tag="s", hook="h", mode="SYNC", on_failure="FAIL")
    items = [*THREE, other, sync]
    found = judge(
        items,
        {
            "p:o": stored(THREE[0], DeliveryStatus.COMPLETED),
            "q:o": stored(THREE[1], DeliveryStatus.COMPLETED),
            "s": stored(sync, DeliveryStatus.REJECTED),
        },
    )
    assert (found.waiting, tags(found.rejections)) == (("x",), ["s"])


votes = st.lists(
    st.tuples(st.sampled_from("pqrst"), st.sampled_from(["FAIL", "CONTINUE"]), st.sampled_from(FINAL), st.booleans()),
    max_size=8,
)


@given(st.integers(1, 6), votes, st.randoms())
def test_the_answers_decide_in_whatever_order_they_come(
    quorum: int, given: list[tuple[str, str, DeliveryStatus, bool]], chance: object
) -> None:
    """From the moment of the decision on, nothing that comes changes it; and it is that of all answers."""
    items = [vote(tag, str(place), quorum, policy) for place, (tag, policy, _, _) in enumerate(given)]
    ends = {item.delivery_id: status for item, (_, _, status, _) in zip(items, given, strict=True)}
    order = sorted(items, key=lambda item: chance.random())  # type: ignore[attr-defined]
    at_the_end = judge(items, {item.delivery_id: stored(item, ends[item.delivery_id]) for item in items})
    assert not at_the_end.waiting and not at_the_end.against and not at_the_end.cancelled
    deliveries = {item.delivery_id: stored(item, DeliveryStatus.LEASED) for item in items}
    decided: bool | None = None
    for item in order:
        deliveries[item.delivery_id] = stored(item, ends[item.delivery_id])
        now = judge(items, deliveries)
        if decided is not None:
            assert not now.waiting and bool(now.rejections) == decided
        elif not now.waiting:
            decided = bool(now.rejections)
            for other in items:  # who is cancelled as unwanted decides no more than who answers late
                if deliveries[other.delivery_id].status is DeliveryStatus.LEASED and given[items.index(other)][3]:
                    ends[other.delivery_id] = DeliveryStatus.CANCELLED
    assert items == [] or decided == bool(at_the_end.rejections)


@given(st.integers(1, 6), votes)
def test_the_decision_is_the_count_of_the_votes(
    quorum: int, given: list[tuple[str, str, DeliveryStatus, bool]]
) -> None:
    items = [vote(tag, str(place), quorum, policy) for place, (tag, policy, _, _) in enumerate(given)]
    ends = [(tag, policy, status) for tag, policy, status, _ in given]
    found = judge(items, {item.delivery_id: stored(item, end[2]) for item, end in zip(items, ends, strict=True)})
    late = {DeliveryStatus.TIMED_OUT}
    refuse = {
        tag
        for tag, policy, status in ends
        if status is DeliveryStatus.REJECTED or (status in late and policy == "FAIL")
    }
    passed = {tag for tag, _, status in ends if status is DeliveryStatus.COMPLETED} - refuse
    enough = len(passed) >= min(quorum, len(passed | refuse))
    assert bool(found.rejections) is not enough
    assert len(found.rejections) + len(found.skipped) == sum(end[2] is not DeliveryStatus.COMPLETED for end in ends)
