"""Outcomes, time-outs, crashes and duplicates in any order: a run with three plugins ends in the same place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flows import Flow
from flows.machine import Answer, after_failure, is_finished, judge, judge_reply
from flows.outcomes import Complete, Extend, Fail, Outcome, Reject, Retry
from flows.records import Awaited, DeliveryRecord, DeliveryStatus, RunStatus, Stage, Verdict
from flows.runner.taking import after_hooks
from flows.settings import EngineSettings
from tests.support.toy_service import ADJUST
from tests.unit.flows.test_machine import a_delivery, a_run

SETTINGS = EngineSettings()
PLUGINS = ("p", "q", "r")
FLOW: Flow[Any] = ADJUST


class ThreePlugins(RuleBasedStateMachine):
    """Deliveries as the store would hold them, changed by what the machine says of each event."""

    @initialize(policies=st.lists(st.sampled_from(["FAIL", "CONTINUE"]), min_size=3, max_size=3))
    def begin(self, policies: list[str]) -> None:
        """One delivery for each plugin."""
        self.now = 1_000_000
        self.stored = {
            tag: a_delivery(id=tag, plugin_tag=tag, kind="COMMIT", status="PENDING", attempt=0, leased_until=0)
            for tag in PLUGINS
        }
        self.awaited = [
            Awaited(delivery_id=tag, plugin_tag=tag, hook="h", mode="ASYNC", on_failure=policy)
            for tag, policy in zip(PLUGINS, policies, strict=True)
        ]
        self.ended: dict[str, DeliveryRecord] = {}
        self.refused: set[str] = set()

    def _put(self, tag: str, **changes: Any) -> None:
        was, after = self.stored[tag], self.stored[tag].model_copy(update=changes)
        assert not is_finished(was.status), "a finished delivery changes"
        self.stored[tag] = after
        if is_finished(after.status):
            self.ended[tag] = after

    @rule(tag=st.sampled_from(PLUGINS))
    def lease(self, tag: str) -> None:
        """A worker takes it, if it is due; a lost lease is a lease again."""
        seen = self.stored[tag]
        if seen.status in (DeliveryStatus.PENDING, DeliveryStatus.LEASED) and (seen.next_at or 0) <= self.now:
            until = self.now + SETTINGS.delivery_lease
            self._put(tag, status=DeliveryStatus.LEASED, attempt=seen.attempt + 1, leased_until=until, next_at=until)

    @rule(
        tag=st.sampled_from(PLUGINS),
        back=st.integers(0, 2),
        outcome=st.sampled_from([Complete(), Fail("no"), Retry(5), Extend(5), Reject("C", "m")]),
    )
    def reply(self, tag: str, back: int, outcome: Outcome) -> None:
        """An answer, perhaps of an older attempt, perhaps once more."""
        seen = self.stored[tag]
        judged = judge_reply(seen, seen.attempt - back, outcome)
        if judged.error is not None:
            self.refused.add(judged.error.code)
        elif judged.answer is Answer.FINISH:
            assert isinstance(outcome, Complete), "a commit hook cannot be rejected"
            self._put(tag, status=DeliveryStatus.COMPLETED, leased_until=0, next_at=None)
        elif judged.answer is Answer.BACK_OFF:
            assert isinstance(outcome, Fail | Retry) and back == 0, "only the attempt that is leased fails"
            to = after_failure(seen, outcome, self.now, 0.5, SETTINGS)
            dead = to.next_at is None
            self._put(
                tag,
                status=DeliveryStatus.DEAD if dead else DeliveryStatus.PENDING,
                failures=to.failures,
                first_failed_at=to.first_failed_at,
                leased_until=0,
                next_at=to.next_at,
            )

    @rule(tag=st.sampled_from(PLUGINS))
    def barrier(self, tag: str) -> None:
        """Its barrier passes; the first outcome stays."""
        self.time_out(tag)

    def time_out(self, tag: str) -> None:
        """As the engine does it."""
        if not is_finished(self.stored[tag].status):
            self._put(tag, status=DeliveryStatus.TIMED_OUT, leased_until=0, next_at=None)

    @rule(hours=st.sampled_from([0.01, 1, 30, 100]))
    def wait(self, hours: float) -> None:
        """Time passes: leases run out, workers die, what rests comes due."""
        self.now += int(hours * 3_600_000)

    @rule(tag=st.sampled_from(PLUGINS))
    def redrive(self, tag: str) -> None:
        """An admin makes a dead one due again."""
        if self.stored[tag].status is DeliveryStatus.DEAD:
            self._put(tag, status=DeliveryStatus.PENDING, failures=0, first_failed_at=None, next_at=self.now)

    @invariant()
    def what_has_ended_stays(self) -> None:
        """Whatever came after it."""
        for tag, was in getattr(self, "ended", {}).items():
            assert self.stored[tag] == was

    def teardown(self) -> None:
        """What is left times out; the run takes the outcomes: where it goes follows from what they are alone."""
        if not hasattr(self, "awaited"):
            return
        for tag in PLUGINS:
            self.time_out(tag)
        for order in permutations(PLUGINS):
            self._take(order)

    def _take(self, order: Sequence[str]) -> None:
        """The outcomes read in that order."""
        run = a_run(flow="adjust", step="commit", stage=Stage.WAITING, awaited=[dict(item) for item in self.awaited])
        judgement = judge(self.awaited, {tag: self.stored[tag] for tag in order})
        assert not judgement.waiting
        changes = after_hooks(FLOW, run, 0, judgement)
        late = {tag for tag, item in self.stored.items() if item.status is DeliveryStatus.TIMED_OUT}
        fatal = {item.plugin_tag for item in self.awaited if item.plugin_tag in late and item.on_failure == "FAIL"}
        assert {item.plugin_tag for item in changes["rejections"]} == fatal
        assert {item.plugin_tag for item in changes["skipped"]} == late - fatal
        assert changes["status"] is (RunStatus.FAILED if fatal else RunStatus.COMPLETED)
        assert changes.get("verdict", Verdict.NONE) is (Verdict.FAILED if fatal else Verdict.NONE)
        assert (changes["stage"], changes["leased_until"], changes["next_at"]) == (Stage.ENDED, 0, None)


TestThreePlugins = ThreePlugins.TestCase
TestThreePlugins.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
