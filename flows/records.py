"""Runs and deliveries as they are stored: `flows_runs` and `flows_deliveries`, with `flows_payloads` beside them.

Their documents are the log; every change is one compare-and-set filtered on the epoch (or attempt) that its writer
holds. Times are milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

RUNS = "flows_runs"
DELIVERIES = "flows_deliveries"
PAYLOADS = "flows_payloads"


class RunStatus(StrEnum):
    """What a client sees of a run; COMPLETED, REJECTED and FAILED are terminal."""

    RUNNING = "RUNNING"
    AWAITING = "AWAITING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    BLOCKED = "BLOCKED"


TERMINAL = frozenset({RunStatus.COMPLETED, RunStatus.REJECTED, RunStatus.FAILED})


class Stage(StrEnum):
    """Where in its current step a run is; a worker that claims the run goes on from there."""

    NEW = "NEW"
    """The step has not been recorded: read the document, look for the effect, else compute and write."""
    RECORDED = "RECORDED"
    """The step is recorded on the run: prune its effect, then wait for its hooks or go on."""
    WAITING = "WAITING"
    """Parked: deliveries or children must finish first."""
    UNDOING = "UNDOING"
    """A later step was refused: undo the steps that are done, last first."""
    ENDED = "ENDED"


class Verdict(StrEnum):
    """How a run will end once nothing is left to do."""

    NONE = ""
    REJECTED = "REJECTED"
    FAILED = "FAILED"


class DeliveryStatus(StrEnum):
    """PENDING and LEASED (and DEAD, for the order) are unfinished; the others never change again."""

    PENDING = "PENDING"
    LEASED = "LEASED"
    DEAD = "DEAD"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    TIMED_OUT = "TIMED_OUT"
    FAILED = "FAILED"
    """The plugin answered what its hook cannot take, while a caller waited: there is no time for another try."""
    CANCELLED = "CANCELLED"


class AttemptError(StrEnum):
    """Why the last attempt at a delivery failed: what its `last_error` is about."""

    HANDLER_FAILED = "HANDLER_FAILED"
    """The plugin said so."""
    RETRY_ASKED = "RETRY_ASKED"
    """The plugin asked to be called later."""
    LEASE_LOST = "LEASE_LOST"
    """The plugin said nothing in time."""
    BAD_PAYLOAD = "BAD_PAYLOAD"
    """It could not be handed over: its payload does not fit what the hook declares now."""
    BAD_RESULT = "BAD_RESULT"
    """What the plugin gave back does not fit what the hook takes."""


OPEN = frozenset({DeliveryStatus.PENDING, DeliveryStatus.LEASED})


class Record(BaseModel):
    """A stored record.

    A field that this program does not know is left alone: writes set what they change and no more, so a newer
    program's field outlives them.
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True)
    id: str = Field(alias="_id")

    def to_mongo(self) -> dict[str, Any]:
        """The document to insert."""
        return self.model_dump(mode="json", by_alias=True)


class CauseRecord(BaseModel):
    """What led to a run: the delivery in whose handling it was started, and how long the chain is by now."""

    run_id: str
    delivery_id: str
    plugin_tag: str
    depth: int = 1
    connections: list[str] = Field(default_factory=list)
    """Ids of the connections that any delivery of the chain concerns; these are spared the echo."""


class RejectionRecord(BaseModel):
    """A plugin's veto, its time-out, or what is wrong with its answer."""

    plugin_tag: str
    code: str
    message: str


class ErrorRecord(BaseModel):
    """What a caller can correct, or why a run failed."""

    code: str
    message: str
    field: list[str] | None = None


class Awaited(BaseModel):
    """A delivery that the run waits for."""

    delivery_id: str
    plugin_tag: str
    hook: str
    mode: str
    on_failure: str
    order: int = 0
    expires_at: int | None = None
    """When the delivery times out; None where it never does."""
    quorum: int | None = None
    """How many of the ASYNC plugins of its hook suffice; None where all must pass."""


class ChildRecord(BaseModel):
    """A run that this one has listed before starting it."""

    key: str
    run_id: str
    flow: str
    params: dict[str, Any]


class PageRecord(BaseModel):
    """How far a step over many objects has come; its children are those of this page alone."""

    step: str
    number: int
    """Of the page that is under way, from 1; it goes back while the pages are undone."""
    cursor: str | None = None
    """Id of the last object met: the next page begins behind it."""
    last: bool = False
    met: int = 0
    """Objects of this page, those left out among them."""
    done: int = 0
    """Objects whose runs have ended, of all pages that were taken."""
    failed: int = 0
    """Those of them whose runs were refused or failed."""
    undone: int = 0
    """Objects that were taken back."""
    of: int | None = None
    """Objects that there were when the step began."""


