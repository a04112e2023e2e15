"""The one way a step changes a document: read, look for the effect, compute, confirm the lease, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flows.codec import to_json
from flows.ids import hash_id
from flows.outbox import awaited, entry_key, make_delivery, to_entry
from flows.payloads import Kept, PayloadTooLarge, keep
from flows.records import Awaited, DeliveryRecord, ErrorRecord, RejectionRecord, Verdict
from flows.runner.held import HeldRun
from flows.runner.waiting import expiry_of
from flows.schema import Change, Refusal, Unchanged, WriteStep
from identity import PrincipalKind
from store import DuplicateKey, Effect, VersionedDocument, read_document, write_effect, write_fence


@dataclass(frozen=True)
class Recorded:
    """What a step came to, as its effect holds it and its run records it.

    Attributes:
        verdict: REJECTED or FAILED where the step was refused.
        awaited: the deliveries that the run waits for; found before the write, never looked up afterwards.
    """

    result: Any = None
    verdict: Verdict = Verdict.NONE
    awaited: list[Awaited] = field(default_factory=list)
    errors: list[ErrorRecord] = field(default_factory=list)
    rejections: list[RejectionRecord] = field(default_factory=list)
    skipped: list[RejectionRecord] = field(default_factory=list)
    object_refs: list[str] = field(default_factory=list)
    failure: ErrorRecord | None = None

    def to_json(self) -> dict[str, Any]:
        """As the effect's result."""
        return {
            "result": self.result,
            "verdict": self.verdict.value,
            "awaited": [item.model_dump(mode="json") for item in self.awaited],
            "errors": [item.model_dump(mode="json") for item in self.errors],
            "rejections": [item.model_dump(mode="json") for item in self.rejections],
            "skipped": [item.model_dump(mode="json") for item in self.skipped],
            "object_refs": self.object_refs,
            "failure": self.failure and self.failure.model_dump(mode="json"),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Recorded:
        """From an effect's result."""
        return cls(
            result=stored["result"],
            verdict=Verdict(stored["verdict"]),
            awaited=[Awaited.model_validate(item) for item in stored["awaited"]],
            errors=[ErrorRecord.model_validate(item) for item in stored["errors"]],
            rejections=[RejectionRecord.model_validate(item) for item in stored["rejections"]],
            skipped=[RejectionRecord.model_validate(item) for item in stored["skipped"]],
            object_refs=stored["object_refs"],
            failure=stored["failure"] and ErrorRecord.model_validate(stored["failure"]),
        )


def refused(refusal: Refusal, verdict: Verdict = Verdict.REJECTED) -> Recorded:
    """A step refused by the service itself."""
    error = ErrorRecord(code=refusal.code, message=refusal.message, field=list(refusal.field) or None)
    return Recorded(verdict=verdict, errors=[error], failure=error if verdict is Verdict.FAILED else None)


def conflict(message: str) -> Recorded:
    """A step given up because its object keeps changing; the caller may try again."""
    return refused(Refusal("CONFLICT", message), Verdict.FAILED)


def too_large(error: PayloadTooLarge) -> Refusal:
    """Why a change is refused that plugins could not be told of."""
    return Refusal("PAYLOAD_TOO_LARGE", str(error))


def effect_id(seed: str, step: str, undo: bool = False) -> str:
    """The id of a step's effect. The round is no part of it: whichever round writes, the step happens once."""
    return hash_id("undo" if undo else "effect", seed, step)


def live(document: VersionedDocument | None) -> VersionedDocument | None:
    """The document as a step sees it: a tombstone is none."""
    return None if document is None or document.deleted else document


class StepWrite:
    """The write of one WriteStep (or of its undo) of a held run."""

    def __init__(self, held: HeldRun, step: WriteStep[Any, Any], *, undo: bool = False) -> None:
        self.held = held
        self.step = step
        self.undo = undo
        self.subject_id = step.subject(held.context())
        self.effect_id = effect_id(held.run.seed, step.tag, undo)
        self.entries: dict[str, Any] | None = None
        """The document's outbox as it was with this step's effect; None where that is not known."""
        self.effects: dict[str, Any] = {}
        """The effects of others beside it."""

    async def read(self) -> VersionedDocument | None:
        """The step's document, a tombstone too."""
        document: VersionedDocument | None = await read_document(
            self.step.document, self.subject_id, self.held.parts.grouped
        )
        return document

    def found(self, document: VersionedDocument | None) -> Recorded | None:
        """What the step came to already, where its effect is in the document."""
        effect = document.effects.get(self.effect_id) if document else None
        if document is None or effect is None:
            return None
        self.remember(document)
        return Recorded.from_json(effect["result"])

    def remember(self, document: VersionedDocument | None, outbox: Mapping[str, Any] | None = None) -> None:
        """What the document holds beside this step's effect, as it was read, with this step's own entries."""
        self.entries = {**(document.outbox if document else {}), **(outbox or {})}
        others = document.effects if document else {}
        self.effects = {id: effect for id, effect in others.items() if id != self.effect_id}

    async def decide(self, document: VersionedDocument | None, params: Any = None) -> Change | Unchanged | Refusal:
        """Compute the step's change from the document as read."""
        context = self.held.context(params)
        if not self.undo:
            return await self.step.change(context, live(document))
        assert self.step.undo is not None, "only steps with an undo are undone"
        return await self.step.undo(context, live(document))

    async def store(
        self,
        document: VersionedDocument | None,
        decision: Change | Unchanged | Refusal,
        skipped: Sequence[RejectionRecord] = (),
    ) -> Recorded | None:
        """Store the decision on the version that was read; None where the document has moved on."""
        if isinstance(decision, Change):
            return await self._write(document, decision, skipped)
        if isinstance(decision, Refusal):
            return await self.refuse(document, refused(decision))
        result, refs = to_json(decision.result), list(decision.object_refs)
        return await self.refuse(document, Recorded(result=result, skipped=list(skipped), object_refs=refs))

    async def refuse(self, document: VersionedDocument | None, recorded: Recorded) -> Recorded | None:
        """Record that nothing is written; under a later epoch as a fence, for an older write may still arrive.

        The run is about the object all the same, and whoever has a role on its owner sees it.
        """
        assert self.step.refuses or self.undo or recorded.verdict is Verdict.NONE, (
            f"step {self.held.flow.tag}.{self.step.tag} declares that it never refuses"
        )
        recorded = replace(recorded, object_refs=self._refs(live(document), recorded.object_refs))
        if self.held.run.epoch == 1:
            return recorded
        await self.held.confirm()
        stored = await write_fence(
            self.step.document,
            self.subject_id,
            version=None if document is None else document.version,
            effect=self._effect(document, recorded, {}),
            grouped=self.held.parts.grouped,
        )
        if not stored:
            return None
        self.remember(document)
        return recorded

    def _effect(self, document: VersionedDocument | None, recorded: Recorded, outbox: dict[str, Any]) -> Effect:
        """What the write leaves in the document, and what of earlier writes it takes away."""
        held, known = self.held, self.held.parts.known
        about: dict[str, Any] = {"run_id": held.run.id, "seed": held.run.seed, "step": self.step.tag, "undo": self.undo}
        if not held.stored:
            about["run"] = held.run.to_mongo()
        return Effect(
            self.effect_id,
            recorded.to_json(),
            about,
            outbox,
            tidy_at=held.parts.clock.now() + held.parts.settings.tidy_delay,
            forget_effects=[id for id in document.effects if id in known.recorded] if document else [],
            forget_outbox=[key for key in document.outbox if key in known.made] if document else [],
        )

    async def _write(
        self, document: VersionedDocument | None, change: Change, skipped: Sequence[RejectionRecord]
    ) -> Recorded | None:
        version = (document.version if document else 0) + 1
        try:
            deliveries, outbox, kept = await self._calls(change, version)
        except PayloadTooLarge as error:
            if self.undo or not self.step.refuses:
                raise
            return await self.refuse(document, refused(too_large(error)))
        crowded = self._crowded(deliveries)
        if crowded is not None:
            return await self.refuse(document, refused(crowded))
        recorded = Recorded(
            result=to_json(change.result),
            awaited=[awaited(item, order) for order, item in enumerate(deliveries)],
            skipped=list(skipped),
            object_refs=self._refs(change.document, change.object_refs),
        )
        await self.held.parts.payloads.store(self.held.run, kept)
        await self.held.confirm()
        try:
            stored = await write_effect(
                self.step.document,
                self.subject_id,
                read=document,
                new=change.document,
                effect=self._effect(document, recorded, outbox),
                grouped=self.held.parts.grouped,
            )
        except DuplicateKey:
            return await self._taken(document)
        if not stored and document is None and await self.read() is None:
            return await self._taken(document)
        if not stored:
            return None
        # Entries come with versions only: whoever wrote on this version wrote on this outbox.
        self.remember(document, outbox)
        return recorded

    def _crowded(self, deliveries: Sequence[DeliveryRecord]) -> Refusal | None:
        """Why a user's run may not begin to add to these plugins' deliveries (architecture §6.11).

        What a plugin does, and what is caused by it, always enters: it may be what works the deliveries off.
        """
        run, parts = self.held.run, self.held.parts
        if run.cause is not None or run.parent is not None or run.results or self.undo or not self.step.refuses:
            return None
        if run.principal["kind"] == PrincipalKind.PLUGIN.value:
            return None
        for delivery in deliveries:
            for connection in delivery.connections:
                if parts.backlog.of(connection.id) >= parts.settings.connection_cap:
                    text = (
                        f"plugin {delivery.plugin_tag!r} is behind: {connection.object_ref} has "
                        f"{parts.settings.connection_cap} deliveries that it has not finished; try again later"
                    )
                    return Refusal("UNAVAILABLE", text)
        return None

    async def _taken(self, document: VersionedDocument | None) -> Recorded | None:
        name = self.step.document.__name__.removesuffix("Document")
        message = f"there is another {name} with the same unique value"
        return await self.refuse(document, refused(Refusal("ALREADY_EXISTS", message)))

    def _refs(self, document: VersionedDocument | None, more: Sequence[str]) -> list[str]:
        known = [getattr(document, name, None) for name in ("object_ref", "owner_ref")] if document else []
        refs = [*self.held.run.object_refs, *(ref for ref in known if isinstance(ref, str)), *more]
        return list(dict.fromkeys(refs))

    async def _calls(self, change: Change, version: int) -> tuple[list[DeliveryRecord], dict[str, Any], list[Kept]]:
        """The deliveries of the change's hooks, the outbox entries that hold them, and their payloads."""
        parts, run = self.held.parts, self.held.run
        now = parts.clock.now()
        made: list[DeliveryRecord] = []
        outbox: dict[str, Any] = {}
        payloads: list[Kept] = []
        round = 1 if self.undo else 0
        for tag, call in change.hooks.items():
            bound = parts.catalog.hook(self.held.flow, self.step.tag, tag)
            subscribers = await parts.plugins.subscribers(bound.id, call.targets, run.cause, call.only)
            if not subscribers:
                continue
            limit = parts.settings.payload_limit
            kept = keep(run.seed, bound.id, round, to_json(call.payload), len(subscribers), limit)
            deliveries = [
                make_delivery(
                    run,
                    bound,
                    kept,
                    subscriber,
                    subject=self.subject(),
                    version=version,
                    round=round,
                    now=now,
                    expires_at=expiry_of(self.held, bound.hook, subscriber.settings.mode, now),
                )
                for subscriber in subscribers
            ]
            outbox[entry_key(version, bound.position, run.id)] = to_entry(deliveries)
            made += deliveries
            payloads.append(kept)
        return made, outbox, payloads

    def subject(self) -> str:
        """What order is kept by: the document that the step writes."""
        return f"{self.step.document.get_settings().name}:{self.subject_id}"
