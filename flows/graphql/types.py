"""GraphQL types that every service has, shareable and identical everywhere (contract: conventions)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from flows.records import ErrorRecord, PageRecord, RunRecord, RunStatus


def to_datetime(milliseconds: int) -> datetime:
    """The moment that many milliseconds after the epoch, UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds after the epoch, as they are stored; a moment that names no zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - to_datetime(0)) // timedelta(milliseconds=1)


@strawberry.federation.type(shareable=True, description="An amount of money; the amount is a decimal string.")
class Money:
    amount: Decimal
    currency: str


@strawberry.input
class MoneyInput:
    amount: Decimal
    currency: str


@strawberry.federation.type(shareable=True)
class Attribute:
    name: str
    value: str


@strawberry.input
class AttributeInput:
    name: str
    value: str


@strawberry.federation.type(shareable=True, description="Relay page information.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = None
    end_cursor: str | None = None


@strawberry.federation.type(shareable=True, description="Something the caller can correct.")
class UserError:
    code: str
    message: str
    field: list[str] | None = None


@strawberry.federation.type(shareable=True, description="What led here: the delivery in whose handling it was done.")
class Cause:
    run_id: strawberry.ID | None = None
    delivery_id: strawberry.ID | None = None
    plugin_tag: str | None = None


@strawberry.federation.type(shareable=True, description="Sent while there is nothing else to send.")
class HookHeartbeat:
    at: datetime


@strawberry.federation.type(shareable=True)
class LinkRef:
    name: str
    object_ref: str | None = None
    url: str | None = None


@strawberry.federation.type(shareable=True, description="A connection that a delivery concerns, as it was at the hook.")
class HookConnection:
    id: strawberry.ID
    object_ref: str
    plugin_tag: str
    config: JSON | None
    links: list[LinkRef]


@strawberry.federation.type(shareable=True, description="A plugin's veto, or its time-out under the policy CONTINUE.")
class HookRejection:
    plugin_tag: str
    code: str
    message: str


def why_blocked(run: RunRecord) -> ErrorRecord:
    """Why a run is BLOCKED, and what makes it go on."""
    return ErrorRecord(
        code="FLOW_UNKNOWN",
        message=f"no process that looked at it has step {run.step!r} in version {run.version} of flow "
        f"{run.service}_{run.flow}; it goes on as soon as one has: keep that version beside the new one",
    )


@strawberry.enum
class FlowStatus(Enum):
    RUNNING = "RUNNING"
    AWAITING = "AWAITING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    BLOCKED = "BLOCKED"


@strawberry.input
class HookCompleteInput:
    result: JSON | None = None


@strawberry.input
class HookRejectInput:
    code: str
    message: str


@strawberry.input
class HookFailInput:
    message: str


@strawberry.input
class HookRetryInput:
    after_seconds: float


@strawberry.input
class HookExtendInput:
    seconds: float
    keep: bool = strawberry.field(
        default=False, description="Hold the lease although its subscription ends: the worker finishes what it has."
    )


@strawberry.input(one_of=True)
class HookOutcomeInput:
    complete: strawberry.Maybe[HookCompleteInput]
    reject: strawberry.Maybe[HookRejectInput]
    fail: strawberry.Maybe[HookFailInput]
    retry: strawberry.Maybe[HookRetryInput]
    extend: strawberry.Maybe[HookExtendInput]


@strawberry.federation.type(
    shareable=True, description="How far a step over many objects has come; its runs go on page by page."
)
class RunProgress:
    step: str
    page: int = strawberry.field(description="The page that is under way; it goes back while pages are undone.")
    done: int = strawberry.field(description="Objects whose runs have ended, of all pages before.")
    of: int | None = strawberry.field(description="Objects that there were when the step began, where that is known.")
    failed: int = strawberry.field(description="Of those done, the ones that were refused or failed.")
    undone: int = strawberry.field(description="Objects that were taken back.")

    @classmethod
    def from_record(cls, page: PageRecord) -> RunProgress:
        """The progress as a client sees it."""
        return cls(step=page.step, page=page.number, done=page.done, of=page.of, failed=page.failed, undone=page.undone)


@strawberry.federation.type(shareable=True, description="One execution of a flow.")
class FlowRun:
    id: strawberry.ID
    service: str
    flow: str
    version: int
    step: str | None
    status: FlowStatus
    awaiting: list[str]
    progress: RunProgress | None
    rejections: list[HookRejection]
    skipped: list[HookRejection]
    failure: UserError | None
    object_refs: list[str]
    cause: Cause | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_record(cls, run: RunRecord, awaiting: list[str]) -> FlowRun:
        """The run as a client sees it; `awaiting` are the tags of the plugins it waits for."""

        def rejection(item: Any) -> HookRejection:
            return HookRejection(plugin_tag=item.plugin_tag, code=item.code, message=item.message)

        failure = run.failure or run.trouble
        if run.status is RunStatus.BLOCKED:
            failure = why_blocked(run)
        cause = run.cause
        return cls(
            id=strawberry.ID(run.id),
            service=run.service,
            flow=run.flow,
            version=run.version,
            step=run.step or None,
            status=FlowStatus(run.status.value),
            awaiting=awaiting,
            progress=RunProgress.from_record(run.page) if run.page else None,
            rejections=[rejection(item) for item in run.rejections],
            skipped=[rejection(item) for item in run.skipped],
            failure=UserError(code=failure.code, message=failure.message, field=failure.field) if failure else None,
            object_refs=run.object_refs,
            cause=Cause(
                run_id=strawberry.ID(cause.run_id),
                delivery_id=strawberry.ID(cause.delivery_id),
                plugin_tag=cause.plugin_tag,
            )
            if cause
            else None,
            created_at=to_datetime(run.created_at),
            updated_at=to_datetime(run.updated_at),
        )
