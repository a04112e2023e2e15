"""`connectPlugin`: attach a plugin to one object, and tell it so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import strawberry
from strawberry.scalars import JSON

from flows.schema import Change, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from registrar.config_schema import config_problems
from registrar.context import RegistrarInfo
from registrar.documents import ConnectionDocument, ConnectionStatus, PluginDocument
from registrar.flows.links import LinkValue, link_refusals
from registrar.flows.shared import no_plugin
from registrar.manifest import read_schema
from registrar.refs import CONNECTABLE, BadObjectRef, connection_id, parse_object_ref
from registrar.types.connection import ConnectedPlugin


@dataclass(frozen=True)
class ConnectPlugin:
    """What the caller gave, and whose object it is."""

    object_ref: str
    owner_ref: str
    plugin_tag: str
    config: dict[str, Any] = field(default_factory=dict)
    links: list[LinkValue] = field(default_factory=list)
    on_failure: str | None = None

    @property
    def connection_id(self) -> str:
        """The id of the connection that this makes."""
        return connection_id(self.object_ref, self.plugin_tag)


@strawberry.type(description="A plugin has been connected to an object; told to that plugin.")
class RegistrarConnectPluginCommitConnected:
    connection_id: strawberry.ID
    object_ref: str
    plugin_tag: str
    config: JSON

    @strawberry.field
    async def connection(self, info: RegistrarInfo) -> ConnectedPlugin | None:
        return await ConnectedPlugin.live(info, self.connection_id)


def check(params: ConnectPlugin) -> list[Refusal]:
    """A ref of a connectable object, and links that are links."""
    refusals = link_refusals(params.links)
    try:
        parse_object_ref(params.object_ref)
    except BadObjectRef as error:
        refusals.append(Refusal("BAD_OBJECT_REF", str(error), ("objectRef",)))
    return refusals


def config_refusal(plugin: PluginDocument, config: dict[str, Any]) -> Refusal | None:
    """Why the plugin cannot take this config; None where it can."""
    problems = config_problems(read_schema(plugin.config_schema), config)
    if not problems:
        return None
    return Refusal("BAD_CONFIG", f"Plugin {plugin.id!r} cannot take this config: {'; '.join(problems)}.", ("config",))


def plugin_refusal(plugin: PluginDocument, object_ref: str) -> Refusal | None:
    """Why the plugin cannot be connected to this object; None where it can."""
    obj_type = parse_object_ref(object_ref).obj_type
    if obj_type not in plugin.obj_types:
        allowed = ", ".join(plugin.obj_types) or "nothing"
        message = f"Plugin {plugin.id!r} connects to {allowed}, not to {obj_type}."
        return Refusal("OBJ_TYPE_NOT_SUPPORTED", message, ("objectRef",))
    if not plugin.enabled:
        return Refusal("PLUGIN_DISABLED", f"Plugin {plugin.id!r} is disabled; an admin can enable it.", ("pluginTag",))
    return None


async def connect(
    ctx: StepContext[ConnectPlugin], connection: ConnectionDocument | None
) -> Change | Unchanged | Refusal:
    """Write the connection; one that was ended is taken up again."""
    params = ctx.params
    plugin = await ctx.load(PluginDocument, params.plugin_tag)
    if plugin is None:
        return no_plugin(params.plugin_tag, ("pluginTag",))
    refusal = plugin_refusal(plugin, params.object_ref) or config_refusal(plugin, params.config)
    if refusal is not None:
        return refusal
    fields = {
        "owner_ref": params.owner_ref,
        "config": params.config,
        "links": [link.stored() for link in params.links],
        "on_failure": params.on_failure,
        "status": ConnectionStatus.ACTIVE,
        "connected_by": ctx.principal.ref,
    }
    result = {"connectionId": params.connection_id}
    if connection is None:
        made = ConnectionDocument(
            id=params.connection_id,
            created_at=ctx.now,
            object_ref=params.object_ref,
            plugin_tag=params.plugin_tag,
            **fields,
        )
        return Change(made, result=result, object_refs=[params.object_ref])
    if connection.status is ConnectionStatus.ACTIVE:
        message = f"Plugin {plugin.id!r} is connected to {params.object_ref} already; use updateConnection."
        return Refusal("ALREADY_CONNECTED", message, ("pluginTag",))
    return Change(connection.model_copy(update=fields), result=result)


async def tell(ctx: StepContext[ConnectPlugin], connection: ConnectionDocument | None) -> Change | Unchanged:
    """Tell the plugin. A step of its own: a hook finds the connections that stood before its step's write."""
    result = {"connectionId": ctx.params.connection_id}
    if connection is None or connection.status is not ConnectionStatus.ACTIVE:
        return Unchanged(result=result)
    payload = RegistrarConnectPluginCommitConnected(
        connection_id=strawberry.ID(connection.id),
        object_ref=connection.object_ref,
        plugin_tag=connection.plugin_tag,
        config=JSON(connection.config),
    )
    return Change(
        connection.model_copy(update={"connected_run": ctx.run_id}),
        result=result,
        hooks={"connected": HookCall([connection.object_ref], payload, only=connection.plugin_tag)},
    )


CONNECT_PLUGIN = Flow(
    tag="connectPlugin",
    params=ConnectPlugin,
    object_refs=lambda params: [params.object_ref],
    check=check,
    steps=(
        WriteStep(
            tag="connect",
            document=ConnectionDocument,
            subject=lambda ctx: ctx.params.connection_id,
            change=connect,
        ),
        WriteStep(
            document=ConnectionDocument,
            subject=lambda ctx: ctx.params.connection_id,
            change=tell,
            hooks=(Hook("connected", tuple(CONNECTABLE), RegistrarConnectPluginCommitConnected),),
        ),
    ),
)
