"""Plausible mistakes, each as a context in which the engine makes it; and those that it cannot make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import flows.grants
import flows.outbox
import flows.replies
import flows.runner.making
import flows.runner.rounds
import flows.runner.taking
import flows.runner.waiting
import flows.runner.worker
import flows.runner.write_step
import flows.runner.writing
import flows.submit
import flows.tidying
from flows.connected import ConnectedPlugins
from flows.delivery_store import DeliveryStore
from flows.engine import Engine
from flows.ids import hash_id
from flows.machine import Reply, judge_reply
from flows.outbox import awaited, from_entry, make_delivery
from flows.outcomes import Outcome
from flows.payloads import Kept
from flows.records import (
    Awaited,
    ChildRecord,
    DeliveryRecord,
    DeliveryStatus,
    RunRecord,
    RunStatus,
    Stage,
    Verdict,
)
from flows.releasing import Releasing
from flows.run_store import RunStore, new_claim
from flows.runner.children import Children, ends_of, listed
from flows.runner.held import HeldRun
from flows.runner.rounds import Validation
from flows.runner.worker import Left, Worker
from flows.runner.write_step import record
from flows.runner.writing import Recorded, StepWrite
from flows.schema import Unchanged, WriteStep
from flows.submit import Submitter
from flows.tidying import Tidying
from store import Effect, VersionedDocument, tidy_document
from store.writes import insert_new_id

Mistake = Callable[[], AbstractContextManager[Any]]

confirm = HeldRun.confirm
read = StepWrite.read
found = StepWrite.found
store_step = StepWrite.store
decide = StepWrite.decide
run_write = RunStore.write
finish = DeliveryStore.finish
claim_run = RunStore.claim


async def nothing(*args: Any, **kwargs: Any) -> None:
    """In place of something that must be done."""


async def no(*args: Any, **kwargs: Any) -> bool:
    """In place of a question."""
    return False


def no_version_filter() -> AbstractContextManager[Any]:
    """The effect is written whatever version the document has by now."""

    async def write(cls: Any, id: str, *, read: Any, new: Any, effect: Effect, grouped: Any) -> bool:
        fields = new.model_dump(mode="json", by_alias=True, exclude={"id", "version", "effects", "outbox", "tidy_at"})
        mark = {"tidy_at": effect.tidy_at}
        if read is None:
            effects = {effect.id: effect.stored}
            made = {"_id": id, **fields, **mark, "version": 1, "effects": effects, "outbox": dict(effect.outbox)}
            return await insert_new_id(cls.get_pymongo_collection(), made)
        entries = {f"outbox.{key}": item for key, item in effect.outbox.items()}
        changes = {**fields, **mark, f"effects.{effect.id}": effect.stored, **entries}
        await cls.get_pymongo_collection().update_one({"_id": id}, {"$set": changes, "$inc": {"version": 1}})
        return True

    return patch.object(flows.runner.writing, "write_effect", write)


def newest_first() -> AbstractContextManager[Any]:
    """Entries become deliveries newest first."""
    return patch.object(flows.runner.making, "sorted", lambda items: sorted(items, reverse=True), create=True)


@contextmanager
def lease_ignores_order() -> Iterator[None]:
    """A delivery is leased although one of lower seq is unfinished."""

    async def mistaken(self: DeliveryStore, queues: Sequence[str]) -> dict[str, int]:
        return {}

    with patch.object(DeliveryStore, "heads", mistaken):
        yield


def prune_before_record() -> AbstractContextManager[Any]:
    """An effect is forgotten before the run has recorded the step."""
    return patch.object(flows.tidying, "is_recorded", lambda effect, run: True)


def remove_before_insert() -> AbstractContextManager[Any]:
    """An entry is removed before its deliveries exist."""
    real = Tidying._tidy_one

    async def mistaken(self: Tidying, collection: str, row: Any, runs: Any) -> bool:
        writes = self._parts.grouped.writes(collection)
        await tidy_document(writes, row["_id"], row["version"], (), row["outbox"], self._parts.clock.now())
        return await real(self, collection, row, runs)

    return patch.object(Tidying, "_tidy_one", mistaken)


def write_leaves_no_mark() -> AbstractContextManager[Any]:
    """A document that was written is not looked at again."""
    real = StepWrite._effect

    def mistaken(self: StepWrite, *given: Any) -> Effect:
        return replace(real(self, *given), tidy_at=None)

    return patch.object(StepWrite, "_effect", mistaken)


def effect_holds_no_run() -> AbstractContextManager[Any]:
    """The effect of a run that is not stored yet does not hold it."""
    real = StepWrite._effect

    def mistaken(self: StepWrite, *given: Any) -> Effect:
        made = real(self, *given)
        return replace(made, about={name: value for name, value in made.about.items() if name != "run"})

    return patch.object(StepWrite, "_effect", mistaken)


def found_run_has_its_first_workers_claim() -> AbstractContextManager[Any]:
    """A run that is stored out of its effect is stored as its worker holds it."""

    def mistaken(stored: Mapping[str, Any], now: int) -> RunRecord:
        return RunRecord.model_validate({**stored, "leased_until": 0, "next_at": now})

    return patch.object(flows.runner.making, "due_run", mistaken)


def deliveries_made_before_their_run() -> AbstractContextManager[Any]:
    """Whoever turns another's entry into deliveries does not look whether its run is stored."""
    real = flows.runner.making.make_deliveries

    async def mistaken(parts: Any, entries: Any, effects: Any) -> bool:
        return await real(parts, entries, {})

    return patch.object(flows.runner.write_step, "make_deliveries", mistaken)


