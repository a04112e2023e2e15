"""Definitions of flows: what services declare, checked when they are declared.

A flow is an ordered list of steps; a step is one durable unit of work with an ordered list of hooks. `ValidateStep`
carries the hooks that come before a write and may veto or amend it; `WriteStep` makes one durable change to one
document and carries the hooks that come after it; `ChildrenStep` starts runs of another flow of the same service, and
`PagedStep` does so for many objects, page by page.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from identity import Principal
from store import VersionedDocument

TAG = re.compile(r"[a-z][A-Za-z0-9]*\Z")

P = TypeVar("P")
D = TypeVar("D", bound=VersionedDocument)


class FlowDefinitionError(Exception):
    """A flow, step or hook is declared wrongly; the message names it and says what is allowed."""


def check_tag(tag: str, what: str) -> None:
    """Raise FlowDefinitionError unless `tag` is a tag (tags are joined by underscores, so they have none)."""
    if not TAG.match(tag):
        raise FlowDefinitionError(f"{what} tag {tag!r} must match [a-z][A-Za-z0-9]* (no underscore)")


@dataclass(frozen=True)
class Hook:
    """A named point of a step at which connected plugins are called.

    Args:
        tag: last part of the hook id.
        targets: objTypes whose connections are looked up.
        payload: a Strawberry type; its init fields are kept as JSON, its resolver fields are live references.
        result: what a plugin may return on COMPLETE; None where it may return nothing.
        amend: (params, result) -> params; VALIDATE hooks only, needs `result`.
        budget: how long the caller waits for all SYNC plugins of this hook; those that amend one by one share it.
        deadline: how long a run waits for ASYNC plugins; None waits for ever.
        quorum: how many of the connected ASYNC plugins suffice; None needs all. Hooks of a ValidateStep only, and
            none that amends.
        outlives_connection: whether it is told although the connection has ended meanwhile (the end itself, say).
        named_step: the step that its id names, where that is another than the one whose write it comes after.
    """

    tag: str
    targets: tuple[str, ...]
    payload: type[Any]
    result: type[BaseModel] | None = None
    amend: Callable[[Any, Any], Any] | None = None
    budget: timedelta = timedelta(seconds=5)
    deadline: timedelta | None = None
    quorum: int | None = None
    outlives_connection: bool = False
    named_step: str | None = None

    def __post_init__(self) -> None:
        check_tag(self.tag, "hook")
        if self.named_step is not None:
            check_tag(self.named_step, "step")
        if not self.targets:
            raise FlowDefinitionError(f"hook {self.tag!r} declares no target objType")
        if not is_dataclass(self.payload):
            raise FlowDefinitionError(f"hook {self.tag!r}: payload {self.payload!r} is not a Strawberry type")
        if self.amend is not None and self.result is None:
            raise FlowDefinitionError(f"hook {self.tag!r} amends, so it must declare the result model it amends with")
        if self.quorum is not None and self.quorum < 1:
            raise FlowDefinitionError(
                f"hook {self.tag!r}: a quorum is 1 plugin at least, not {self.quorum}; leave it out to need all of them"
            )
        if self.quorum is not None and self.amend is not None:
            raise FlowDefinitionError(
                f"hook {self.tag!r} amends and has a quorum: whose amendment counts would depend on who answers first;"
                " leave out one of the two, or amend at a hook of its own"
            )


@dataclass(frozen=True)
class HookCall:
    """What a step passes to one of its hooks: object refs to look up connections of, and the payload's values.

    Attributes:
        only: the tag of the one plugin that is told; None tells every connected one.
    """

    targets: Sequence[str]
    payload: Any
    only: str | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a step or an input is refused: the code and message a caller sees, and the input field to blame."""

    code: str
    message: str
    field: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A step's change: the document as it shall be, a JSON result kept with the run, and calls of the step's hooks."""

    document: VersionedDocument
    result: Any = None
    hooks: Mapping[str, HookCall] = field(default_factory=dict)
    object_refs: Sequence[str] = ()


@dataclass(frozen=True)
class Unchanged:
    """Nothing to write: no effect is made and no hook fires."""

    result: Any = None
    object_refs: Sequence[str] = ()


class NewId(Protocol):
    """Makes an id that is the same whenever it is asked for in one run under one name."""

    def __call__(self, name: str = "", /) -> str: ...


class Owners(Protocol):
    """Ids of the users who are OWNER of an object, sorted."""

    async def __call__(self, object_ref: str, /) -> list[str]: ...


class Loader(Protocol):
    """Reads another document for a step; None where it is missing or a tombstone."""

    async def __call__(self, cls: type[D], id: str, /) -> D | None: ...


@dataclass(frozen=True)
class StepContext(Generic[P]):
    """What a step's functions may use. They must compute the same from the same context and document."""

    params: P
    run_id: str
    principal: Principal
    results: Mapping[str, Any]
    now: int
    load: Loader
    owners: Owners
    new_id: NewId
    is_child: bool = False
    """Whether another run started this one: nobody submitted it."""


