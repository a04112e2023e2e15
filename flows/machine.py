"""The rules of runs and deliveries: what follows from what is stored. No clock, no chance, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from flows.kinds import HookKind
from flows.outcomes import Complete, Extend, Fail, Outcome, Reject, Retry
from flows.records import (
    OPEN,
    AttemptError,
    Awaited,
    DeliveryRecord,
    DeliveryStatus,
    ErrorRecord,
    PageRecord,
    RejectionRecord,
    RunRecord,
    RunStatus,
    Stage,
    Verdict,
)
from flows.settings import EngineSettings
from flows.vetoes import blame, rejection_of

FAIL = "FAIL"
SKIP = "SKIP"
SYNC = "SYNC"


@dataclass(frozen=True)
class Judgement:
    """What the deliveries of a step mean for its run.

    Attributes:
        waiting: ids of deliveries that are not finished, and whose outcome matters.
        rejections: vetoes, and under the policy FAIL time-outs and answers that do not fit.
        skipped: these under the policy CONTINUE, and what was refused where a quorum passed all the same.
        against: refusals at a hook whose quorum is open still: they are shown, and decide nothing yet.
    """

    waiting: tuple[str, ...] = ()
    rejections: tuple[RejectionRecord, ...] = ()
    skipped: tuple[RejectionRecord, ...] = ()
    cancelled: tuple[str, ...] = ()
    against: tuple[RejectionRecord, ...] = ()


def is_finished(status: DeliveryStatus) -> bool:
    """Whether a delivery of this status never changes again (a DEAD one may be re-driven)."""
    return status not in OPEN and status is not DeliveryStatus.DEAD


def judge(awaited: Sequence[Awaited], deliveries: Mapping[str, DeliveryRecord]) -> Judgement:
    """Judge what a run waits for; a delivery that does not exist yet is waited for."""
    judged: list[Judgement] = []
    votes: dict[str, list[Awaited]] = {}
    for item in awaited:
        if item.quorum is None:
            judged.append(judge_one(item, deliveries.get(item.delivery_id)))
        else:
            votes.setdefault(item.hook, []).append(item)
    return all_of([*judged, *(judge_quorum(items, deliveries) for items in votes.values())])


def judge_asked(awaited: Sequence[Awaited], deliveries: Mapping[str, DeliveryRecord]) -> Judgement:
    """Judge what a parked run waits for: before a write, of those that were asked, and nothing once one has refused.

    Who amends is asked once those before it are done, so a delivery that does not exist before a write has no answer
    to be waited for: the run has to go on for it to be made. After a write it is an outbox entry still.
    """
    made = [item for item in awaited if item.delivery_id in deliveries]
    if not any(deliveries[item.delivery_id].kind == HookKind.VALIDATE for item in made):
        return judge(awaited, deliveries)
    judgement = judge(made, deliveries)
    return replace(judgement, waiting=()) if judgement.rejections else judgement


def all_of(judged: Sequence[Judgement]) -> Judgement:
    """What these mean together."""
    return Judgement(
        tuple(id for each in judged for id in each.waiting),
        tuple(item for each in judged for item in each.rejections),
        tuple(item for each in judged for item in each.skipped),
        tuple(id for each in judged for id in each.cancelled),
        tuple(item for each in judged for item in each.against),
    )


def judge_one(item: Awaited, delivery: DeliveryRecord | None) -> Judgement:
    """What one delivery means by itself."""
    if delivery is None or not is_finished(delivery.status):
        return Judgement(waiting=(item.delivery_id,))
    if delivery.status is DeliveryStatus.REJECTED:
        assert delivery.rejection is not None, "a rejected delivery holds its rejection"
        return Judgement(rejections=(delivery.rejection,))
    if delivery.status in (DeliveryStatus.TIMED_OUT, DeliveryStatus.FAILED):
        why = why_failed(item, delivery)
        return Judgement(rejections=(why,)) if item.on_failure == FAIL else Judgement(skipped=(why,))
    return Judgement(cancelled=(item.delivery_id,)) if delivery.status is DeliveryStatus.CANCELLED else Judgement()


def judge_quorum(items: Sequence[Awaited], deliveries: Mapping[str, DeliveryRecord]) -> Judgement:
    """What the deliveries of a hook with a quorum mean together (docs/decisions/0023).

    Each plugin has one vote, whatever the number of its deliveries: it refuses with the first that it refuses, and
    passes once all are done. One that is only ever skipped does not count. The quorum is that of the items, or all who
    count where they are fewer. Once enough have passed, or cannot pass any more, nothing that is open matters, nor
    what becomes of it.
    """
    each = [(item.plugin_tag, judge_one(item, deliveries.get(item.delivery_id))) for item in items]
    together = all_of([judged for _, judged in each])
    refusing = {tag for tag, judged in each if judged.rejections}
    undecided = {tag for tag, judged in each if judged.waiting or judged.cancelled} - refusing
    passing = {tag for tag, judged in each if judged == Judgement()} - refusing - undecided
    quorum = min(items[0].quorum or 1, len(refusing | undecided | passing))
    if len(passing) >= quorum:
        return Judgement(skipped=together.skipped + together.rejections)
    if len(passing | undecided) < quorum:
        return Judgement(rejections=together.rejections, skipped=together.skipped)
    return Judgement(
        waiting=together.waiting,
        skipped=together.skipped,
        cancelled=together.cancelled,
        against=together.rejections,
    )


def why_failed(item: Awaited, delivery: DeliveryRecord) -> RejectionRecord:
    """What a run keeps of a plugin that was late, or whose answer does not fit; it says which policy stood."""
    why = delivery.rejection
    if why is None:
        text = f"plugin {item.plugin_tag!r} did not answer {item.hook} in time"
        why = RejectionRecord(plugin_tag=item.plugin_tag, code="PLUGIN_TIMEOUT", message=text)
    return why.model_copy(update={"message": f"{why.message} (onFailure: {item.on_failure})"})


class Answer(Enum):
    """What a reply does to its delivery."""

    FINISH = "FINISH"
    BACK_OFF = "BACK_OFF"
    EXTEND = "EXTEND"
    NOTHING = "NOTHING"
    """The same outcome again: harmless."""


@dataclass(frozen=True)
class Reply:
    """An answer, or the error that the replier gets."""

    answer: Answer
    error: ErrorRecord | None = None


def refuse_reply(code: str, message: str) -> Reply:
    """A reply that changes nothing and is told why."""
    return Reply(Answer.NOTHING, ErrorRecord(code=code, message=message))


def judge_reply(delivery: DeliveryRecord, attempt: int, outcome: Outcome) -> Reply:
    """What a reply for `attempt` does (architecture §6.6).

    COMPLETE and REJECT count from an older attempt too, while the delivery is unfinished; the others only from the
    attempt that is leased now.
    """
    if not 1 <= attempt <= delivery.attempt:
        return refuse_reply("STALE_ATTEMPT", f"delivery {delivery.id} was never leased as attempt {attempt}")
    if isinstance(outcome, Reject) and delivery.kind != HookKind.VALIDATE:
        return refuse_reply("NOT_A_VETO", f"hook {delivery.hook_id} comes after the change, it cannot be rejected")
    if delivery.status not in OPEN and delivery.status is not DeliveryStatus.DEAD:
        if is_same(delivery, outcome):
            return Reply(Answer.NOTHING, blame(delivery, outcome) if isinstance(outcome, Reject) else None)
        return refuse_reply("STALE_ATTEMPT", f"delivery {delivery.id} is finished: {delivery.status}")
    if isinstance(outcome, Complete | Reject):
        return Reply(Answer.FINISH)
    if attempt != delivery.attempt or delivery.status is not DeliveryStatus.LEASED:
        return refuse_reply("STALE_ATTEMPT", f"attempt {attempt} of delivery {delivery.id} is no longer leased")
    return Reply(Answer.EXTEND if isinstance(outcome, Extend) else Answer.BACK_OFF)


def cancellation(delivery: DeliveryRecord, outcome: Outcome) -> ErrorRecord | None:
    """What a heartbeat for a cancelled delivery is told beside STALE_ATTEMPT: there is nothing to go on with.

    One that was only too late may well finish what it began.
    """
    if not isinstance(outcome, Extend) or delivery.status is not DeliveryStatus.CANCELLED:
        return None
    text = f"delivery {delivery.id} was cancelled: nothing that its handler does counts any more"
    return ErrorRecord(code="DELIVERY_CANCELLED", message=text)


def is_same(delivery: DeliveryRecord, outcome: Outcome) -> bool:
    """Whether the delivery is finished with this very outcome."""
    if isinstance(outcome, Complete):
        return delivery.status is DeliveryStatus.COMPLETED and delivery.result == outcome.result
    if isinstance(outcome, Reject):
        return delivery.rejection == rejection_of(delivery, outcome)
    return False


@dataclass(frozen=True)
class BackOff:
    """A delivery after a failed attempt: when it may be leased again, or None for DEAD."""

    failures: int
    first_failed_at: int
    next_at: int | None
    code: AttemptError
    error: str


def back_off(
    delivery: DeliveryRecord, code: AttemptError, error: str, now: int, jitter: float, settings: EngineSettings
) -> BackOff:
    """Exponential back-off over `retry_window`; `jitter` from 0 to 1 spreads each delay over its upper half."""
    first = delivery.first_failed_at or now
    failures = delivery.failures + 1
    if now - first >= settings.retry_window:
        return BackOff(failures, first, None, code, error)
    delay = min(settings.retry_cap, settings.retry_base * 2 ** min(failures - 1, 30))
    return BackOff(failures, first, now + int(delay * (0.5 + jitter / 2)), code, error)


def after_failure(
    delivery: DeliveryRecord, outcome: Fail | Retry, now: int, jitter: float, settings: EngineSettings
) -> BackOff:
    """The back-off that a plugin's FAIL or RETRY asks for; a RETRY counts as a failure and comes when it says.

    One that names no time, as a drained worker's, comes at once; the next of the same delivery does not, or plugin and
    platform would go round in circles.
    """
    if isinstance(outcome, Fail):
        return back_off(delivery, AttemptError.HANDLER_FAILED, outcome.message, now, jitter, settings)
    error = "the plugin asked to be called later"
    asked = back_off(delivery, AttemptError.RETRY_ASKED, error, now, jitter, settings)
    after = int(max(0.0, min(outcome.after_seconds, settings.retry_window / 1000)) * 1000)
    if after == 0 and asked.failures > 1:
        after = settings.retry_base
    return asked if asked.next_at is None else replace(asked, next_at=now + after)


def look_again_after(age: int, settings: EngineSettings) -> int:
    """How long a sweep leaves a mark alone whose run still waits for others; the older, the longer.

    A sweep looks at a bounded number of marks, oldest first: those that stand for days must not hide a fresh one.
    """
    return max(settings.settle_delay, min(age // 2, settings.retry_cap))


def free_slots(bound: int, held: Sequence[int]) -> list[int]:
    """The slots that may be taken. Where the bound was lowered, none until enough of those beyond it are given back."""
    free = [slot for slot in range(bound) if slot not in held]
    return free[: max(0, bound - len(held))]


def is_unwanted(delivery: DeliveryRecord, run: RunRecord | None) -> bool:
    """Whether nothing waits for the delivery: its run is gone or decided, or it is of an older round."""
    if run is None or run.terminal:
        return True
    if delivery.kind == HookKind.VALIDATE:
        return run.verdict is not Verdict.NONE or delivery.round != run.round or decided(run, delivery)
    return False


def decided(run: RunRecord, delivery: DeliveryRecord) -> bool:
    """Whether the step that a validate delivery gates is recorded, so that its outcome changes nothing any more."""
    return all(item.delivery_id != delivery.id for item in run.awaited)


def may_claim(run: RunRecord, now: int) -> bool:
    """Whether a worker may try to claim the run now."""
    return not run.terminal and run.leased_until <= now


def is_resting(run: RunRecord, now: int) -> bool:
    """Whether a step of the run went wrong on our side, and is not to be tried again yet."""
    return run.faults > 0 and run.leased_until == 0 and run.next_at is not None and run.next_at > now


def rest_after(faults: int, settings: EngineSettings) -> int:
    """How long a step that went wrong so often rests."""
    doubled = settings.retry_base * int(2 ** min(faults - 1, 30))
    return min(settings.retry_cap, doubled)


def end_status(run: RunRecord) -> RunStatus:
    """The terminal status that the run's verdict stands for."""
    return {
        Verdict.NONE: RunStatus.COMPLETED,
        Verdict.REJECTED: RunStatus.REJECTED,
        Verdict.FAILED: RunStatus.FAILED,
    }[run.verdict]


def is_parked(run: RunRecord) -> bool:
    """Whether the run waits for deliveries or children without a worker."""
    return run.leased_until == 0 and (
        run.stage is Stage.WAITING or (run.stage is Stage.UNDOING and run.status is RunStatus.AWAITING)
    )


def is_between_pages(run: RunRecord) -> bool:
    """Whether the run is at a step over many objects, with pages still to come (or to undo): nobody waits for those."""
    page = run.page
    if page is None:
        return False
    return (page.step == run.children_of and page.step == run.step and not page.last) or page.step == run.undoing


def after_page(page: PageRecord, children: Iterable[RunRecord]) -> PageRecord:
    """The page once its children have ended: all its objects are done, those left out too."""
    failed = sum(child.status is not RunStatus.COMPLETED for child in children)
    return page.model_copy(update={"met": 0, "done": page.done + page.met, "failed": page.failed + failed})


def children_verdict(children: Iterable[RunRecord]) -> Verdict:
    """How the ends of all child runs decide their parent's step."""
    statuses = {child.status for child in children}
    if RunStatus.REJECTED in statuses:
        return Verdict.REJECTED
    return Verdict.FAILED if RunStatus.FAILED in statuses else Verdict.NONE
