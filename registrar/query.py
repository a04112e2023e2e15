"""The registrar's queries. What the caller may not see is null."""

from __future__ import annotations

import strawberry

from flows.graphql.pages import Connection, page
from flows.graphql.types import FlowRun
from registrar.context import RegistrarInfo
from registrar.documents import HookDocument, PluginDocument
from registrar.filters import check_names
from registrar.listing import (
    ConnectionFilter,
    DeliveryFilter,
    RunFilter,
    list_authorizations,
    list_connections,
    list_deliveries,
    list_runs,
)
from registrar.stored import read_delivery, read_run
from registrar.types.connection import Authorization, ConnectedPlugin
from registrar.types.delivery import Delivery, may_see_delivery, may_see_run, show_run
from registrar.types.fields import described
from registrar.types.plugin import Hook, Plugin
from registrar.types.user import Me, me


@strawberry.type
class Query:
    @described("Who you are, and the objects you have a role on.")
    async def me(self, info: RegistrarInfo) -> Me:
        return await me(info)

    @described("The registered plugins; with `objType` only those that connect to that type.")
    async def plugins(
        self, info: RegistrarInfo, obj_type: str | None = None, first: int = 20, after: str | None = None
    ) -> Connection[Plugin]:
        info.context.access.require_signed_in()
        where = {} if obj_type is None else {"obj_types": {"$all": [obj_type]}}
        return await page(info.context.store, PluginDocument, where, Plugin.of, first, after)

    @strawberry.field
    async def plugin(self, info: RegistrarInfo, tag: str) -> Plugin | None:
        return await Plugin.load(info, tag)

    @described("The hooks that services have announced, by id.")
    async def hooks(self, info: RegistrarInfo, service: str | None = None) -> list[Hook]:
        info.context.access.require_signed_in()
        await check_names(info.context, service=service)
        found = await HookDocument.find({} if service is None else {"service": service}).to_list()
        return [Hook.of(item) for item in sorted(found, key=lambda item: item.id) if not item.deleted]

    @strawberry.field
    async def connection(self, info: RegistrarInfo, id: strawberry.ID) -> ConnectedPlugin | None:
        return await ConnectedPlugin.load(info, id)

    @described("Connections of what you have a role on.")
    async def connections(
        self,
        info: RegistrarInfo,
        filter: ConnectionFilter | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Connection[ConnectedPlugin]:
        return await list_connections(info, filter, first, after)

    @described("Authorizations of what you have a role on; a plugin sees its own.")
    async def authorizations(
        self, info: RegistrarInfo, owner_ref: str | None = None, first: int = 20, after: str | None = None
    ) -> Connection[Authorization]:
        return await list_authorizations(info, owner_ref, first, after)

    @strawberry.field
    async def delivery(self, info: RegistrarInfo, id: strawberry.ID) -> Delivery | None:
        info.context.access.require_signed_in()
        found = await read_delivery(info.context.store, id)
        return Delivery.of(*found) if found is not None and await may_see_delivery(info.context, found[0]) else None

    @described("Deliveries that concern what you have a role on.")
    async def deliveries(
        self,
        info: RegistrarInfo,
        filter: DeliveryFilter | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Connection[Delivery]:
        return await list_deliveries(info, filter, first, after)

    @described("A run of any service.", name="run")
    async def run_of_any_service(self, info: RegistrarInfo, id: strawberry.ID) -> FlowRun | None:
        info.context.access.require_signed_in()
        found = await read_run(info.context.store, id)
        if found is None or not await may_see_run(info.context, found):
            return None
        return await show_run(info.context, found)

    @described("Runs of all services: yours, or with `objectRef` those about an object that you may see.")
    async def runs(
        self, info: RegistrarInfo, filter: RunFilter | None = None, first: int = 20, after: str | None = None
    ) -> Connection[FlowRun]:
        return await list_runs(info, filter, first, after)