class RunRecord(Record):
    """One execution of a flow."""

    service: str
    flow: str
    version: int
    fingerprint: str = ""
    """Hash of the input; the same idempotency key with another input is an error."""
    params: dict[str, Any]
    """As amended so far."""
    given_params: dict[str, Any]
    """As they were submitted; a new round begins with these."""
    amended_by: list[str] = Field(default_factory=list)
    """Deliveries of the current round whose amendments are in `params`, or were left out for good."""
    left_out: list[RejectionRecord] = Field(default_factory=list)
    """Amendments of the current round that did not fit, and are gone without: the policy of their plugins says so."""
    principal: dict[str, Any]
    cause: CauseRecord | None = None
    parent: str | None = None
    page_of: str | None = None
    """Of a child of a step over many objects: which page it belongs to; what its parent finds it by later."""
    step: str
    stage: Stage = Stage.NEW
    status: RunStatus = RunStatus.RUNNING
    verdict: Verdict = Verdict.NONE
    refused_step: str = ""
    """Tag of the WriteStep that refused, which wrote nothing; empty where plugins failed after it was done."""
    epoch: int = 0
    claim: str = ""
    leased_until: int = 0
    """The lease of the worker that holds the run; 0 where none does."""
    next_at: int | None = None
    """When a sweep takes the run if nobody else does; None for a run that waits for others or is terminal."""
    round: int = 0
    validated_version: int = -1
    """Version of the document that the current round's validate hooks were called for."""
    results: dict[str, Any] = Field(default_factory=dict)
    awaited: list[Awaited] = Field(default_factory=list)
    children: list[ChildRecord] = Field(default_factory=list)
    children_of: str = ""
    """Tag of the step that `children` belong to."""
    page: PageRecord | None = None
    """How far the run's step over many objects has come; None where there was none yet."""
    undoing: str = ""
    """Tag of the step whose undo `children` are."""
    undone: list[str] = Field(default_factory=list)
    """Tags of the steps whose undo is recorded."""
    rejections: list[RejectionRecord] = Field(default_factory=list)
    skipped: list[RejectionRecord] = Field(default_factory=list)
    errors: list[ErrorRecord] = Field(default_factory=list)
    failure: ErrorRecord | None = None
    faults: int = 0
    """How often the run's step went wrong on our side, since it last went on."""
    trouble: ErrorRecord | None = None
    """What went wrong then, for who watches; the log has the details."""
    object_refs: list[str] = Field(default_factory=list)
    sync_deadline: int | None = None
    """Until when the handler that started the run lets it wait for SYNC plugins; None: the hook's budget alone."""
    wait_deadline: int | None = None
    """When what is waited for now times out; None waits for ever."""
    created_at: int
    updated_at: int
    generation: int = 0
    """Grows when the run begins anew under its key, after a retryable answer."""
    differences: int = 0
    """How often the run's idempotency key came again with another input (replies to plugins only)."""

    @property
    def seed(self) -> str:
        """What ids of effects, deliveries, children and objects are made of: nothing of an earlier try is taken up."""
        return self.id if self.generation == 0 else f"{self.id}/{self.generation}"

    @property
    def terminal(self) -> bool:
        """Whether the run has ended."""
        return self.stage is Stage.ENDED


class ConnectionSnapshot(BaseModel):
    """A connection as it was when the hook was reached."""

    id: str
    object_ref: str
    plugin_tag: str
    config: dict[str, Any] = Field(default_factory=dict)
    links: list[dict[str, Any]] = Field(default_factory=list)
    on_failure: str | None = None
    """The connection's own failure policy; None where it has its plugin's."""


class DeliveryRecord(Record):
    """One hook of one run for one plugin and one owner."""

    service: str
    run_id: str
    hook_id: str
    kind: str
    mode: str
    plugin_tag: str
    owner_ref: str
    subject: str
    inbox: str | None
    """`service|plugin` while unfinished; what a plugin's worker reads."""
    queue: str | None
    """`plugin|subject` while unfinished and ASYNC; order is kept within it."""
    seq: int
    round: int = 0
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempt: int = 0
    """Grows with every lease; also the epoch of the delivery."""
    claim: str = ""
    worker: str | None = None
    leased_until: int = 0
    next_at: int | None
    """When it may be leased, or looked at again; kept until the run has taken the outcome."""
    expires_at: int | None = None
    """When a caller stops waiting for it (SYNC), or the barrier ends (ASYNC)."""
    slot_of: str | None = None
    """Its plugin, while it is leased under that plugin's bound; no two of one plugin have the same slot."""
    slot: int | None = None
    failures: int = 0
    first_failed_at: int | None = None
    leased_at: int = 0
    """When the current attempt was leased."""
    kept: bool = False
    """Whether the current attempt's worker holds it although its subscription ends."""
    timeout_ms: int
    """Longest time one attempt may take, heartbeats included."""
    on_failure: str = "FAIL"
    on_dead: str = "BLOCK"
    connections: list[ConnectionSnapshot]
    payload: dict[str, Any]
    """Empty where it is stored under `payload_ref`, until the delivery is handed over."""
    payload_ref: str | None = None
    cause: CauseRecord | None = None
    result: Any = None
    rejection: RejectionRecord | None = None
    last_error: str | None = None
    last_error_code: str | None = None
    settle_at: int | None = None
    """Set with the outcome of an ASYNC delivery and kept until the run has taken it: what a sweep finds by."""
    created_at: int
    updated_at: int