def caller_answered_from_memory() -> AbstractContextManager[Any]:
    """The caller is told what its worker decided, whether that was stored or not."""
    real_write, real_work = HeldRun.write, Worker.work
    decided: dict[str, RunRecord] = {}

    async def write(self: HeldRun, **changes: Any) -> None:
        decided[self.run.claim] = self.run.model_copy(update=changes)
        await real_write(self, **changes)

    async def work(self: Worker, flow: Any, run: RunRecord, since: int, *, stored: bool = True) -> Left | None:
        return await real_work(self, flow, run, since, stored=stored) or Left(decided[run.claim], False)

    stack = ExitStack()
    stack.enter_context(patch.object(HeldRun, "write", write))
    stack.enter_context(patch.object(Worker, "work", work))
    return stack


@contextmanager
def confirm_before_read() -> Iterator[None]:
    """The lease is confirmed, and then the document is read that the write relies on."""

    async def confirm_and_read(self: StepWrite) -> VersionedDocument | None:
        await confirm(self.held)
        return await read(self)

    with patch.object(HeldRun, "confirm", nothing), patch.object(StepWrite, "read", confirm_and_read):
        yield


def no_lease_confirmation() -> AbstractContextManager[Any]:
    """The lease is never confirmed."""
    return patch.object(HeldRun, "confirm", nothing)


def lease_counted_from_the_answer() -> AbstractContextManager[Any]:
    """The local clock counts the lease from when the claim was answered, not from when it was asked for."""
    real = HeldRun.__init__

    def mistaken(self: HeldRun, parts: Any, flow: Any, run: RunRecord, since: int, *, stored: bool = True) -> None:
        real(self, parts, flow, run, parts.clock.monotonic(), stored=stored)

    return patch.object(HeldRun, "__init__", mistaken)


def run_writes_without_epoch_filter() -> AbstractContextManager[Any]:
    """A run is written whoever holds it."""

    async def mistaken(self: RunStore, run: RunRecord, **changes: Any) -> RunRecord:
        after = run.model_copy(update={**changes, "updated_at": self._clock.now()})
        await self._runs.update_one(
            {"_id": run.id}, {"$set": after.model_dump(mode="json", include={*changes, "updated_at"})}
        )
        return after

    return patch.object(RunStore, "write", mistaken)