Decision = Change | Unchanged | Refusal


@dataclass(frozen=True)
class ValidateStep(Generic[P, D]):
    """Hooks that come before the write of the next WriteStep; `calls` sees the document which that step read."""

    calls: Callable[[StepContext[P], D | None], Awaitable[Mapping[str, HookCall] | Refusal]]
    hooks: tuple[Hook, ...]
    tag: str = "validate"


@dataclass(frozen=True)
class WriteStep(Generic[P, D]):
    """One durable change to one document.

    Args:
        document: the document's class.
        subject: id of the document; must not change between two calls for one run.
        change: computes the change from the document read (None where missing or a tombstone). Returning a document
            where there was none creates it; `deleted=True` makes a tombstone.
        undo: computes the change that takes this step back, from what the document is by then.
        refuses: whether `change` may refuse; one that does not may come after commit hooks, and is tried until it is
            done.
        code: the service's own code once the write is there, called with the document as it is by then. It is called
            again when the run is taken up again before the step was recorded, so it must not mind.
    """

    document: type[D]
    subject: Callable[[StepContext[P]], str]
    change: Callable[[StepContext[P], D | None], Awaitable[Decision]]
    hooks: tuple[Hook, ...] = ()
    undo: Callable[[StepContext[P], D | None], Awaitable[Change | Unchanged]] | None = None
    tag: str = "commit"
    code: tuple[Callable[[StepContext[P], D | None], Awaitable[None]], ...] = ()
    refuses: bool = True


@dataclass(frozen=True)
class ChildrenStep(Generic[P]):
    """Runs of another flow of the same service; the run parks until all are terminal.

    Args:
        flow: tag of the flow to run.
        children: params of each child by a key that stays the same for one run.
        undo: (context, key, params, result) -> params of the run that takes a completed child back.
        undo_flow: the flow of those runs; the same flow where None.
    """

    tag: str
    flow: str
    children: Callable[[StepContext[P]], Awaitable[Mapping[str, Any] | Refusal]]
    undo: Callable[[StepContext[P], str, Any, Any], Any] | None = None
    undo_flow: str | None = None


class OnRefused(StrEnum):
    """What a run that is refused, or fails, does to the step over many objects that started it."""

    STOP = "STOP"
    """No further page is begun: what was done is undone, where the step says how, and the parent ends as the child."""
    CONTINUE = "CONTINUE"
    """It is counted, and the others go on."""


MOST_OF_A_PAGE = 500
"""A page's children are listed in their parent's document."""


@dataclass(frozen=True)
class PagedStep(Generic[P, D]):
    """Runs of another flow of the same service, one for each of many objects, a page of them at a time.

    The objects are live documents, met in the order of their ids, each once: one that is made meanwhile may be met or
    not, and one that is gone by its turn is not. The run parks until a page's runs are terminal, and shows its
    progress; its caller is answered when the first of several pages is under way.

    Args:
        flow: tag of the flow to run.
        document: the objects' class.
        where: which of them, as an equality of fields (or another filter) that an index with `_id` behind it serves;
            must not change between two calls for one run.
        child: params of an object's run, from the object as its page finds it; None leaves it out.
        size: how many objects a page has; their runs are under way together.
        on_refused: what one that is refused does to the others.
        undo: (context, params, results) -> params of the run that takes a completed child back; None takes nothing.
        undo_flow: the flow of those runs; the same flow where None.
    """

    tag: str
    flow: str
    document: type[D]
    where: Callable[[StepContext[P]], Mapping[str, Any]]
    child: Callable[[StepContext[P], D], Any]
    size: int = 100
    on_refused: Callable[[StepContext[P]], OnRefused] = lambda ctx: OnRefused.STOP
    undo: Callable[[StepContext[P], Any, Any], Any] | None = None
    undo_flow: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MOST_OF_A_PAGE:
            raise FlowDefinitionError(
                f"step {self.tag!r}: a page has from 1 to {MOST_OF_A_PAGE} objects, not {self.size}"
            )


@dataclass(frozen=True)
class AddedHook:
    """A plugin hook that a flow adds to a generated flow of its service.

    Args:
        to: the step, as `service_flow_step`.
        call: whom the hook calls with what, from the step's context and document (before a `validate` step's write,
            after a `commit` step's); None calls nobody.
    """

    to: str
    hook: Hook
    call: Callable[[StepContext[Any], Any], Awaitable[HookCall | None]]


