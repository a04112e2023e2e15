"""A step over many objects: child runs page by page (architecture §5, docs/decisions/0022).

A page is stored on the parent, with the place where the next begins, before any of its runs is started. The write that
takes the ends of a page stores the next one, so whoever takes the run on finds a page that is under way, or one whose
runs have ended. Runs of earlier pages are found by their own index: the parent's document does not grow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.codec import to_json
from flows.machine import after_page, children_verdict
from flows.records import ChildRecord, ErrorRecord, PageRecord, RunRecord, RunStatus, Verdict
from flows.runner.children import errors_of, listed, page_key, unmark
from flows.runner.held import HeldRun
from flows.runner.write_step import record
from flows.runner.writing import Recorded
from flows.schema import OnRefused, PagedStep
from store import count_documents, read_page


class Pages:
    """Lists, judges and undoes the pages of one step of a held run."""

    def __init__(self, held: HeldRun, step: PagedStep[Any, Any]) -> None:
        self.held = held
        self.step = step

    async def plan(self) -> bool:
        """Store the first page before any of it is started; False where the step has no object, and is recorded."""
        of = await count_documents(self.step.document, self.step.where(self.held.context()))
        page, children = await self._next(PageRecord(step=self.step.tag, number=0, of=of))
        if children:
            await self.held.write(page=page, children=children, children_of=self.step.tag)
            return True
        await self._record(page)
        return False

    async def take(self, ends: Mapping[str, RunRecord]) -> None:
        """Count the page's ends and store the next page, in one write; or record the step after its last one."""
        page = self._under_way()
        taken = after_page(page, ends.values())
        on_refused = self.step.on_refused(self.held.context())
        verdict = Verdict.NONE if on_refused is OnRefused.CONTINUE else children_verdict(ends.values())
        if verdict is not Verdict.NONE:
            await self._record(taken, verdict, ends)
        else:
            following, children = (taken, []) if taken.last else await self._next(taken)
            if children:
                await self.held.write(page=following, children=children, **GOES_ON)
            else:
                await self._record(following)
        await unmark(self.held, ends.values())

    async def give_up(self, failure: ErrorRecord) -> None:
        """Record the step as failed, between two pages: what was done is undone."""
        page = self.held.run.page
        if page is None or page.step != self.step.tag:
            page = PageRecord(step=self.step.tag, number=0)
        recorded = Recorded(result=counts(page), verdict=Verdict.FAILED, errors=[failure], failure=failure)
        await record(self.held, self.step.tag, recorded, page=page)

    def _under_way(self) -> PageRecord:
        page = self.held.run.page
        assert page is not None and page.step == self.step.tag, "its children are listed with their page"
        return page

    async def _next(self, page: PageRecord) -> tuple[PageRecord, list[ChildRecord]]:
        """The page behind this one that has children; without any, the last page."""
        context, flow = self.held.context(), self.held.parts.flow(self.step.flow)
        where = self.step.where(context)
        while True:
            found = await read_page(self.step.document, where, after=page.cursor, size=self.step.size + 1)
            objects = found[: self.step.size]
            made = {item.id: self.step.child(context, item) for item in objects}
            given = {id: params for id, params in made.items() if params is not None}
            page = page.model_copy(
                update={
                    "number": page.number + 1,
                    "cursor": objects[-1].id if objects else page.cursor,
                    "last": len(found) <= self.step.size,
                    "met": len(objects),
                }
            )
            if given:
                return page, listed(self.held, self.step.tag, flow, given, "child")
            page = after_page(page, ())
            if page.last:
                return page, []
            await self.held.confirm()

    async def _record(
        self, page: PageRecord, verdict: Verdict = Verdict.NONE, ends: Mapping[str, RunRecord] | None = None
    ) -> None:
        """Record the step, under the code of the first child that stopped it; the others are found by their page."""
        decided = {Verdict.REJECTED: RunStatus.REJECTED, Verdict.FAILED: RunStatus.FAILED}.get(verdict)
        stopped = next((run for run in (ends or {}).values() if run.status is decided), None)
        errors = errors_of(stopped) if stopped is not None else []
        recorded = Recorded(
            result=counts(page),
            verdict=verdict,
            errors=errors,
            rejections=stopped.rejections if stopped is not None else [],
            failure=errors[0] if verdict is Verdict.FAILED else None,
        )
        await record(self.held, self.step.tag, recorded, page=page)

    # ---- undo

    async def plan_undo(self) -> bool:
        """List the inverse runs of the last page that has any; False where there is nothing to undo."""
        result = self.held.run.results[self.step.tag]
        page = PageRecord(step=self.step.tag, number=result["pages"] + 1, **{name: result[name] for name in COUNTED})
        page, children = await self._page_before(page)
        if children:
            await self.held.write(page=page, children=children, children_of="", undoing=self.step.tag)
        return bool(children)

    async def take_undo(self, ends: Mapping[str, RunRecord], failure: ErrorRecord | None) -> None:
        """Take the ends of a page's inverse runs and list those of the page before it, in one write."""
        page = self._under_way()
        back = sum(run.status is RunStatus.COMPLETED for run in ends.values())
        page = page.model_copy(update={"undone": page.undone + back})
        page, children = await self._page_before(page)
        changes: dict[str, Any] = {"page": page, "failure": failure, **GOES_ON}
        if children:
            await self.held.write(children=children, **changes)
        else:
            await self.held.write(undone=[*self.held.run.undone, self.step.tag], undoing="", **changes)
        await unmark(self.held, ends.values())

    async def _page_before(self, page: PageRecord) -> tuple[PageRecord, list[ChildRecord]]:
        """The page before this one that has something to undo; without any, number 0."""
        assert self.step.undo is not None, "only steps with an undo are undone"
        context, flow = self.held.context(), self.held.parts.flow(self.step.flow)
        undo_flow = self.held.parts.flow(self.step.undo_flow or self.step.flow)
        for number in range(page.number - 1, 0, -1):
            given: dict[str, Any] = {}
            for run in await self.held.parts.runs.of_page(page_key(self.held.run, self.step.tag, number)):
                if run.status is RunStatus.COMPLETED:
                    params = self.step.undo(context, self.held.params_of(flow, run.params), run.results)
                    if params is not None:
                        given[run.id] = params
            if given:
                children = listed(self.held, self.step.tag, undo_flow, given, "undo")
                return page.model_copy(update={"number": number}), children
            await self.held.confirm()
        return page.model_copy(update={"number": 0}), []


GOES_ON = {"status": RunStatus.RUNNING, "faults": 0, "trouble": None}
COUNTED = ("done", "failed", "of")


def counts(page: PageRecord) -> Any:
    """What the step came to, as its result."""
    return {"pages": page.number, **to_json({name: getattr(page, name) for name in COUNTED})}