def own_epoch_known_without_a_claim_id() -> AbstractContextManager[Any]:
    """After a claim that matched nothing, the next epoch is taken for one's own."""

    async def mistaken(self: RunStore, run: RunRecord) -> RunRecord | None:
        claimed = await claim_run(self, run)
        if claimed is not None:
            return claimed
        stored = await self.read(run.id)
        return stored if stored is not None and stored.epoch == run.epoch + 1 else None

    return patch.object(RunStore, "claim", mistaken)


def lost_claim_believed() -> AbstractContextManager[Any]:
    """A claim whose answer says that it matched nothing is given up without reading again."""

    async def mistaken(self: RunStore, run: RunRecord) -> RunRecord | None:
        until = self._clock.now() + 10_000
        answer = await self._runs.find_one_and_update(
            {"_id": run.id, "epoch": run.epoch, "leased_until": run.leased_until},
            {"$set": {"claim": new_claim(), "leased_until": until, "next_at": None}, "$inc": {"epoch": 1}},
            return_document=True,
        )
        return None if answer is None else RunRecord.model_validate(answer)

    return patch.object(RunStore, "claim", mistaken)


def reply_without_attempt() -> AbstractContextManager[Any]:
    """Any attempt's FAIL counts."""

    def mistaken(delivery: DeliveryRecord, attempt: int, outcome: Outcome) -> Reply:
        return judge_reply(delivery, delivery.attempt, outcome)

    return patch.object(flows.replies, "judge_reply", mistaken)


def callback_without_key() -> AbstractContextManager[Any]:
    """The idempotency key is not looked at."""
    return patch.object(flows.submit, "run_id", lambda principal, response_key, key: new_claim())


def random_delivery_ids() -> AbstractContextManager[Any]:
    """Whoever turns an entry into deliveries makes up their ids."""

    def mistaken(entry: dict[str, Any]) -> list[DeliveryRecord]:
        return [item.model_copy(update={"id": new_claim()}) for item in from_entry(entry)]

    return patch.object(flows.runner.making, "from_entry", mistaken)


def delivery_drops_its_mark_with_its_outcome() -> AbstractContextManager[Any]:
    """protocol.py: delivery drops nextAt with its outcome."""
    real = DeliveryStore._swap

    async def mistaken(self: DeliveryStore, seen: DeliveryRecord, changes: Mapping[str, Any]) -> DeliveryRecord | None:
        return await real(self, seen, {**changes, "settle_at": None} if "settle_at" in changes else changes)

    return patch.object(DeliveryStore, "_swap", mistaken)


def taken_on_without_next_at() -> AbstractContextManager[Any]:
    """A claim leaves the run undue, and so does what follows it."""

    async def mistaken(self: RunStore, run: RunRecord) -> RunRecord | None:
        claimed = await claim_run(self, run)
        return None if claimed is None else await run_write(self, claimed, next_at=None)

    return patch.object(RunStore, "claim", mistaken)


@contextmanager
def settle_before_take() -> Iterator[None]:
    """The delivery's mark is dropped before the run has the outcome (and the claim did not make the run due)."""
    real = flows.runner.waiting.wait_in_place

    async def mistaken(held: HeldRun, items: Sequence[Awaited]) -> Any:
        judgement, deliveries = await real(held, items)
        await held.parts.deliveries.settle(list(deliveries))
        return judgement, deliveries

    with patch.object(flows.runner.worker, "wait_in_place", mistaken), taken_on_without_next_at():
        yield


def park_without_rereading() -> AbstractContextManager[Any]:
    """Who parks a run does not look at its deliveries again."""

    async def mistaken(self: Engine, flow: Any, run: RunRecord, since: int, stored: bool) -> Left | None:
        return await self._worker.work(flow, run, since, stored=stored)

    return patch.object(Engine, "_work", mistaken)


