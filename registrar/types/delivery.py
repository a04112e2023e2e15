"""`Delivery` and runs, as the registrar shows them by reading what `flows` keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import strawberry

from flows.graphql.hook_fields import HookModeName as HookMode
from flows.graphql.types import FlowRun, UserError, to_datetime
from flows.records import AttemptError, DeliveryRecord, DeliveryStatus, RunRecord
from identity import PrincipalKind
from registrar.context import RegistrarContext, RegistrarInfo
from registrar.stored import STATUS_UNKNOWN, read_run
from registrar.types.connection import ConnectedPlugin
from registrar.types.fields import described
from registrar.types.plugin import Plugin

strawberry.enum(DeliveryStatus)
strawberry.enum(AttemptError)


@strawberry.type(description="One hook of one run for one plugin and one owner.")
class Delivery:
    id: strawberry.ID
    hook_id: strawberry.ID
    mode: HookMode
    owner_ref: str
    status: DeliveryStatus | None = strawberry.field(
        description="Null where a newer program has stored one that this registrar does not know."
    )
    attempt: int
    next_at: datetime | None
    last_error: str | None
    last_error_code: AttemptError | None
    created_at: datetime
    record: strawberry.Private[DeliveryRecord]

    @described("The run; null where it was removed.")
    async def run(self, info: RegistrarInfo) -> FlowRun | None:
        found = await read_run(info.context.store, self.record.run_id)
        return None if found is None else await show_run(info.context, found)

    @strawberry.field
    async def plugin(self, info: RegistrarInfo) -> Plugin | None:
        return await Plugin.load(info, self.record.plugin_tag)

    @described("The connections it concerns, as they are now.")
    async def connections(self, info: RegistrarInfo) -> list[ConnectedPlugin]:
        loaded = [await ConnectedPlugin.load(info, item.id) for item in self.record.connections]
        return [item for item in loaded if item is not None]

    @classmethod
    def of(cls, record: DeliveryRecord, known: bool = True) -> Delivery:
        """As stored; `known` says whether its status is one that this program knows."""
        return cls(
            id=strawberry.ID(record.id),
            hook_id=strawberry.ID(record.hook_id),
            mode=HookMode(record.mode),
            owner_ref=record.owner_ref,
            status=record.status if known else None,
            attempt=record.attempt,
            next_at=None if record.next_at is None else to_datetime(record.next_at),
            last_error=record.last_error,
            last_error_code=known_error(record.last_error_code),
            created_at=to_datetime(record.created_at),
            record=record,
        )


def known_error(code: str | None) -> AttemptError | None:
    """The code as GraphQL shows it; None also for one that a newer program has stored."""
    return None if code is None else AttemptError.__members__.get(code)


async def may_see_delivery(context: RegistrarContext, record: DeliveryRecord) -> bool:
    """Admins, the plugin itself, and users with a role on the owner."""
    principal = context.principal
    if principal.is_admin:
        return True
    if principal.kind is PrincipalKind.PLUGIN:
        return record.plugin_tag == principal.id
    return await context.access.role(record.owner_ref) is not None


async def may_see_run(context: RegistrarContext, record: RunRecord) -> bool:
    """Admins, who started it, who waits in it, and who may see an object that it is about."""
    principal = context.principal
    if principal.is_admin or record.principal.get("ref") == principal.ref:
        return True
    if principal.kind is PrincipalKind.PLUGIN and any(item.plugin_tag == principal.id for item in record.awaited):
        return True
    return await sees_one_of(context, record.object_refs)


async def sees_one_of(context: RegistrarContext, refs: Iterable[str]) -> bool:
    """Whether the caller may see one of these objects."""
    for ref in refs:
        if await context.access.may_see_object(ref):
            return True
    return False


async def show_run(context: RegistrarContext, record: RunRecord) -> FlowRun:
    """The run as GraphQL shows it."""
    view = await context.engine.view(record)
    shown = FlowRun.from_record(view.run, view.awaiting)
    if record.trouble is not None and record.trouble.code == STATUS_UNKNOWN:
        shown.failure = UserError(code=STATUS_UNKNOWN, message=record.trouble.message)
    return shown
