"""What plugins say of their deliveries: judged, stored, and their runs taken on."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from flows.machine import SYNC, Answer, after_failure, cancellation, judge_reply
from flows.outcomes import Complete, Extend, Fail, Outcome, Reject, Retry
from flows.parts import EngineParts
from flows.records import AttemptError, DeliveryRecord, DeliveryStatus, ErrorRecord, RunRecord
from flows.results import Misfit, find_misfit
from flows.vetoes import blame, rejection_of
from identity import CodedError
from store import StoreUnavailable


class Replies:
    """Takes replies to deliveries of one service.

    Args:
        take_on: takes a run on if all that it waits for is finished, given a delivery that is.
    """

    def __init__(self, parts: EngineParts, take_on: Callable[[RunRecord, DeliveryRecord], Awaitable[None]]) -> None:
        self._parts = parts
        self._take_on = take_on

    async def reply(self, plugin_tag: str, delivery_id: str, attempt: int, outcome: Outcome) -> list[ErrorRecord]:
        """Store what a plugin says of its delivery, and take its run on; returns what is wrong with the reply."""
        service, deliveries = self._parts.catalog.service, self._parts.deliveries
        try:
            while True:
                seen = await deliveries.read(delivery_id)
                if seen is None or seen.plugin_tag != plugin_tag or seen.service != service:
                    text = f"{service} has no delivery {delivery_id[:80]!r} for plugin {plugin_tag!r}"
                    return [ErrorRecord(code="NOT_FOUND", message=text, field=["deliveryId"])]
                misfit = self._misfit(seen, outcome)
                if misfit is not None:
                    return await self._refuse_result(seen, attempt, misfit)
                judged = judge_reply(seen, attempt, outcome)
                if judged.answer is Answer.NOTHING:
                    return [error for error in (judged.error, cancellation(seen, outcome)) if error is not None]
                errors = await self._store(seen, judged.answer, outcome)
                if errors is not None:
                    return errors
        except StoreUnavailable as error:
            raise CodedError("UNAVAILABLE", "the store does not answer; reply again") from error

    async def _store(self, seen: DeliveryRecord, answer: Answer, outcome: Outcome) -> list[ErrorRecord] | None:
        """None where the delivery has changed since it was read: judge again."""
        now = self._parts.clock.now()
        if answer is Answer.FINISH:
            return await self._finish(seen, outcome)
        if answer is Answer.EXTEND:
            assert isinstance(outcome, Extend)
            longest = max(seen.leased_at + seen.timeout_ms, seen.leased_until)
            until = now + int(max(0.0, min(outcome.seconds, 3_600)) * 1000)
            return [] if await self._parts.deliveries.extend(seen, min(until, longest), outcome.keep) else None
        assert isinstance(outcome, Fail | Retry)
        return [] if await self.fail(seen, outcome) else None

    async def fail(self, seen: DeliveryRecord, outcome: Fail | Retry, code: AttemptError | None = None) -> bool:
        """Back off after a failed attempt; False where the delivery has changed since it was read.

        Args:
            code: why, where it was not the plugin that failed.
        """
        to = after_failure(seen, outcome, self._parts.clock.now(), random.random(), self._parts.settings)
        to = to if code is None else replace(to, code=code)
        done = await self._parts.deliveries.back_off(seen, to)
        if done:
            self._parts.notify_inbox(seen)
        return done

    async def _finish(self, seen: DeliveryRecord, outcome: Outcome) -> list[ErrorRecord]:
        deliveries = self._parts.deliveries
        if isinstance(outcome, Complete):
            stored = await deliveries.finish(seen, DeliveryStatus.COMPLETED, result=outcome.result)
        else:
            assert isinstance(outcome, Reject)
            blamed = blame(seen, outcome)
            stored = await deliveries.finish(
                seen,
                DeliveryStatus.REJECTED,
                rejection=rejection_of(seen, outcome),
                error=blamed.message if blamed else None,
            )
        await self._go_on(stored)
        judged = judge_reply(stored, max(stored.attempt, 1), outcome)
        return [judged.error] if judged.error else []

    async def _go_on(self, stored: DeliveryRecord) -> None:
        """Tell whoever waits for this outcome, and take its run on."""
        run = await self._parts.runs.read(stored.run_id)
        self._parts.notify_outcome(stored, *(run.object_refs if run else ()))
        if run is not None:
            await self._take_on(run, stored)

    def _misfit(self, seen: DeliveryRecord, outcome: Outcome) -> Misfit | None:
        """What is wrong with the result of a COMPLETE that is not known already."""
        if not isinstance(outcome, Complete) or outcome.result is None or seen.status is DeliveryStatus.COMPLETED:
            return None
        bound = self._parts.catalog.hooks.get(seen.hook_id)
        if bound is None:
            raise CodedError("UNAVAILABLE", f"this process does not know hook {seen.hook_id}; reply again")
        return find_misfit(bound, outcome.result)

    async def _refuse_result(self, seen: DeliveryRecord, attempt: int, misfit: Misfit) -> list[ErrorRecord]:
        """Tell the plugin's author. A caller who waits is told too, at once: trying again would give the same."""
        if seen.mode == SYNC and seen.status is DeliveryStatus.LEASED and attempt == seen.attempt:
            await self._go_on(
                await self._parts.deliveries.finish(
                    seen,
                    DeliveryStatus.FAILED,
                    rejection=misfit.rejection(seen.plugin_tag),
                    error=misfit.text,
                )
            )
        return [misfit.error(seen.id)]