def park_keeps_the_lease() -> AbstractContextManager[Any]:
    """A parked run stays leased to its worker."""

    async def mistaken(self: RunStore, run: RunRecord, **changes: Any) -> RunRecord:
        if changes.get("status") is RunStatus.AWAITING:
            changes = {**changes, "leased_until": run.leased_until}
        return await run_write(self, run, **changes)

    return patch.object(RunStore, "write", mistaken)


@contextmanager
def round_not_in_delivery_ids() -> Iterator[None]:
    """Every round's deliveries have the ids of the first's."""
    real = flows.outbox.delivery_id

    def mistaken(seed: str, hook_id: str, round: int, page: int, plugin_tag: str, owner_ref: str) -> str:
        return real(seed, hook_id, 0, page, plugin_tag, owner_ref)

    with (
        patch.object(flows.outbox, "delivery_id", mistaken),
        patch.object(flows.runner.rounds, "delivery_id", mistaken),
        patch.object(flows.runner.rounds, "DeliveryStatus", FakeStatus, create=True),
    ):
        yield


class FakeStatus:
    """The cancelling of an older round's deliveries would catch the mistake: they are the newer's, so leave them."""

    CANCELLED = DeliveryStatus.PENDING


@contextmanager
def round_in_effect_ids() -> Iterator[None]:
    """Each round has an effect of its own."""

    def id_of(write: StepWrite, document: VersionedDocument | None, *, reading: bool) -> str:
        run = write.held.run
        version = document.version if document else 0
        round = run.round + (reading and version != run.validated_version)
        return hash_id("effect", run.seed, write.step.tag, round)

    def mistaken_found(self: StepWrite, document: VersionedDocument | None) -> Recorded | None:
        self.effect_id = id_of(self, document, reading=True)
        return found(self, document)

    real = StepWrite._write

    async def mistaken_write(self: StepWrite, document: Any, change: Any, skipped: Any) -> Recorded | None:
        self.effect_id = id_of(self, document, reading=False)
        return await real(self, document, change, skipped)

    with patch.object(StepWrite, "found", mistaken_found), patch.object(StepWrite, "_write", mistaken_write):
        yield


def round_not_stored_on_the_run() -> AbstractContextManager[Any]:
    """A round is known to its worker only."""
    real = Validation._begin

    async def mistaken(self: Validation, version: int, called: Any) -> None:
        async def keep(**changes: Any) -> None:
            self.held.run = self.held.run.model_copy(update=changes)

        with patch.object(self.held, "write", keep):
            await real(self, version, called)

    return patch.object(Validation, "_begin", mistaken)


@contextmanager
def obsolete_delivery_not_cancelled() -> Iterator[None]:
    """Deliveries of an older round are neither cancelled nor refused a lease."""

    async def mistaken(self: DeliveryStore, seen: DeliveryRecord, status: DeliveryStatus, **more: Any) -> Any:
        return seen if status is DeliveryStatus.CANCELLED else await finish(self, seen, status, **more)

    with (
        patch.object(DeliveryStore, "finish", mistaken),
        patch.object(flows.grants, "is_unwanted", lambda delivery, run: run is None or run.terminal),
    ):
        yield


def write_on_the_version_read_again() -> AbstractContextManager[Any]:
    """The write goes on top of whatever version there is once the hooks have answered."""

    async def mistaken(self: StepWrite, document: Any, decision: Any, skipped: Any = ()) -> Recorded | None:
        again = await self.read()
        return await store_step(self, again, await self.decide(again), skipped)

    return patch.object(StepWrite, "store", mistaken)


def time_out_overwrites() -> AbstractContextManager[Any]:
    """A time-out is stored over an outcome."""

    async def mistaken(self: DeliveryStore, seen: DeliveryRecord, status: DeliveryStatus, **more: Any) -> Any:
        if status is not DeliveryStatus.TIMED_OUT:
            return await finish(self, seen, status, **more)
        late = {"status": status.value, "inbox": None, "queue": None, "leased_until": 0, "next_at": None}
        await self._deliveries.update_one({"_id": seen.id}, {"$set": late})
        return await self.read(seen.id)

    return patch.object(DeliveryStore, "finish", mistaken)


