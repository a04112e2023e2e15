"""Child runs: listed on the parent before any starts, awaited until all are terminal, undone by inverse runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flows.codec import to_json
from flows.ids import hash_id
from flows.machine import children_verdict
from flows.records import ChildRecord, ErrorRecord, RunRecord, RunStatus, Stage, Verdict
from flows.runner.held import HeldRun
from flows.runner.write_step import record
from flows.runner.writing import Recorded, refused
from flows.schema import ChildrenStep, Flow, Refusal


def listed(held: HeldRun, step: str, flow: Flow[Any], given: Mapping[str, Any], kind: str) -> list[ChildRecord]:
    """The children of a step, with ids made of parent, step and key."""
    return [
        ChildRecord(
            key=key,
            run_id=hash_id(kind, held.run.seed, step, key),
            flow=flow.tag,
            params=to_json(params),
        )
        for key, params in sorted(given.items())
    ]


def child_run(held: HeldRun, child: ChildRecord, **state: Any) -> RunRecord:
    """The run of a listed child, caused by what caused its parent; `state` is how far it is."""
    parent, now = held.run, held.parts.clock.now()
    return RunRecord(
        id=child.run_id,
        service=parent.service,
        flow=child.flow,
        params=child.params,
        given_params=child.params,
        principal=parent.principal,
        cause=parent.cause,
        parent=parent.id,
        page_of=page_of(parent),
        created_at=now,
        updated_at=now,
        **state,
    )


def make_child(held: HeldRun, flow: Flow[Any], child: ChildRecord) -> RunRecord:
    """The child run as its first worker holds it."""
    run = child_run(
        held,
        child,
        version=flow.version,
        step=flow.steps[0].tag,
        sync_deadline=None if over_pages(held.run) else held.run.sync_deadline,
        object_refs=list(flow.object_refs(held.params_of(flow, child.params))),
    )
    return held.parts.runs.held(run)


def over_pages(parent: RunRecord) -> bool:
    """Whether the children that the parent has listed are, or undo, a page of a step over many objects."""
    return parent.page is not None and parent.page.step in (parent.children_of, parent.undoing)


def page_of(parent: RunRecord) -> str | None:
    """Which page the children that the parent has listed belong to; None where they are none, or undo one."""
    page = parent.page
    return None if page is None or page.step != parent.children_of else page_key(parent, page.step, page.number)


def page_key(parent: RunRecord, step: str, number: int) -> str:
    """What the children of a page are found by."""
    return hash_id("page", parent.seed, step, number)


def errors_of(run: RunRecord) -> list[ErrorRecord]:
    """Why a run that did not complete did not."""
    return run.errors or [ErrorRecord(code="CHILD_FAILED", message=f"run {run.id} ended {run.status}")]


class Children:
    """Starts and judges the children of one step of a held run."""

    def __init__(self, held: HeldRun, step: ChildrenStep[Any]) -> None:
        self.held = held
        self.step = step

    async def plan(self) -> bool:
        """Record the list of children before any is started; False where the step is refused or has none."""
        given = await self.step.children(self.held.context())
        if isinstance(given, Refusal):
            await record(self.held, self.step.tag, refused(given))
            return False
        if not given:
            await record(self.held, self.step.tag, Recorded(result={}))
            return False
        flow = self.held.parts.flow(self.step.flow)
        children = listed(self.held, self.step.tag, flow, given, "child")
        await self.held.write(children=children, children_of=self.step.tag)
        return True

    async def take(self, ends: Mapping[str, RunRecord]) -> None:
        """Take the children's ends: one that was refused refuses the parent under the child's code."""
        verdict = children_verdict(ends.values())
        errors: list[ErrorRecord] = []
        for run in ends.values():
            if run.status is not RunStatus.COMPLETED:
                errors += errors_of(run)
        recorded = Recorded(
            result={key: {"run_id": run.id, "results": run.results} for key, run in ends.items()},
            verdict=verdict,
            errors=errors,
            rejections=[item for run in ends.values() for item in run.rejections],
            skipped=[item for run in ends.values() for item in run.skipped],
            failure=errors[0] if verdict is Verdict.FAILED else None,
        )
        await record(self.held, self.step.tag, recorded)
        await unmark(self.held, ends.values())

    async def give_up(self, ends: Mapping[str, RunRecord], failure: ErrorRecord) -> None:
        """Record the step as failed though its children have ended: those that completed are undone."""
        result = {key: {"run_id": run.id, "results": run.results} for key, run in ends.items()}
        recorded = Recorded(result=result, verdict=Verdict.FAILED, errors=[failure], failure=failure)
        await record(self.held, self.step.tag, recorded)
        await unmark(self.held, ends.values())

    async def plan_undo(self) -> bool:
        """List the inverse runs of the children that completed; False where there is nothing to undo."""
        if self.step.undo is None:
            return False
        taken = self.held.run.results.get(self.step.tag) or {}
        runs = await self.held.parts.runs.read_many([item["run_id"] for item in taken.values()])
        given: dict[str, Any] = {}
        flow = self.held.parts.flow(self.step.flow)
        for key, item in taken.items():
            run = runs.get(item["run_id"])
            if run is not None and run.status is RunStatus.COMPLETED:
                params = self.step.undo(self.held.context(), key, self.held.params_of(flow, run.params), run.results)
                if params is not None:
                    given[key] = params
        if not given:
            return False
        undo_flow = self.held.parts.flow(self.step.undo_flow or self.step.flow)
        children = listed(self.held, self.step.tag, undo_flow, given, "undo")
        await self.held.write(children=children, children_of="", undoing=self.step.tag)
        return True


async def ends_of(held: HeldRun, children: list[ChildRecord]) -> dict[str, RunRecord] | None:
    """The runs of these children by key once all are terminal, else None."""
    runs = await held.parts.runs.read_many([child.run_id for child in children])
    if len(runs) < len(children) or not all(run.terminal for run in runs.values()):
        return None
    return {child.key: runs[child.run_id] for child in children}


async def unmark(held: HeldRun, children: Iterable[RunRecord]) -> None:
    """Drop the children's marks, now that the parent has their ends."""
    await held.parts.runs.unmark([child.id for child in children])


