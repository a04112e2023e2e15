"""`SRun` and `SRunUpdates`: a run, or all runs of an object, as they move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final, cast

import strawberry
from strawberry.types import Info

from flows.graphql.context import ServiceContext
from flows.graphql.shared_events import SharedEvent
from flows.graphql.types import FlowRun
from flows.records import RunRecord
from flows.submission import RunView
from flows.watching import no_run
from identity import CodedError, PrincipalKind

EVENT: Final = "event"
"""Key of a view's event among what is shared of it."""


async def may_see(context: ServiceContext, run: RunRecord) -> bool:
    """Whether the caller started the run, is an admin, or may read an object that it is about."""
    return is_open(context, run) or await may_see_object(context, run)


def is_open(context: ServiceContext, run: RunRecord) -> bool:
    """Whether the caller may see the run whatever is stored of them."""
    return context.principal.is_admin or run.principal.get("ref") == context.principal.ref


async def may_see_object(context: ServiceContext, run: RunRecord) -> bool:
    """Whether the caller may read an object that the run is about."""
    if context.principal.kind is PrincipalKind.PLUGIN:
        return await context.engine.parts.plugins.is_connected(context.principal.id, run.object_refs)
    return any([await context.access.role(ref) for ref in run.object_refs])


async def shown(context: ServiceContext, run: RunRecord) -> FlowRun:
    """The run as it is now."""
    view = await context.engine.view(run)
    return FlowRun.from_record(view.run, view.awaiting)


async def read_run(info: Info[Any, Any], id: strawberry.ID) -> FlowRun | None:
    """The run of that id; None where there is none that the caller may see."""
    context: ServiceContext = info.context
    context.access.require_signed_in()
    run = await context.engine.runs.read(id)
    if run is None or run.service != context.engine.service or not await may_see(context, run):
        return None
    return await shown(context, run)


async def run_updates(
    info: Info[Any, Any], id: strawberry.ID | None = None, object_ref: str | None = None
) -> AsyncIterator[FlowRun]:
    """The runs as they are, then each time one of them moves: events that all who may see the run share.

    Raises:
        CodedError: BAD_USER_INPUT for what can have no runs here, NOT_FOUND for what the caller may not see: nothing
            would ever come.
    """
    context: ServiceContext = info.context
    context.access.require_signed_in()
    if (id is None) == (object_ref is None):
        raise CodedError("BAD_USER_INPUT", "give either id or objectRef: which runs do you want to watch?")
    if object_ref is not None:
        context.check_ref(object_ref)
        if not await context.may_see_object(object_ref):
            raise CodedError("NOT_FOUND", f"objectRef: {object_ref[:100]!r} names nothing that you may see")
    async for view in context.engine.watch_runs(id=id, object_ref=object_ref):
        allowed = is_open(context, view.run)
        if not allowed:
            context.refresh()
            allowed = await may_see_object(context, view.run)
        if allowed:
            yield event_of(view)
        elif id is not None:
            raise no_run(context.engine.service, id)


def event_of(view: RunView) -> FlowRun:
    """The view as an event. A run reads the same for whoever may see it, so there is one for all."""
    event = view.shared.get(EVENT)
    if event is None:
        event = view.shared[EVENT] = SharedEvent(FlowRun.from_record(view.run, view.awaiting))
    return cast(FlowRun, event)  # what Strawberry is told of the field; the event is executed as its value


def run_query_type(service: str) -> type[Any]:
    """A query type with the field `<service>Run(id)`."""
    field = strawberry.field(resolver=read_run, name=f"{service}Run", description="A run of this service by its id.")
    return strawberry.type(type("Query", (), {"run": field, "__annotations__": {}}))


def run_subscription_type(service: str) -> type[Any]:
    """A subscription type with the field `<service>RunUpdates(id, objectRef)`."""
    field = strawberry.subscription(
        resolver=run_updates,
        name=f"{service}RunUpdates",
        description="A run, or all runs of an object, as they move; the current state first.",
    )
    return strawberry.type(type("Subscription", (), {"run_updates": field, "__annotations__": {}}))