def time_out_believed_when_its_write_is_lost() -> AbstractContextManager[Any]:
    """The run goes by its own time-out although another outcome was first."""

    async def mistaken(self: DeliveryStore, seen: DeliveryRecord, status: DeliveryStatus, **more: Any) -> Any:
        stored = await finish(self, seen, status, **more)
        return stored.model_copy(update={"status": status}) if status is DeliveryStatus.TIMED_OUT else stored

    return patch.object(DeliveryStore, "finish", mistaken)


def retryable_answer_kept_under_its_key() -> AbstractContextManager[Any]:
    """A CONFLICT stands under its key for ever."""
    return patch.object(flows.submit, "is_retryable", lambda run: False)


def restart_takes_up_the_ids_of_the_first_try() -> AbstractContextManager[Any]:
    """A run that begins anew under its key has the ids of its first try."""
    return patch.object(RunRecord, "seed", property(lambda run: run.id))


def awaited_looked_up_after_the_write() -> AbstractContextManager[Any]:
    """Whom the run waits for is looked up by whoever records the step."""

    async def mistaken(held: HeldRun, tag: str, recorded: Recorded) -> None:
        step = held.flow.step(tag)
        assert isinstance(step, WriteStep)
        write = StepWrite(held, step)
        document = await write.read()
        assert document is not None
        items: list[Awaited] = []
        for hook in step.hooks:
            bound = held.parts.catalog.hook(held.flow, tag, hook.tag)
            refs = held.run.object_refs
            for subscriber in await held.parts.plugins.subscribers(bound.id, refs, held.run.cause):
                delivery = make_delivery(
                    held.run,
                    bound,
                    Kept({}),
                    subscriber,
                    subject=write.subject(),
                    version=document.version,
                    round=0,
                    now=0,
                    expires_at=None,
                )
                items.append(awaited(delivery))
        recorded.awaited[:] = items
        await record(held, tag, recorded)

    return patch.object(flows.runner.write_step, "record", mistaken)


@contextmanager
def disconnect_cancels_only_what_exists() -> Iterator[None]:
    """Whether the connection still stands is not asked again."""

    async def mistaken(self: ConnectedPlugins, connections: Any, plugin_tag: str) -> str:
        return "ACTIVE"

    with patch.object(ConnectedPlugins, "standing", mistaken):
        yield


def disconnect_noticed_only_when_the_plugin_asks() -> AbstractContextManager[Any]:
    """Nobody looks whether the plugins of what is not finished are connected still."""
    return patch.object(Releasing, "release", nothing)


def delivery_of_an_ended_run_leased() -> AbstractContextManager[Any]:
    """Nobody asks whether the delivery is waited for."""
    return patch.object(flows.grants, "is_unwanted", lambda delivery, run: False)


def late_callback_accepted() -> AbstractContextManager[Any]:
    """A callback under a new key counts although nothing waits for its delivery."""
    return patch.object(Submitter, "_check_wanted", nothing)


def refusal_not_fenced() -> AbstractContextManager[Any]:
    """A refusal is decided without a trace in the document."""

    async def mistaken(self: StepWrite, document: Any, recorded: Recorded) -> Recorded:
        return recorded

    return patch.object(StepWrite, "refuse", mistaken)


def undo_without_effect() -> AbstractContextManager[Any]:
    """An undo does not look whether it is done."""

    def mistaken(self: StepWrite, document: Any) -> Recorded | None:
        return None if self.undo else found(self, document)

    return patch.object(StepWrite, "found", mistaken)