async def close(held: HeldRun, failure: ErrorRecord) -> dict[str, RunRecord] | None:
    """Start no other child; the ends of the listed ones by key, or None where the run was parked until they come.

    One that does not exist yet ends before it begins: an earlier holder of the run may still be about to store it.
    """
    run = held.run
    known = await held.parts.runs.read_many([child.run_id for child in run.children])
    missing = [child for child in run.children if child.run_id not in known]
    await held.confirm()
    await held.parts.runs.insert_all([never_begun(held, child, failure) for child in missing])
    ends = await ends_of(held, run.children)
    if ends is None:
        await park(held, Stage.UNDOING if run.stage is Stage.UNDOING else Stage.WAITING)
    return ends


def never_begun(held: HeldRun, child: ChildRecord, failure: ErrorRecord) -> RunRecord:
    """The record of a child that shall not run: nothing of its flow is asked, which may be what goes wrong."""
    flow = held.parts.catalog.flow(child.flow)
    return child_run(
        held,
        child,
        version=flow.version if flow is not None else 0,
        step="",
        stage=Stage.ENDED,
        status=RunStatus.FAILED,
        verdict=Verdict.FAILED,
        errors=[failure],
        failure=failure,
        next_at=held.marked_at(),
    )


async def spawn(held: HeldRun) -> list[RunRecord]:
    """Store the listed runs that do not exist yet; returns those it stored: they are this process's to work on."""
    runs = [make_child(held, held.parts.flow(child.flow), child) for child in held.run.children]
    stored = await held.parts.runs.insert_all(runs)
    return [run for run, new in zip(runs, stored, strict=True) if new]


async def park(held: HeldRun, stage: Stage) -> None:
    """Give the lease back until the children are terminal; all of them exist by now."""
    await held.write(stage=stage, status=RunStatus.AWAITING, leased_until=0, next_at=None)
