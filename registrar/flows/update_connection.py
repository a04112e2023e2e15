"""`updateConnection`: another config, other links or another failure policy for a connection that stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from registrar.documents import ConnectionDocument, ConnectionStatus, PluginDocument
from registrar.flows.connect_plugin import config_refusal
from registrar.flows.links import LinkValue, link_refusals
from registrar.flows.shared import no_connection, no_plugin

AS_PLUGIN = "AS_PLUGIN"
"""In place of a failure policy: the connection has that of its plugin again."""


@dataclass(frozen=True)
class UpdateConnection:
    """What the caller gave; None leaves a thing as it is."""

    connection_id: str
    config: dict[str, Any] | None = None
    links: list[LinkValue] | None = None
    on_failure: str | None = None


async def update(
    ctx: StepContext[UpdateConnection], connection: ConnectionDocument | None
) -> Change | Unchanged | Refusal:
    """Write what was given."""
    params = ctx.params
    if connection is None or connection.status is not ConnectionStatus.ACTIVE:
        return no_connection(params.connection_id)
    plugin = await ctx.load(PluginDocument, connection.plugin_tag)
    if plugin is None:
        return no_plugin(connection.plugin_tag, ("connectionId",))
    if params.config is not None:
        refusal = config_refusal(plugin, params.config)
        if refusal is not None:
            return refusal
    changes: dict[str, Any] = {}
    if params.config is not None and params.config != connection.config:
        changes["config"] = params.config
    links = None if params.links is None else [link.stored() for link in params.links]
    if links is not None and links != connection.links:
        changes["links"] = links
    on_failure = None if params.on_failure == AS_PLUGIN else params.on_failure
    if params.on_failure is not None and on_failure != connection.on_failure:
        changes["on_failure"] = on_failure
    result = {"connectionId": connection.id}
    return Change(connection.model_copy(update=changes), result=result) if changes else Unchanged(result=result)


UPDATE_CONNECTION = Flow(
    tag="updateConnection",
    params=UpdateConnection,
    object_refs=lambda params: [params.connection_id.partition("#")[0]],
    check=lambda params: link_refusals(params.links or ()),
    steps=(WriteStep(document=ConnectionDocument, subject=lambda ctx: ctx.params.connection_id, change=update),),
)