def undo_compares_the_version() -> AbstractContextManager[Any]:
    """An undo leaves an object alone that other flows have moved on."""

    async def mistaken(self: StepWrite, document: Any, params: Any = None) -> Any:
        wrote = (self.held.run.results.get(self.step.tag) or {}).get("version")
        if self.undo and document.version != wrote:
            return Unchanged()
        return await decide(self, document, params)

    return patch.object(StepWrite, "decide", mistaken)


@contextmanager
def undo_before_all_are_terminal() -> Iterator[None]:
    """The first rejection of a child decides."""

    async def mistaken(held: HeldRun, children: list[ChildRecord]) -> dict[str, RunRecord] | None:
        runs = await held.parts.runs.read_many([child.run_id for child in children])
        if any(run.status is RunStatus.REJECTED for run in runs.values()):
            return {child.key: runs[child.run_id] for child in children}
        return await ends_of(held, children)

    real = Engine._children_ended

    async def over(self: Engine, run: RunRecord) -> bool:
        children = await self.runs.read_many([child.run_id for child in run.children])
        return any(child.status is RunStatus.REJECTED for child in children.values()) or await real(self, run)

    with patch.object(flows.runner.worker, "ends_of", mistaken), patch.object(Engine, "_children_ended", over):
        yield


def child_drops_next_at_at_its_end() -> AbstractContextManager[Any]:
    """A child is undue as soon as it has ended."""

    async def mistaken(self: RunStore, run: RunRecord, **changes: Any) -> RunRecord:
        if changes.get("stage") is Stage.ENDED:
            changes = {**changes, "next_at": None}
        return await run_write(self, run, **changes)

    return patch.object(RunStore, "write", mistaken)


def rejected_terminal_before_undos() -> AbstractContextManager[Any]:
    """REJECTED is stored, and the run undue, before its undos."""
    real = flows.runner.taking.turn_back

    def mistaken(flow: Any, run: RunRecord, marked_at: int) -> dict[str, Any]:
        early = {"next_at": None, "status": RunStatus.REJECTED} if run.verdict is Verdict.REJECTED else {}
        return {**real(flow, run, marked_at), **early}

    return patch.object(flows.runner.taking, "turn_back", mistaken)


def children_started_unrecorded() -> AbstractContextManager[Any]:
    """The list of children is known to its worker only."""

    async def mistaken(self: Children) -> bool:
        given = await self.step.children(self.held.context())
        if not isinstance(given, Mapping):
            return await plan(self)
        flow = self.held.parts.flow(self.step.flow)
        children = listed(self.held, self.step.tag, flow, given, "child")
        self.held.run = self.held.run.model_copy(update={"children": children, "children_of": self.step.tag})
        return True

    plan = Children.plan
    return patch.object(Children, "plan", mistaken)


def delivery_marks_looked_at_for_ever() -> AbstractContextManager[Any]:
    """A sweep finds the same marks again and again, and at its limit no others."""
    return patch.object(DeliveryStore, "postpone", nothing)


def child_marks_looked_at_for_ever() -> AbstractContextManager[Any]:
    """The same for children that wait for their parent."""
    return patch.object(RunStore, "postpone", nothing)


def working_on_a_try_keeps_the_next_from_being_worked_on() -> AbstractContextManager[Any]:
    """A process works on one run of a key at a time, also when it is begun anew."""
    real = Engine._spawn

    def mistaken(self: Engine, run: RunRecord, work: Any) -> Any:
        if all(seed.split("/")[0] != run.id for seed in self._working):
            return real(self, run, work)
        return None

    return patch.object(Engine, "_spawn", mistaken)


IMPOSSIBLE: Mapping[str, str] = {
    "REJECT of any round ends the run": "a reply writes its delivery and nothing else; a run reads the deliveries of "
    "its own round alone",
    "undo restores the version": "every write of a document, an undo's too, is an effect, and each effect adds one to "
    "the version",
    "settle before take, alone": "a claim makes the run due until it is parked or ends, so no mark of a delivery is "
    "needed from then on; settle_before_take takes that away too",
    "retention takes a child its parent awaits": "nothing removes runs yet",
}
