"""Validate hooks: rounds of deliveries against the version that was read (architecture §6.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from flows.catalog import BoundHook
from flows.codec import to_json
from flows.connected import Subscriber
from flows.machine import FAIL, SYNC, Judgement, is_finished
from flows.outbox import delivery_id, make_delivery
from flows.payloads import Kept, PayloadTooLarge, keep
from flows.records import (
    Awaited,
    DeliveryRecord,
    DeliveryStatus,
    ErrorRecord,
    RejectionRecord,
    RunStatus,
    Stage,
    Verdict,
)
from flows.results import BAD_AMENDMENT
from flows.runner.held import HeldRun
from flows.runner.waiting import barrier, expiry_of, read_outcomes, wait_in_place
from flows.runner.writing import Recorded, StepWrite, conflict, live, refused, too_large
from flows.schema import Hook, HookCall, Refusal, ValidateStep
from flows.turns import Turn
from store import VersionedDocument


@dataclass(frozen=True)
class Passed:
    """The round stands: write on the version that was validated, with these parameters."""

    params: Any
    skipped: tuple[RejectionRecord, ...] = ()


@dataclass(frozen=True)
class Vetoed:
    """The round ends the run."""

    recorded: Recorded


class Parked:
    """ASYNC plugins have not finished: the run is parked."""


class ReadAgain:
    """Something the round relied on has changed: read the document again."""


Round = Passed | Vetoed | Parked | ReadAgain
Called = tuple[BoundHook, Subscriber]


class Validation:
    """The rounds of one ValidateStep, for the document version that `run` was given.

    Args:
        turn: of the document; given back before plugins are asked.
    """

    def __init__(self, held: HeldRun, step: ValidateStep[Any, Any], write: StepWrite, turn: Turn) -> None:
        self.held = held
        self.step = step
        self.write = write
        self.turn = turn
        self._until: dict[str, int] = {}
        """By hook, until when its SYNC plugins are waited for: those that amend one by one share its budget."""
        self._finished: dict[str, DeliveryRecord] = {}
        """Deliveries that were read finished: they stay as they are."""

    async def run(self, document: VersionedDocument | None) -> Round:
        """Call the hooks for this document, or go on with the round that stands for its version."""
        try:
            return await self._run(document)
        except PayloadTooLarge as error:
            return Vetoed(refused(too_large(error)))

    async def _run(self, document: VersionedDocument | None) -> Round:
        version = document.version if document else 0
        calls = await self._calls(document, self.held.params(self.held.run.given_params))
        if isinstance(calls, Refusal):
            return Vetoed(refused(calls))
        called = await self._called(calls)
        if not called:
            return Passed(self.held.params(self.held.run.given_params))
        self.turn.give_back()
        if self.held.run.validated_version != version or self.held.run.round == 0:
            if self.held.run.round >= self.held.parts.settings.rounds:
                return Vetoed(conflict("the object kept changing while its plugins validated the change; try again"))
            self._keep(calls, called)  # what is too large is refused before anybody is asked
            await self._begin(version, called)
        return await self._go_on(document, version, called)

    async def _calls(self, document: VersionedDocument | None, params: Any) -> Mapping[str, HookCall] | Refusal:
        return await self.step.calls(self.held.context(params), live(document))

    async def _called(self, calls: Mapping[str, HookCall]) -> list[Called]:
        parts, run = self.held.parts, self.held.run
        called: list[Called] = []
        for tag, call in calls.items():
            bound = parts.catalog.hook(self.held.flow, self.step.tag, tag)
            subscribers = await parts.plugins.subscribers(bound.id, call.targets, run.cause, call.only)
            called += [(bound, subscriber) for subscriber in subscribers]
        return called

    async def _begin(self, version: int, called: list[Called]) -> None:
        """Store the round and its version on the run before any of its deliveries goes out."""
        run = self.held.run
        older = run.awaited
        self._until.clear()
        items = [
            self._awaited(bound, subscriber, run.round + 1, place) for place, (bound, subscriber) in enumerate(called)
        ]
        await self.held.write(
            round=run.round + 1,
            validated_version=version,
            params=run.given_params,
            amended_by=[],
            left_out=[],
            awaited=items,
            stage=Stage.NEW,
            status=RunStatus.RUNNING,
        )
        for delivery in (await self.held.parts.deliveries.read_many([item.delivery_id for item in older])).values():
            await self.held.parts.deliveries.finish(delivery, DeliveryStatus.CANCELLED)

    def _awaited(self, bound: BoundHook, subscriber: Subscriber, round: int, place: int) -> Awaited:
        return Awaited(
            delivery_id=delivery_id(
                self.held.run.seed, bound.id, round, 0, subscriber.plugin_tag, subscriber.owner_ref
            ),
            plugin_tag=subscriber.plugin_tag,
            hook=bound.id,
            mode=subscriber.settings.mode,
            on_failure=subscriber.settings.on_failure,
            order=place,
            quorum=None if subscriber.settings.mode == SYNC else bound.hook.quorum,
        )

    def _id(self, bound: BoundHook, subscriber: Subscriber) -> str:
        """The id of the current round's delivery to them."""
        return self._awaited(bound, subscriber, self.held.run.round, 0).delivery_id

    async def _go_on(self, document: VersionedDocument | None, version: int, called: list[Called]) -> Round:
        """Plugins that may amend are called one by one in their order, the others all at once."""
        known = {item.delivery_id for item in self.held.run.awaited}
        batches: list[list[Called]] = [[item for item in called if item[0].hook.amend is None]]
        batches += [[item] for item in called if item[0].hook.amend is not None]
        for batch in batches:
            batch = [item for item in batch if self._id(*item) in known]
            if batch:
                ended = await self._batch(document, version, batch)
                if ended is not None:
                    return ended
        judgement, deliveries = await read_outcomes(self.held, self.held.run.awaited, self._finished)
        ended = await self._ended(judgement)  # by an answer that came since its batch was judged
        if ended is not None:
            return ended
        if judgement.waiting and all(item in deliveries for item in judgement.waiting):
            return await self._park(judgement, deliveries)
        if judgement.waiting:  # one that the round listed is not connected any more: a new round finds who is
            return await self._anew()
        return Passed(self.held.params(), (*judgement.skipped, *self.held.run.left_out))

    async def _ended(self, judgement: Judgement) -> Round | None:
        """How a veto, or a connection that has ended, ends the round; None where there is neither."""
        if judgement.rejections:
            return Vetoed(vetoed(judgement.rejections))
        return await self._anew() if judgement.cancelled else None

    async def _anew(self) -> Round:
        await self.held.write(validated_version=-1)
        return ReadAgain()

    async def _batch(self, document: VersionedDocument | None, version: int, batch: list[Called]) -> Round | None:
        calls = await self._calls(document, self.held.params())
        if isinstance(calls, Refusal):
            return Vetoed(refused(calls))
        kept = self._keep(calls, batch)
        await self.held.parts.payloads.store(self.held.run, kept.values())
        await self.held.confirm()
        sent = [self._delivery(version, *called, kept[called[0].id]) for called in batch]
        asked = {self._id(*called) for called in batch}
        # As the run has them: a policy that was changed since is for the next that is asked.
        items = [item for item in self.held.run.awaited if item.delivery_id in asked]
        judgement, deliveries = await wait_in_place(self.held, items, lambda: self._send(sent))
        self._finished |= {id: item for id, item in deliveries.items() if is_finished(item.status)}
        self._note_ends(deliveries.values())
        ended = await self._ended(judgement)
        if ended is not None:
            return ended
        hook = batch[0][0].hook
        if hook.amend is None:
            return None
        if judgement.waiting:
            return await self._park(judgement, deliveries)
        return await self._amend(document, hook, items, deliveries)

    def _keep(self, calls: Mapping[str, HookCall], called: Sequence[Called]) -> dict[str, Kept]:
        """The payloads of these calls, by hook; raises PayloadTooLarge."""
        run, limit = self.held.run, self.held.parts.settings.payload_limit
        copies = Counter(bound.id for bound, _ in called)
        tags = {bound.id: bound.hook.tag for bound, _ in called}
        return {
            id: keep(run.seed, id, run.round, to_json(calls[tag].payload), copies[id], limit)
            for id, tag in tags.items()
        }

    def _note_ends(self, deliveries: Iterable[DeliveryRecord]) -> None:
        for item in deliveries:
            if item.mode == SYNC and item.expires_at is not None:
                self._until[item.hook_id] = min(item.expires_at, self._until.get(item.hook_id, item.expires_at))

    async def _send(self, deliveries: Sequence[DeliveryRecord]) -> Mapping[str, DeliveryRecord]:
        """Store these where they do not exist; gives those that did not."""
        parts = self.held.parts
        made = await parts.deliveries.insert_all(deliveries)
        for delivery in deliveries:
            parts.notify_inbox(delivery)
        return {delivery.id: delivery for delivery, new in zip(deliveries, made, strict=True) if new}

    def _delivery(self, version: int, bound: BoundHook, subscriber: Subscriber, kept: Kept) -> DeliveryRecord:
        now = self.held.parts.clock.now()
        until = expiry_of(self.held, bound.hook, subscriber.settings.mode, now)
        if until is not None and subscriber.settings.mode == SYNC:
            until = min(until, self._until.get(bound.id, until))
        return make_delivery(
            self.held.run,
            bound,
            kept,
            subscriber,
            subject=self.write.subject(),
            version=version,
            round=self.held.run.round,
            now=now,
            expires_at=until,
        )

    async def _amend(
        self,
        document: VersionedDocument | None,
        hook: Hook,
        items: Sequence[Awaited],
        deliveries: Mapping[str, DeliveryRecord],
    ) -> Round | None:
        """Apply what a plugin returned; each amendment is validated like input and saved before the next is asked."""
        for item in items:
            result = deliveries[item.delivery_id].result
            if result is None or item.delivery_id in self.held.run.amended_by:
                continue
            amended = await self._amended(document, hook, item, result)
            if isinstance(amended, RejectionRecord):
                if item.on_failure == FAIL:
                    return Vetoed(vetoed([amended]))
                changes: dict[str, Any] = {"left_out": [*self.held.run.left_out, amended]}
            else:
                changes = {"params": to_json(amended)}
            await self.held.write(**changes, amended_by=[*self.held.run.amended_by, item.delivery_id])
        return None

    async def _amended(self, document: VersionedDocument | None, hook: Hook, item: Awaited, result: Any) -> Any:
        """The parameters with what a plugin returned; what is wrong with that where it does not fit."""
        assert hook.amend is not None and hook.result is not None, "checked when the hook was declared"
        try:
            params = hook.amend(self.held.params(), hook.result.model_validate(result))
        except (ValidationError, ValueError) as error:
            return bad_amendment(item, str(error))
        refusals = self.held.flow.check(params) or await self._refusals(document, params)
        return bad_amendment(item, refusals[0].message) if refusals else params

    async def _refusals(self, document: VersionedDocument | None, params: Any) -> list[Refusal]:
        """Why the step refuses parameters that were amended, and would not have refused them as they were.

        What is wrong by now without the amendment (goods that were sold meanwhile) is not its plugin's fault.
        """
        calls = await self._calls(document, params)
        if not isinstance(calls, Refusal) or isinstance(await self._calls(document, self.held.params()), Refusal):
            return []
        return [calls]

    async def _park(self, judgement: Judgement, deliveries: Mapping[str, DeliveryRecord]) -> Round:
        due = barrier(self.held.run.awaited, judgement, deliveries, self.held.parts)
        await self.held.write(stage=Stage.WAITING, status=RunStatus.AWAITING, leased_until=0, next_at=due)
        return Parked()


def vetoed(rejections: Sequence[RejectionRecord]) -> Recorded:
    """The run's record of its plugins' vetoes, under the plugins' own codes."""
    errors = [ErrorRecord(code=item.code, message=item.message) for item in rejections]
    return Recorded(verdict=Verdict.REJECTED, errors=errors, rejections=list(rejections))


def bad_amendment(item: Awaited, message: str) -> RejectionRecord:
    """A plugin gave an amendment that does not fit: its fault, so it is named."""
    text = f"plugin {item.plugin_tag!r} amended the input with something that does not fit: {message}"
    text = f"{text} (at {item.hook}, onFailure: {item.on_failure})"
    return RejectionRecord(plugin_tag=item.plugin_tag, code=BAD_AMENDMENT, message=text)
