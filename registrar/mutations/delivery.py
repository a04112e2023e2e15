"""`redriveDeliveries`: dead deliveries are due again."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, UserError
from flows.records import DeliveryRecord, DeliveryStatus
from identity import PrincipalKind, Role
from registrar.context import RegistrarContext, RegistrarInfo
from registrar.listing import DeliveryFilter, find_deliveries
from registrar.types.delivery import Delivery, may_see_delivery
from registrar.types.fields import described

MOST = 100


@strawberry.input(one_of=True, description="Deliveries by id, or the dead ones that a filter selects.")
class DeliverySelect:
    ids: strawberry.Maybe[list[strawberry.ID]]
    filter: strawberry.Maybe[DeliveryFilter]


@strawberry.input
class RedriveDeliveriesInput:
    select: DeliverySelect
    idempotency_key: str | None = None


@strawberry.type
class RedriveDeliveriesPayload:
    errors: list[UserError]
    deliveries: list[Delivery]
    run: FlowRun | None = None


@strawberry.type
class DeliveryMutations:
    @described("Make dead deliveries due again, at most 100 at once. Doing it twice is harmless.")
    async def redrive_deliveries(self, info: RegistrarInfo, input: RedriveDeliveriesInput) -> RedriveDeliveriesPayload:
        info.context.access.require_signed_in()
        records, errors = await _selected(info.context, input.select)
        driven: list[Delivery] = []
        for record in records:
            if not await may_redrive(info.context, record):
                message = f"Delivery {record.id} is of {record.owner_ref}; that needs its MANAGER or an admin."
                errors.append(UserError(code="FORBIDDEN", message=message, field=["select"]))
                continue
            if await info.context.engine.redrive(record.id):
                now = await info.context.engine.deliveries.read(record.id)
                driven.append(Delivery.of(now or record))
            else:
                message = f"Delivery {record.id} is {record.status}, not DEAD."
                errors.append(UserError(code="NOT_DEAD", message=message, field=["select"]))
        return RedriveDeliveriesPayload(errors=errors, deliveries=driven)


async def _selected(context: RegistrarContext, select: DeliverySelect) -> tuple[list[DeliveryRecord], list[UserError]]:
    if select.ids is None:
        assert select.filter is not None, "one_of: GraphQL has checked that one is given"
        wanted = DeliveryFilter(
            service=select.filter.value.service,
            status=DeliveryStatus.DEAD,
            plugin_tag=select.filter.value.plugin_tag,
            object_ref=select.filter.value.object_ref,
        )
        return (await find_deliveries(context, wanted, MOST, None))[0], []
    ids = list(dict.fromkeys(select.ids.value))
    if len(ids) > MOST:
        message = f"{len(ids)} ids; at most {MOST} at once."
        return [], [UserError(code="TOO_MANY", message=message, field=["select", "ids"])]
    records: list[DeliveryRecord] = []
    errors: list[UserError] = []
    for id in ids:
        found = await context.engine.deliveries.read(id)
        if found is not None and await may_see_delivery(context, found):
            records.append(found)
        else:
            message = f"There is no delivery {id[:80]!r} that you may see."
            errors.append(UserError(code="NOT_FOUND", message=message, field=["select", "ids"]))
    return records, errors


async def may_redrive(context: RegistrarContext, record: DeliveryRecord) -> bool:
    """Admins, and MANAGERs of the owner."""
    if context.principal.is_admin:
        return True
    if context.principal.kind is not PrincipalKind.USER:
        return False
    role = await context.access.role(record.owner_ref)
    return role is not None and role.includes(Role.MANAGER)
