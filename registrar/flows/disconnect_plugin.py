"""`disconnectPlugin`: end a connection at once, and tell the plugin so."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from flows.schema import Change, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from registrar.documents import ConnectionDocument, ConnectionStatus
from registrar.flows.shared import no_connection
from registrar.refs import CONNECTABLE


@dataclass(frozen=True)
class DisconnectPlugin:
    """What the caller gave."""

    connection_id: str


@strawberry.type(description="A plugin has been disconnected from an object; told to that plugin.")
class RegistrarDisconnectPluginCommitDisconnected:
    connection_id: strawberry.ID
    object_ref: str
    plugin_tag: str


async def disconnect(
    ctx: StepContext[DisconnectPlugin], connection: ConnectionDocument | None
) -> Change | Unchanged | Refusal:
    """End the connection; its document stays, so that it can be seen and taken up again."""
    if connection is None or connection.status is not ConnectionStatus.ACTIVE:
        return no_connection(ctx.params.connection_id)
    payload = RegistrarDisconnectPluginCommitDisconnected(
        connection_id=strawberry.ID(connection.id),
        object_ref=connection.object_ref,
        plugin_tag=connection.plugin_tag,
    )
    return Change(
        connection.model_copy(update={"status": ConnectionStatus.DISCONNECTED}),
        result={"connectionId": connection.id},
        hooks={"disconnected": HookCall([connection.object_ref], payload, only=connection.plugin_tag)},
        object_refs=[connection.object_ref],
    )


DISCONNECT_PLUGIN = Flow(
    tag="disconnectPlugin",
    params=DisconnectPlugin,
    object_refs=lambda params: [params.connection_id.partition("#")[0]],
    steps=(
        WriteStep(
            document=ConnectionDocument,
            subject=lambda ctx: ctx.params.connection_id,
            change=disconnect,
            hooks=(
                Hook(
                    "disconnected",
                    tuple(CONNECTABLE),
                    RegistrarDisconnectPluginCommitDisconnected,
                    outlives_connection=True,
                ),
            ),
        ),
    ),
)
