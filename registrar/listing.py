"""Filters and pages of what the registrar lists; callers see only what is theirs to see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from flows.graphql.pages import MAX_PAGE, Connection, check_first, encode_cursor, find_page, make_connection, page
from flows.graphql.types import FlowRun, FlowStatus, to_milliseconds
from flows.records import DELIVERIES, RUNS, AttemptError, DeliveryRecord, DeliveryStatus, RunRecord
from identity import CodedError, PrincipalKind
from registrar.context import RegistrarContext, RegistrarInfo
from registrar.documents import AuthorizationDocument, ConnectionDocument, ConnectionStatus
from registrar.filters import check_connectable, check_names, check_ref
from registrar.rights import seen_owners
from registrar.stored import delivery_of, read_run, run_of
from registrar.types.connection import Authorization, ConnectedPlugin
from registrar.types.delivery import Delivery, may_see_run, show_run

Where = dict[str, Any]

LOOKS = 3
"""Pages of runs that are looked at for those which the caller may see, in one call."""


@strawberry.input
class ConnectionFilter:
    service: str | None = None
    status: ConnectionStatus | None = None
    plugin_tag: str | None = None
    object_ref: str | None = None


@strawberry.input
class DeliveryFilter:
    service: str | None = None
    status: DeliveryStatus | None = None
    plugin_tag: str | None = None
    object_ref: str | None = None
    hook_id: str | None = None
    error_code: AttemptError | None = strawberry.field(default=None, description="Why the last attempt failed.")
    since: datetime | None = strawberry.field(default=None, description="Made at that moment or later.")
    until: datetime | None = strawberry.field(default=None, description="Made before that moment.")


@strawberry.input
class RunFilter:
    service: str | None = None
    status: FlowStatus | None = None
    plugin_tag: str | None = None
    object_ref: str | None = None
    flow: str | None = strawberry.field(default=None, description="Of this flow, by its tag.")
    version: int | None = strawberry.field(default=None, description="Begun under this version of their flow.")
    parent: strawberry.ID | None = strawberry.field(
        default=None, description="Of a run that started others: these, such as those of a change over many objects."
    )


async def list_connections(
    info: RegistrarInfo, filter: ConnectionFilter | None, first: int, after: str | None
) -> Connection[ConnectedPlugin]:
    """Connections of owners that a user has a role on, or of the plugin itself; all for an admin."""
    where = await _own(info.context)
    if filter is not None:
        await check_names(info.context, service=filter.service, plugin_tag=filter.plugin_tag)
        check_connectable("filter.objectRef", filter.object_ref)
        if filter.service is not None:
            where["object_ref"] = {"$gte": f"{filter.service}:", "$lt": f"{filter.service};"}
        if filter.object_ref is not None:
            where["object_ref"] = filter.object_ref
        if filter.status is not None:
            where["status"] = filter.status.value
        _narrow(where, "plugin_tag", filter.plugin_tag)
    return await page(info.context.store, ConnectionDocument, where, ConnectedPlugin.of, first, after)


async def list_authorizations(
    info: RegistrarInfo, owner_ref: str | None, first: int, after: str | None
) -> Connection[Authorization]:
    """Authorizations of owners that a user has a role on, or of the plugin itself; all for an admin."""
    where = await _own(info.context)
    check_connectable("ownerRef", owner_ref)
    _narrow(where, "owner_ref", owner_ref)
    return await page(info.context.store, AuthorizationDocument, where, Authorization.of, first, after)


async def list_deliveries(
    info: RegistrarInfo, filter: DeliveryFilter | None, first: int, after: str | None
) -> Connection[Delivery]:
    """Deliveries of owners that a user has a role on, or to the plugin itself; all for an admin."""
    records, more = await find_deliveries(info.context, filter, first, after)
    cursors = [encode_cursor(item.created_at, item.id) for item, _ in records]
    return make_connection([Delivery.of(*item) for item in records], cursors, more, after)


async def find_deliveries(
    context: RegistrarContext, filter: DeliveryFilter | None, first: int, after: str | None
) -> tuple[list[tuple[DeliveryRecord, bool]], bool]:
    """A page of the deliveries that the caller may see, each with whether its status is known, and if more follow."""
    where = await _own(context)
    if filter is not None:
        await narrow_deliveries(context, where, filter)
    rows, more = await find_page(context.store, DELIVERIES, where, first, after)
    return [delivery_of(row) for row in rows], more


async def narrow_deliveries(context: RegistrarContext, where: Where, filter: DeliveryFilter) -> None:
    """Ask only for deliveries that the filter selects; CodedError where it can select none."""
    await check_names(context, service=filter.service, plugin_tag=filter.plugin_tag, hook_id=filter.hook_id)
    check_connectable("filter.objectRef", filter.object_ref)
    _narrow(where, "service", filter.service)
    _narrow(where, "plugin_tag", filter.plugin_tag)
    _narrow(where, "hook_id", filter.hook_id)
    if filter.status is not None:
        where["status"] = filter.status.value
    if filter.error_code is not None:
        where["last_error_code"] = filter.error_code.value
    if filter.object_ref is not None:
        where["connections"] = {"$elemMatch": {"object_ref": filter.object_ref}}
    since, until = (None if item is None else to_milliseconds(item) for item in (filter.since, filter.until))
    if since is not None and until is not None and since >= until:
        raise CodedError("BAD_USER_INPUT", "filter: since must be before until")
    made = {name: value for name, value in (("$gte", since), ("$lt", until)) if value is not None}
    if made:
        where["created_at"] = made


async def list_runs(
    info: RegistrarInfo, filter: RunFilter | None, first: int, after: str | None
) -> Connection[FlowRun]:
    """The caller's own runs; those of an object, or of a parent, for whoever may see them; all for an admin."""
    context = info.context
    context.access.require_signed_in()
    ref = filter.object_ref if filter is not None else None
    parent = filter.parent if filter is not None else None
    where: Where = {}
    if parent is not None:
        where["parent"] = parent
    if ref is not None:
        check_ref(ref)
    elif parent is None and not context.principal.is_admin:
        where["principal.ref"] = context.principal.ref
    if filter is not None:
        await check_names(context, service=filter.service, plugin_tag=filter.plugin_tag)
        _narrow(where, "service", filter.service)
        if filter.status is not None:
            where["status"] = filter.status.value
        if filter.plugin_tag is not None:
            where["awaited"] = {"$elemMatch": {"plugin_tag": filter.plugin_tag}}
        _narrow(where, "flow", filter.flow)
        if filter.version is not None:
            where["version"] = filter.version
    records, more = await _visible(context, where, ref, first, after, parent)
    cursors = [encode_cursor(item.created_at, item.id) for item in records]
    return make_connection([await show_run(context, item) for item in records], cursors, more, after)


