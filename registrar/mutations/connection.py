"""Mutations of connections; they need the role OWNER on the object's owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.scalars import JSON

from flows.graphql.types import FlowRun, UserError
from identity import FORBIDDEN, CodedError
from registrar.cancel import cancel_ended
from registrar.config_schema import storage_problems
from registrar.context import RegistrarInfo
from registrar.documents import ConnectionDocument
from registrar.flows.connect_plugin import CONNECT_PLUGIN, ConnectPlugin
from registrar.flows.disconnect_plugin import DISCONNECT_PLUGIN, DisconnectPlugin
from registrar.flows.links import LinkValue, link_refusals
from registrar.flows.update_connection import AS_PLUGIN, UPDATE_CONNECTION, UpdateConnection
from registrar.mutations.shared import not_found, owner_errors, read_ref, result_of, run_flow, user_errors
from registrar.refs import ObjectRef, parse_object_ref
from registrar.types.connection import ConnectedPlugin
from registrar.types.fields import described
from registrar.types.plugin import OnFailure


@strawberry.input(description="One of objectRef and url.")
class LinkInput:
    name: str
    object_ref: str | None = None
    url: str | None = None


@strawberry.input
class ConnectPluginInput:
    object_ref: str
    plugin_tag: str
    config: JSON | None = None
    links: list[LinkInput] = strawberry.field(default_factory=list)
    on_failure: OnFailure | None = strawberry.field(
        default=None, description="In place of what the plugin's manifest says of its hooks; null: as that says."
    )
    idempotency_key: str | None = None


@strawberry.type
class ConnectPluginPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    connection: ConnectedPlugin | None = None


@strawberry.input
class DisconnectPluginInput:
    connection_id: strawberry.ID
    idempotency_key: str | None = None


@strawberry.type
class DisconnectPluginPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    connection: ConnectedPlugin | None = None


@strawberry.input
class UpdateConnectionInput:
    connection_id: strawberry.ID
    config: JSON | None = strawberry.field(default=None, description="Null leaves it as it is.")
    links: list[LinkInput] | None = strawberry.field(default=None, description="Null leaves them as they are.")
    on_failure: strawberry.Maybe[OnFailure | None] = strawberry.field(
        description="Left out, it stays as it is; null: as the plugin's manifest says."
    )
    idempotency_key: str | None = None


@strawberry.type
class UpdateConnectionPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    connection: ConnectedPlugin | None = None


@strawberry.type
class ConnectionMutations:
    @described("Connect a plugin to one object. Needs the role OWNER on the object's owner.")
    async def connect_plugin(self, info: RegistrarInfo, input: ConnectPluginInput) -> ConnectPluginPayload:
        info.context.access.require_signed_in()
        ref = read_ref(input.object_ref, "objectRef")
        config = _config({} if input.config is None else input.config)
        if not isinstance(ref, ObjectRef):
            return ConnectPluginPayload(errors=[ref])
        if isinstance(config, UserError):
            return ConnectPluginPayload(errors=[config])
        owner_ref = await info.context.ports.directory.owner_of(ref, info.context.authorization)
        if owner_ref is None:
            return ConnectPluginPayload(errors=[not_found("objectRef")])
        if not await info.context.access.owns(owner_ref):
            raise CodedError(FORBIDDEN, f"Connecting a plugin to {ref} needs the role OWNER on {owner_ref}.")
        links = await _links(info, input.links)
        if not isinstance(links, Found):
            return ConnectPluginPayload(errors=links)
        policy = None if input.on_failure is None else input.on_failure.value
        params = ConnectPlugin(str(ref), owner_ref, input.plugin_tag, config, links.links, policy)
        outcome = await run_flow(info, CONNECT_PLUGIN, params, input.idempotency_key)
        shown = await _shown(info, result_of(outcome, "connectionId", "connect"))
        return ConnectPluginPayload(run=outcome.run, errors=outcome.errors, connection=shown)

    @described("End a connection at once; what is not finished for it is cancelled.")
    async def disconnect_plugin(self, info: RegistrarInfo, input: DisconnectPluginInput) -> DisconnectPluginPayload:
        if errors := await _refused(info, input.connection_id):
            return DisconnectPluginPayload(errors=errors)
        params = DisconnectPlugin(input.connection_id)
        outcome = await run_flow(info, DISCONNECT_PLUGIN, params, input.idempotency_key)
        await _cancel(info, input.connection_id)  # also where it was ended before: that call may have come to no end
        shown = await _shown(info, result_of(outcome, "connectionId"))
        return DisconnectPluginPayload(run=outcome.run, errors=outcome.errors, connection=shown)

    @described("Give a connection another config, other links or another failure policy.")
    async def update_connection(self, info: RegistrarInfo, input: UpdateConnectionInput) -> UpdateConnectionPayload:
        if errors := await _refused(info, input.connection_id):
            return UpdateConnectionPayload(errors=errors)
        config = None if input.config is None else _config(input.config)
        if isinstance(config, UserError):
            return UpdateConnectionPayload(errors=[config])
        links = None if input.links is None else await _links(info, input.links)
        if links is not None and not isinstance(links, Found):
            return UpdateConnectionPayload(errors=links)
        given = None if links is None else links.links
        params = UpdateConnection(input.connection_id, config, given, _policy(input.on_failure))
        outcome = await run_flow(info, UPDATE_CONNECTION, params, input.idempotency_key)
        shown = await _shown(info, result_of(outcome, "connectionId"))
        return UpdateConnectionPayload(run=outcome.run, errors=outcome.errors, connection=shown)


class Found:
    """Links whose objects the caller may see, each with its owner."""

    def __init__(self, links: list[LinkValue]) -> None:
        self.links = links


async def _links(info: RegistrarInfo, given: Sequence[LinkInput]) -> Found | list[UserError]:
    values = [LinkValue(item.name, item.object_ref, item.url) for item in given]
    if refusals := link_refusals(values):
        return user_errors(refusals)
    found: list[LinkValue] = []
    for place, link in enumerate(values):
        owner_ref = None
        if link.object_ref is not None:
            ref = parse_object_ref(link.object_ref)
            owner_ref = await info.context.ports.directory.owner_of(ref, info.context.authorization)
            if owner_ref is None:
                return [not_found("links", str(place), "objectRef")]
        found.append(LinkValue(link.name, link.object_ref, link.url, owner_ref))
    return Found(found)


def _config(given: Any) -> dict[str, Any] | UserError:
    if not isinstance(given, dict):
        return UserError(code="BAD_CONFIG", message="config must be a JSON object.", field=["config"])
    problems = storage_problems(given)
    if problems:
        return UserError(
            code="BAD_CONFIG", message=f"This config cannot be kept: {'; '.join(problems)}", field=["config"]
        )
    return given


def _policy(given: strawberry.Some[OnFailure | None] | None) -> str | None:
    """A failure policy as the flow takes it; None where the input says nothing of it."""
    if given is None:
        return None
    return AS_PLUGIN if given.value is None else given.value.value


async def _refused(info: RegistrarInfo, connection_id: str) -> list[UserError]:
    """NOT_FOUND where there is no such connection for the caller; empty for the OWNER of its owner."""
    info.context.access.require_signed_in()
    found = await info.context.loaders.load(ConnectionDocument, connection_id)
    if found is None:
        return [not_found("connectionId")]
    return await owner_errors(info, found.owner_ref, "connectionId")


async def _cancel(info: RegistrarInfo, connection_id: str) -> None:
    ended = await info.context.loaders.load(ConnectionDocument, connection_id)
    if ended is not None:
        await cancel_ended(info.context.store, info.context.engine, ended.plugin_tag, ended.owner_ref)


async def _shown(info: RegistrarInfo, id: str | None) -> ConnectedPlugin | None:
    return await ConnectedPlugin.load(info, id) if id else None
