"""`submitted` hooks: users are told of what is submitted on their objects, and of what they submit on those of others.

They are for plugins that are connected to users. They come with the flow's effect, so a run that is refused or
changes nothing tells nobody; child runs and what plugins do were not submitted by a user.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import strawberry

from flows.ids import hook_id, payload_type_name
from flows.schema import Change, Decision, Flow, FlowDefinitionError, Hook, HookCall, Step, StepContext, WriteStep
from identity import PrincipalKind, RoleDocument, user_ref
from store import VersionedDocument

STEP = "submitted"
AS_SUBMITTER = "asSubmitter"
AS_OWNER = "asOwner"
USERS = ("User",)

StepChange = Callable[[StepContext[Any], Any], Awaitable[Decision]]


FIELDS: Mapping[str, Any] = {
    "run_id": strawberry.ID,
    "flow": str,
    "submitter_id": strawberry.ID,
    "owner_ref": str,
    "object_refs": list[str],
}
"""Of every payload of a `submitted` hook."""


def with_submitted(service: str, flows: Iterable[Flow[Any]]) -> tuple[Flow[Any], ...]:
    """These flows with the hooks `…_submitted_asSubmitter` and, where their effect is on what others may own,
    `…_submitted_asOwner`.

    Raises:
        FlowDefinitionError: a flow writes nothing.
    """
    return tuple(_told(service, flow) for flow in flows)


def owner_of(document: VersionedDocument) -> str | None:
    """Ref of the object whose OWNERs decide over the document; None where nobody does."""
    if isinstance(document, RoleDocument):
        return document.object_ref
    found = getattr(document, "owner_ref", None)
    return found if isinstance(found, str) else None


def _told(service: str, flow: Flow[Any]) -> Flow[Any]:
    payloads = {tag: _payload(service, flow.tag, tag) for tag in (AS_SUBMITTER, AS_OWNER)}
    earlier = tuple(_version_told(item, payloads) for item in flow.earlier)
    return replace(_version_told(flow, payloads), earlier=earlier)


def _version_told(flow: Flow[Any], all_payloads: Mapping[str, type[Any]]) -> Flow[Any]:
    written = _place(flow)
    tags = [AS_SUBMITTER, AS_OWNER] if _may_be_of_others(flow, written) else [AS_SUBMITTER]
    payloads = {tag: all_payloads[tag] for tag in tags}
    hooks = tuple(Hook(tag, USERS, payload, named_step=STEP) for tag, payload in payloads.items())
    step = replace(written, hooks=(*written.hooks, *hooks), change=_telling(flow, written.change, payloads))
    steps: tuple[Step, ...] = tuple(step if item is written else item for item in flow.steps)
    return replace(flow, steps=steps)


def _place(flow: Flow[Any]) -> WriteStep[Any, Any]:
    """The step whose write is the flow's effect: `commit`, else the last one that writes."""
    writes = [step for step in flow.steps if isinstance(step, WriteStep)]
    if not writes:
        raise FlowDefinitionError(f"flow {flow.tag!r} has no WriteStep, so nothing that it does could be told")
    return next((step for step in writes if step.tag == "commit"), writes[-1])


def _may_be_of_others(flow: Flow[Any], written: WriteStep[Any, Any]) -> bool:
    """Whether the written document has an owner, who was there before the flow."""
    makes_owner = any(isinstance(step, WriteStep) and step.document is RoleDocument for step in flow.steps)
    if makes_owner:
        return written.document is RoleDocument
    return hasattr(written.document, "owner_ref") or "owner_ref" in written.document.model_fields


def _payload(service: str, flow: str, tag: str) -> type[Any]:
    name = payload_type_name(hook_id(service, flow, STEP, tag))
    made = type(name, (), {"__annotations__": dict(FIELDS)})
    said = "submitted this" if tag == AS_SUBMITTER else "own what this was done to"
    return strawberry.type(made, description=f"For users who {said}: a run of {flow} on what another user owns.")


def _telling(flow: Flow[Any], change: StepChange, payloads: dict[str, type[Any]]) -> StepChange:
    async def told(ctx: StepContext[Any], document: Any) -> Decision:
        decision = await change(ctx, document)
        if not isinstance(decision, Change) or ctx.is_child or ctx.principal.kind is not PrincipalKind.USER:
            return decision
        owner_ref = owner_of(decision.document)
        others = [] if owner_ref is None else [item for item in await ctx.owners(owner_ref) if item != ctx.principal.id]
        if not others or owner_ref is None:
            return decision
        users = {AS_SUBMITTER: [ctx.principal.id], AS_OWNER: others}
        refs = _refs(flow, ctx, decision)
        calls = {
            tag: HookCall(
                [user_ref(user) for user in users[tag]],
                payload(
                    run_id=strawberry.ID(ctx.run_id),
                    flow=flow.tag,
                    submitter_id=strawberry.ID(ctx.principal.id),
                    owner_ref=owner_ref,
                    object_refs=refs,
                ),
            )
            for tag, payload in payloads.items()
        }
        return replace(decision, hooks={**decision.hooks, **calls})

    return told


def _refs(flow: Flow[Any], ctx: StepContext[Any], decision: Change) -> Sequence[str]:
    own = getattr(decision.document, "object_ref", None)
    found = [*flow.object_refs(ctx.params), *([own] if isinstance(own, str) else []), *decision.object_refs]
    return list(dict.fromkeys(found))