async def _visible(
    context: RegistrarContext, where: Where, ref: str | None, first: int, after: str | None, parent: str | None
) -> tuple[list[RunRecord], bool]:
    """A page of the runs of `where` that the caller may see, and whether more follow that they may see.

    With `ref`, of those about that object.

    So many as are looked at may be hidden between two that are not; beyond these the caller's own are found. What is
    hidden leaves no trace in the page or its cursors.
    """
    check_first(first)
    listed = None if ref is None else ("object_refs", ref)
    if await _sees_all(context, where, parent):
        rows, more = await find_page(context.store, RUNS, where, first, after, listed=listed)
        return [run_of(row) for row in rows], more
    found: list[RunRecord] = []
    for look in range(LOOKS):
        size = MAX_PAGE if look else min(first + 1, MAX_PAGE)
        rows, more = await find_page(context.store, RUNS, where, size, after, listed=listed)
        runs = [run_of(row) for row in rows]
        found += [run for run in runs if await may_see_run(context, run)]
        if len(found) > first or not more:
            return found[:first], len(found) > first
        after = encode_cursor(runs[-1].created_at, runs[-1].id)
    mine = {**where, "principal.ref": context.principal.ref}
    rows, _ = await find_page(context.store, RUNS, mine, first + 1 - len(found), after, MAX_PAGE + 1, listed)
    found += [run_of(row) for row in rows]
    return found[:first], len(found) > first


async def _sees_all(context: RegistrarContext, where: Where, parent: str | None) -> bool:
    """Whether the caller may see every run of `where`: their own, or those that a run of theirs to see has started."""
    if context.principal.is_admin or "principal.ref" in where:
        return True
    starter = await read_run(context.store, parent) if parent is not None else None
    return starter is not None and await may_see_run(context, starter)


async def _own(context: RegistrarContext) -> Where:
    """What limits a list to the caller's own: nothing for an admin, else the plugin's tag or the user's owners."""
    context.access.require_signed_in()
    principal = context.principal
    if principal.is_admin:
        return {}
    if principal.kind is PrincipalKind.PLUGIN:
        return {"plugin_tag": principal.id}
    return {"owner_ref": {"$in": await seen_owners(context)}}


def _narrow(where: Where, name: str, value: str | None) -> None:
    """Ask for one value too, without widening what `where` allows already."""
    if value is None:
        return
    allowed: Any = where.get(name)
    if isinstance(allowed, Mapping):
        where[name] = value if value in allowed["$in"] else {"$in": []}
    elif allowed is None or allowed == value:
        where[name] = value
    else:
        where[name] = {"$in": []}
