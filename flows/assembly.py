"""The flows of a service, put together: those written by hand, those generated, and what the former add to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from flows.schema import (
    AddedHook,
    Change,
    CodeHook,
    Decision,
    Flow,
    FlowDefinitionError,
    HookCall,
    Refusal,
    Step,
    StepContext,
    ValidateStep,
    WriteStep,
)
from flows.submitted import with_submitted

CHANGED = "changed"
"""In the result of a generated flow's write: whether there was anything to write."""


def assemble(
    service: str,
    mutations: Iterable[Flow[Any]],
    *,
    generated: Iterable[Flow[Any]] = (),
    children: Iterable[Flow[Any]] = (),
) -> tuple[Flow[Any], ...]:
    """All flows of a service.

    Args:
        mutations: flows written by hand that mutations run; one replaces the generated one of its tag, hooks included.
        generated: flows made of the service's objTypes.
        children: flows that are only ever started by others.

    Raises:
        FlowDefinitionError: a flow adds a hook where it must not.
    """
    by_hand, inner = list(mutations), list(children)
    taken = {flow.tag for flow in (*by_hand, *inner)}
    made = {flow.tag: flow for flow in generated if flow.tag not in taken}
    for flow in (*by_hand, *inner, *list(made.values())):
        for added in flow.adds:
            target = _target(service, flow, added, made, taken)
            made[target.tag] = _with(target, added)
    return (*with_submitted(service, [*by_hand, *made.values()]), *inner)


def _target(
    service: str, flow: Flow[Any], added: AddedHook | CodeHook, made: Mapping[str, Flow[Any]], by_hand: set[str]
) -> Flow[Any]:
    """The generated flow that a hook is added to."""
    what = f"flow {service}_{flow.tag} adds a hook to {added.to!r}"
    parts = added.to.split("_")
    if len(parts) != 3:
        raise FlowDefinitionError(f"{what}: write service_flow_step")
    owner, tag, step = parts
    if owner != service:
        raise FlowDefinitionError(
            f"{what}, a flow of service {owner!r}: only flows of {owner!r} can add to it; "
            f"from {service!r}, connect a plugin to one of its hooks"
        )
    if tag in by_hand:
        raise FlowDefinitionError(f"{what}, which is written by hand: declare the hook there")
    if tag not in made:
        known = ", ".join(sorted(made)) or "none"
        raise FlowDefinitionError(f"{what}: {service} generates no flow {tag!r}; it generates {known}")
    if made[tag].step(step) is None:
        steps = ", ".join(item.tag for item in made[tag].steps)
        raise FlowDefinitionError(f"{what}: flow {tag!r} has no step {step!r}; it has {steps}")
    return made[tag]


def _with(flow: Flow[Any], added: AddedHook | CodeHook) -> Flow[Any]:
    tag = added.to.rpartition("_")[2]
    return replace(flow, steps=tuple(_grown(step, added) if step.tag == tag else step for step in flow.steps))


def _grown(step: Step, added: AddedHook | CodeHook) -> Step:
    if isinstance(step, ValidateStep):
        if isinstance(added, CodeHook):
            return replace(step, calls=_refusing(step.calls, added))
        return replace(step, hooks=(*step.hooks, added.hook), calls=_calling(step.calls, added))
    if not isinstance(step, WriteStep):
        raise FlowDefinitionError(f"{added.to!r} starts child runs: hooks are added to steps that validate or write")
    if isinstance(added, CodeHook):
        return replace(step, code=(*step.code, _when_changed(step.tag, added)))
    return replace(step, hooks=(*step.hooks, added.hook), change=_telling(step.change, added))


Calls = Callable[[StepContext[Any], Any], Awaitable[Mapping[str, HookCall] | Refusal]]
StepChange = Callable[[StepContext[Any], Any], Awaitable[Decision]]


def _refusing(calls: Calls, added: CodeHook) -> Calls:
    async def refusing(ctx: StepContext[Any], document: Any) -> Mapping[str, HookCall] | Refusal:
        found = await calls(ctx, document)
        if isinstance(found, Refusal):
            return found
        refusal = await added.run(ctx, document)
        return found if refusal is None else refusal

    return refusing


def _calling(calls: Calls, added: AddedHook) -> Calls:
    async def calling(ctx: StepContext[Any], document: Any) -> Mapping[str, HookCall] | Refusal:
        found = await calls(ctx, document)
        call = None if isinstance(found, Refusal) else await added.call(ctx, document)
        return found if isinstance(found, Refusal) or call is None else {**found, added.hook.tag: call}

    return calling


def _telling(change: StepChange, added: AddedHook) -> StepChange:
    async def telling(ctx: StepContext[Any], document: Any) -> Decision:
        decision = await change(ctx, document)
        call = await added.call(ctx, decision.document) if isinstance(decision, Change) else None
        if not isinstance(decision, Change) or call is None:
            return decision
        return replace(decision, hooks={**decision.hooks, added.hook.tag: call})

    return telling


def _when_changed(step: str, added: CodeHook) -> Callable[[StepContext[Any], Any], Awaitable[None]]:
    async def code(ctx: StepContext[Any], document: Any) -> None:
        if ctx.results[step][CHANGED]:
            await added.run(ctx, document)

    return code
