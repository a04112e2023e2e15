"""Beginning a run: input, cause and idempotency key are checked before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.codec import to_json
from flows.ids import hash_id
from flows.machine import SYNC, is_finished, is_unwanted
from flows.outbox import cause_of
from flows.parts import EngineParts
from flows.records import DeliveryRecord, ErrorRecord, RunRecord, RunStatus
from flows.run_store import run_id
from flows.runner.held import dump_principal
from flows.schema import Flow, Refusal
from flows.submission import Submission
from identity import CodedError, Principal, PrincipalKind

RETRYABLE = frozenset({"CONFLICT", "UNAVAILABLE"})


@dataclass(frozen=True)
class Begun:
    """A run to wait for.

    Attributes:
        fresh: whether the caller's process holds it and must work on it.
        stored: whether it is in the store; one without a key is stored by its own first write.
    """

    run: RunRecord
    fresh: bool
    stored: bool = True


def to_error(refusal: Refusal) -> ErrorRecord:
    """A refusal as the caller sees it."""
    return ErrorRecord(code=refusal.code, message=refusal.message, field=list(refusal.field) or None)


class Submitter:
    """Stores new runs, and finds those that a key was used for before."""

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts

    async def begin(
        self,
        flow: Flow[Any],
        params: Any,
        principal: Principal,
        idempotency_key: str | None,
        response_key: str,
        delivery_id: str | None,
    ) -> Begun | Submission:
        """Store a run for these parameters, or find the one of the key; a Submission where the input is refused."""
        if idempotency_key is not None and not 0 < len(idempotency_key) <= 512:
            raise CodedError("BAD_USER_INPUT", "idempotencyKey: from 1 to 512 characters; leave it out to have none")
        id = run_id(principal.ref, response_key, idempotency_key)
        encoded = to_json(params)
        fingerprint = hash_id("input", self._parts.catalog.service, flow.tag, repr(sorted_json(encoded)))
        if idempotency_key is not None:
            known = await self._parts.runs.read(id)
            if known is not None:
                return await self._attach(known, flow, params, principal, fingerprint, delivery_id)
        refusals = flow.check(params)
        if refusals:
            return Submission(None, [to_error(item) for item in refusals])
        run = await self._make(id, flow, params, principal, fingerprint, delivery_id)
        if idempotency_key is None:
            return Begun(run, fresh=True, stored=False)
        if await self._parts.runs.insert(run):
            return Begun(run, fresh=True)
        known = await self._parts.runs.read(id)
        if known is None:
            raise CodedError("UNAVAILABLE", "the run of this key was removed meanwhile; try again")
        if known.claim == run.claim:  # our own insert, retried by the driver after it was applied
            return Begun(known, fresh=True)
        return await self._attach(known, flow, params, principal, fingerprint, delivery_id)

    async def _attach(
        self,
        known: RunRecord,
        flow: Flow[Any],
        params: Any,
        principal: Principal,
        fingerprint: str,
        delivery_id: str | None,
    ) -> Begun | Submission:
        if known.fingerprint != fingerprint:
            if principal.kind is not PrincipalKind.PLUGIN or delivery_id is None:
                raise CodedError(
                    "BAD_USER_INPUT",
                    f"this idempotency key was used before, for run {known.id} with another input; use a new key",
                )
            await self._parts.runs.count_difference(known.id)
        if is_retryable(known):
            made = await self._make(known.id, flow, params, principal, fingerprint, delivery_id)
            anew = await self._parts.runs.restart(known, made)
            if anew is not None:
                return Begun(anew, fresh=True)
        return Begun(known, fresh=False)

    async def _make(
        self,
        id: str,
        flow: Flow[Any],
        params: Any,
        principal: Principal,
        fingerprint: str,
        delivery_id: str | None,
    ) -> RunRecord:
        now = self._parts.clock.now()
        encoded = to_json(params)
        delivery = await self._handled(principal, delivery_id)
        # Inherited: who waits for the delivery waits for this run.
        deadline = delivery.expires_at if delivery is not None and delivery.mode == SYNC else None
        run = RunRecord(
            id=id,
            service=self._parts.catalog.service,
            flow=flow.tag,
            version=flow.version,
            fingerprint=fingerprint,
            params=encoded,
            given_params=encoded,
            principal=dump_principal(principal),
            cause=None if delivery is None else cause_of(delivery),
            step=flow.steps[0].tag,
            sync_deadline=deadline,
            object_refs=list(flow.object_refs(params)),
            created_at=now,
            updated_at=now,
        )
        return self._parts.runs.held(run)

    async def _handled(self, principal: Principal, delivery_id: str | None) -> DeliveryRecord | None:
        """The server's own record of the delivery that led here; a callback counts only while that is waited for."""
        if delivery_id is None:
            return None
        delivery = await self._parts.deliveries.read(delivery_id)
        if delivery is None or principal.kind is not PrincipalKind.PLUGIN or delivery.plugin_tag != principal.id:
            raise CodedError("BAD_USER_INPUT", f"Izara-Delivery: {principal.ref} has no delivery {delivery_id!r}")
        await self._check_wanted(delivery)
        if cause_of(delivery).depth > self._parts.settings.depth:
            raise CodedError(
                "CAUSE_TOO_DEEP",
                f"delivery {delivery_id} ends a chain of {self._parts.settings.depth} causes; nothing more may follow",
            )
        return delivery

    async def _check_wanted(self, delivery: DeliveryRecord) -> None:
        run = await self._parts.runs.read(delivery.run_id)
        if is_finished(delivery.status) or is_unwanted(delivery, run):
            raise CodedError("STALE_DELIVERY", f"nothing waits for delivery {delivery.id} any more")


def is_retryable(run: RunRecord) -> bool:
    """Whether the run ended with an answer that is never kept under its key: one of the platform's own.

    A plugin's veto is kept, whatever code its author chose for it.
    """
    failed = run.terminal and run.status is not RunStatus.COMPLETED
    vetoes = {(item.code, item.message) for item in run.rejections}
    own = [error for error in run.errors if (error.code, error.message) not in vetoes]
    return failed and any(error.code in RETRYABLE for error in own)


def sorted_json(value: Any) -> Any:
    """The value with the keys of its objects in order, so that equal inputs have equal fingerprints."""
    if isinstance(value, dict):
        return {key: sorted_json(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [sorted_json(item) for item in value]
    return value