@dataclass(frozen=True)
class CodeHook:
    """The service's own code that a flow adds to a generated flow of its service: caches, notifications, rules.

    Args:
        to: the step, as `service_flow_step`.
        run: at a `validate` step, called before the plugins, with the document as read; a Refusal ends the run. At a
            `commit` step, called when the document was changed, with what it is by then (None once it is deleted).
            Either may be called more than once.
    """

    to: str
    run: Callable[[StepContext[Any], Any], Awaitable[Refusal | None]]


StartingStep = ChildrenStep[Any] | PagedStep[Any, Any]
"""A step that starts child runs."""
Step = ValidateStep[Any, Any] | WriteStep[Any, Any] | StartingStep


@dataclass(frozen=True)
class Flow(Generic[P]):
    """An ordered list of steps over parameters of type `params` (a frozen dataclass of JSON-able values).

    Args:
        object_refs: refs of the objects that a run of these params is about, known before it starts.
        check: refusals of a bad input, found before a run is started and again after an amendment.
        version: a run pins it; change it when steps are removed, renamed or reordered.
        adds: hooks that this flow adds to generated flows of its service.
        earlier: earlier versions, by which runs that were begun under them are taken to their end.
    """

    tag: str
    params: type[P]
    steps: tuple[Step, ...]
    object_refs: Callable[[P], Sequence[str]] = lambda params: ()
    check: Callable[[P], Sequence[Refusal]] = lambda params: ()
    version: int = 1
    adds: tuple[AddedHook | CodeHook, ...] = ()
    earlier: tuple[Flow[Any], ...] = ()

    def __post_init__(self) -> None:
        check_tag(self.tag, "flow")
        if not is_dataclass(self.params):
            raise FlowDefinitionError(f"flow {self.tag!r}: params {self.params!r} is not a dataclass")
        if not self.steps:
            raise FlowDefinitionError(f"flow {self.tag!r} has no steps")
        tags = [step.tag for step in self.steps]
        for tag in tags:
            check_tag(tag, f"flow {self.tag!r}: step")
            if tags.count(tag) > 1:
                raise FlowDefinitionError(f"flow {self.tag!r} has two steps tagged {tag!r}")
        self._check_order()
        self._check_earlier()

    def _check_earlier(self) -> None:
        versions = [self.version]
        for flow in self.earlier:
            what = f"version {flow.version} of flow {self.tag!r}"
            if flow.tag != self.tag:
                raise FlowDefinitionError(f"flow {self.tag!r} has an earlier version that is tagged {flow.tag!r}")
            if flow.version >= self.version:
                raise FlowDefinitionError(f"{what} is not earlier than its version {self.version}")
            if flow.version in versions:
                raise FlowDefinitionError(f"{what} is declared twice")
            if flow.earlier or flow.adds:
                raise FlowDefinitionError(f"{what} has earlier versions or adds hooks: only the newest version does")
            versions.append(flow.version)

    def _check_order(self) -> None:
        fired = ""
        for position, step in enumerate(self.steps):
            hooks = () if isinstance(step, ChildrenStep | PagedStep) else step.hooks
            for hook in hooks:
                if [other.tag for other in hooks].count(hook.tag) > 1:
                    raise FlowDefinitionError(f"step {self.tag}_{step.tag} has two hooks tagged {hook.tag!r}")
                if hook.amend is not None and not isinstance(step, ValidateStep):
                    raise FlowDefinitionError(f"hook {self.tag}_{step.tag}_{hook.tag}: only a ValidateStep amends")
                if hook.quorum is not None and not isinstance(step, ValidateStep):
                    raise FlowDefinitionError(
                        f"hook {self.tag}_{step.tag}_{hook.tag} comes after the write and tells everybody, so it has no"
                        " quorum: declare it on a hook of the ValidateStep before"
                    )
            if isinstance(step, ValidateStep):
                follower = self.steps[position + 1] if position + 1 < len(self.steps) else None
                if not isinstance(follower, WriteStep):
                    raise FlowDefinitionError(f"step {self.tag}_{step.tag} must be followed by the WriteStep it gates")
            if fired and not (isinstance(step, WriteStep) and not step.refuses):
                raise FlowDefinitionError(
                    f"flow {self.tag!r}: step {step.tag!r} can refuse, so it comes before the commit hooks of {fired!r}"
                    " (a WriteStep that never refuses says so: refuses=False)"
                )
            if isinstance(step, WriteStep) and step.hooks:
                fired = step.tag

    @property
    def versions(self) -> tuple[Flow[Any], ...]:
        """This version, and the earlier ones."""
        return (self, *self.earlier)

    def step(self, tag: str) -> Step | None:
        """The step of that tag, or None where this version of the flow has none."""
        return next((step for step in self.steps if step.tag == tag), None)

    def position(self, tag: str) -> int:
        """The place of the step of that tag; raises ValueError where there is none."""
        return [step.tag for step in self.steps].index(tag)
