"""Dead deliveries made due again: those of given ids, or page by page all that a filter selects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flows.graphql.pages import encode_cursor, find_page
from flows.graphql.types import PageInfo, UserError
from flows.records import DELIVERIES, DeliveryRecord, DeliveryStatus
from identity import PrincipalKind, Role, user_ref
from registrar.context import RegistrarContext
from registrar.documents import CONNECTIONS
from registrar.listing import DeliveryFilter, Where, narrow_deliveries
from registrar.rights import managed_owners, seen_owners
from registrar.types.delivery import may_see_delivery
from store import translate_errors

MOST_IDS = 100
PAGE = 1000
"""Deliveries of a filter that one call looks at, at most."""


@dataclass
class Redriven:
    """What one call came to.

    Attributes:
        deliveries: those that are not dead any more, as they are now.
        page: where the next call goes on; None for ids.
    """

    deliveries: list[DeliveryRecord] = field(default_factory=list)
    errors: list[UserError] = field(default_factory=list)
    page: PageInfo | None = None


async def redrive_ids(context: RegistrarContext, given: Sequence[str]) -> Redriven:
    """Re-drive the deliveries of these ids; each that cannot be has an error of its own."""
    ids = list(dict.fromkeys(given))
    if len(ids) > MOST_IDS:
        message = f"{len(ids)} ids; at most {MOST_IDS} at once, or a filter."
        return Redriven(errors=[UserError(code="TOO_MANY", message=message, field=["select", "ids"])])
    stored = await context.engine.deliveries.read_many(ids)
    errors: list[UserError] = []
    dead: list[DeliveryRecord] = []
    for id in ids:
        error = await _why_not(context, id, stored.get(id))
        if error is None:
            dead.append(stored[id])
        else:
            errors.append(error)
    return Redriven(await context.engine.redrive(dead), errors)


async def _why_not(context: RegistrarContext, id: str, record: DeliveryRecord | None) -> UserError | None:
    if record is None or not await may_see_delivery(context, record):
        message = f"There is no delivery {id[:80]!r} that you may see."
        return UserError(code="NOT_FOUND", message=message, field=["select", "ids"])
    if not await may_redrive(context, record):
        message = f"Delivery {id} is of {record.owner_ref}; that needs its MANAGER or an admin."
        return UserError(code="FORBIDDEN", message=message, field=["select"])
    if record.status is not DeliveryStatus.DEAD:
        message = f"Delivery {id} is {record.status}, not DEAD."
        return UserError(code="NOT_DEAD", message=message, field=["select"])
    return None


async def redrive_page(context: RegistrarContext, filter: DeliveryFilter, first: int, after: str | None) -> Redriven:
    """Re-drive the next dead deliveries that the filter selects among those that the caller may re-drive, oldest first.

    A call that is repeated finds those that are dead still. One that dies again meanwhile is behind the cursor, so
    who follows the cursor comes to an end.

    Raises:
        CodedError: BAD_USER_INPUT for a page or a filter that can be none.
    """
    if filter.status not in (None, DeliveryStatus.DEAD):
        message = f"Only DEAD deliveries can be driven again, not {filter.status.value}."
        return Redriven(errors=[UserError(code="NOT_DEAD", message=message, field=["select", "filter", "status"])])
    where = await _drivable(context)
    if where is None:
        return Redriven(errors=[_forbidden("Driving deliveries again needs a MANAGER of their owner, or an admin.")])
    await narrow_deliveries(context, where, filter)
    where["status"] = DeliveryStatus.DEAD.value
    rows, more = await find_page(context.store, DELIVERIES, where, first, after, PAGE)
    if not rows and after is None and (error := await _why_none(context, filter)):
        return Redriven(errors=[error])
    found = [DeliveryRecord.model_validate(row) for row in rows]
    cursors = [encode_cursor(item.created_at, item.id) for item in found]
    page = PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else after,
    )
    return Redriven(await context.engine.redrive(found), page=page)


async def _why_none(context: RegistrarContext, filter: DeliveryFilter) -> UserError | None:
    """Why a filter that selects nothing could select nothing for this caller: a count of 0 would hide it."""
    if context.principal.is_admin:
        return None
    seen, managed = await seen_owners(context), await managed_owners(context)
    ref = filter.object_ref
    if ref is not None:
        owners = await _owners_of(context, ref)
        if not owners.intersection(seen):
            message = f"{ref[:200]} has no connection that you may see."
            return UserError(code="NOT_FOUND", message=message, field=["select", "filter", "objectRef"])
        seen = sorted(owners.intersection(seen))
    lesser = sorted(set(seen).difference(managed))
    manages = set(seen).intersection(managed).difference([user_ref(context.principal.id)])
    if not lesser or (manages and not await _has_dead(context, filter, lesser)):
        return None
    return _forbidden(f"You may see deliveries of {', '.join(lesser)[:200]}; driving them again needs a MANAGER.")


async def _has_dead(context: RegistrarContext, filter: DeliveryFilter, owners: Sequence[str]) -> bool:
    """Whether the filter selects a dead delivery of these owners."""
    where: Where = {"owner_ref": {"$in": list(owners)}}
    await narrow_deliveries(context, where, filter)
    rows, _ = await find_page(context.store, DELIVERIES, {**where, "status": DeliveryStatus.DEAD.value}, 1, None)
    return bool(rows)


async def _owners_of(context: RegistrarContext, object_ref: str) -> set[str]:
    """Who owned the object when a plugin was connected to it, whether or not the connection still stands."""
    with translate_errors():
        rows = await context.store.collection(CONNECTIONS).find({"object_ref": object_ref}, {"owner_ref": 1}).to_list()
    return {row["owner_ref"] for row in rows if "owner_ref" in row}


def _forbidden(message: str) -> UserError:
    return UserError(code="FORBIDDEN", message=message, field=["select"])


async def _drivable(context: RegistrarContext) -> Where | None:
    """What limits a filter to what the caller may re-drive; None for who may re-drive nothing at all."""
    if context.principal.is_admin:
        return {}
    if context.principal.kind is not PrincipalKind.USER:
        return None
    return {"owner_ref": {"$in": await managed_owners(context)}}


async def may_redrive(context: RegistrarContext, record: DeliveryRecord) -> bool:
    """Admins, and MANAGERs of the owner."""
    if context.principal.is_admin:
        return True
    if context.principal.kind is not PrincipalKind.USER:
        return False
    role = await context.access.role(record.owner_ref)
    return role is not None and role.includes(Role.MANAGER)
