"""Mutations of authorizations; they need the role OWNER on the owner."""

from __future__ import annotations

import re
from typing import Any

import strawberry
from strawberry.scalars import JSON

from flows.graphql.types import FlowRun, UserError
from registrar.cancel import cancel_ended
from registrar.context import RegistrarInfo
from registrar.documents import AuthorizationDocument, ConnectionDocument, ConnectionStatus
from registrar.flows.authorizations import AUTHORIZE_PLUGIN, REVOKE_AUTHORIZATION, AuthorizePlugin, RevokeAuthorization
from registrar.mutations.shared import not_found, owner_errors, read_ref, result_of, run_flow
from registrar.refs import ObjectRef, parse_object_ref
from registrar.targets import authorization_id
from registrar.types.connection import Authorization
from registrar.types.fields import described

_SECRET_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
LARGEST_SECRET = 8192
MOST_SECRETS = 20


@strawberry.input(one_of=True, description="An owner, for all that it owns, or one connection.")
class AuthorizationTarget:
    owner_ref: strawberry.Maybe[str]
    connection_id: strawberry.Maybe[strawberry.ID]


@strawberry.input
class AuthorizePluginInput:
    target: AuthorizationTarget
    plugin_tag: str
    permissions: list[str] | None = strawberry.field(
        default=None, description="Null grants all that the plugin's manifest asks for."
    )
    secrets: JSON | None = strawberry.field(
        default=None, description="An object of strings; null keeps those that are there."
    )
    idempotency_key: str | None = None


@strawberry.type
class AuthorizePluginPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    authorization: Authorization | None = None


@strawberry.input
class RevokeAuthorizationInput:
    authorization_id: strawberry.ID
    idempotency_key: str | None = None


@strawberry.type
class RevokeAuthorizationPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    authorization: Authorization | None = None


@strawberry.type
class AuthorizationMutations:
    @described("Allow a plugin to act on all that an owner owns, or on one connection. Needs the role OWNER.")
    async def authorize_plugin(self, info: RegistrarInfo, input: AuthorizePluginInput) -> AuthorizePluginPayload:
        info.context.access.require_signed_in()
        target = await _target(info, input)
        if isinstance(target, list):
            return AuthorizePluginPayload(errors=target)
        owner_ref, connection_id = target
        secrets = _sealed(info, input, connection_id or owner_ref)
        if isinstance(secrets, list):
            return AuthorizePluginPayload(errors=secrets)
        params = AuthorizePlugin(
            owner_ref=owner_ref,
            plugin_tag=input.plugin_tag,
            connection_id=connection_id,
            permissions=input.permissions,
            secrets=secrets,
        )
        outcome = await run_flow(info, AUTHORIZE_PLUGIN, params, input.idempotency_key)
        found = await _shown(info, result_of(outcome, "authorizationId"))
        return AuthorizePluginPayload(run=outcome.run, errors=outcome.errors, authorization=found)

    @described("Take an authorization back: what is not finished under it is cancelled, its secrets are forgotten.")
    async def revoke_authorization(
        self, info: RegistrarInfo, input: RevokeAuthorizationInput
    ) -> RevokeAuthorizationPayload:
        info.context.access.require_signed_in()
        found = await info.context.loaders.load(AuthorizationDocument, input.authorization_id)
        if found is None:
            return RevokeAuthorizationPayload(errors=[not_found("authorizationId")])
        if errors := await owner_errors(info, found.owner_ref, "authorizationId"):
            return RevokeAuthorizationPayload(errors=errors)
        params = RevokeAuthorization(input.authorization_id, found.owner_ref)
        outcome = await run_flow(info, REVOKE_AUTHORIZATION, params, input.idempotency_key)
        shown = await _shown(info, result_of(outcome, "authorizationId"))
        if shown is not None:
            await _cancel(info, found)
        return RevokeAuthorizationPayload(run=outcome.run, errors=outcome.errors, authorization=shown)


async def _target(info: RegistrarInfo, input: AuthorizePluginInput) -> tuple[str, str | None] | list[UserError]:
    """The owner and the connection that are meant; errors where the caller does not own them."""
    if input.target.connection_id is not None:
        id = str(input.target.connection_id.value)
        connection = await info.context.loaders.load(ConnectionDocument, id)
        if connection is None or connection.status is not ConnectionStatus.ACTIVE:
            return [not_found("target", "connectionId")]
        if errors := await owner_errors(info, connection.owner_ref, "target", "connectionId"):
            return errors
        if connection.plugin_tag != input.plugin_tag:
            message = f"That connection is of plugin {connection.plugin_tag!r}, not {input.plugin_tag[:80]!r}."
            return [UserError(code="OTHER_PLUGIN", message=message, field=["pluginTag"])]
        return connection.owner_ref, id
    assert input.target.owner_ref is not None, "one_of: GraphQL has checked that one is given"
    ref = read_ref(input.target.owner_ref.value, "target", "ownerRef")
    if not isinstance(ref, ObjectRef):
        return [ref]
    if not ref.type.owns_itself:
        message = f"A {ref.obj_type} owns nothing; name its owner, or a connection."
        return [UserError(code="NOT_AN_OWNER", message=message, field=["target", "ownerRef"])]
    return await owner_errors(info, str(ref), "target", "ownerRef") or (str(ref), None)


def _sealed(info: RegistrarInfo, input: AuthorizePluginInput, target: str) -> dict[str, str] | list[UserError] | None:
    """The secrets sealed for their authorization; errors where they are not an object of short strings."""
    given: Any = input.secrets
    if given is None:
        return None
    if not isinstance(given, dict) or len(given) > MOST_SECRETS:
        return [_bad_secrets(f"secrets must be an object of at most {MOST_SECRETS} strings.")]
    for name, value in given.items():
        if not _SECRET_NAME.match(name):
            return [_bad_secrets(f"{name[:80]!r} cannot name a secret: 1 to 80 letters, digits, _ and -.")]
        if not isinstance(value, str) or len(value) > LARGEST_SECRET:
            return [_bad_secrets(f"the secret {name!r} must be a string of at most {LARGEST_SECRET} characters.")]
    id = authorization_id(target, input.plugin_tag)
    return {name: info.context.ports.vault.seal(value, id, name) for name, value in given.items()}


def _bad_secrets(message: str) -> UserError:
    return UserError(code="BAD_SECRETS", message=message, field=["secrets"])


async def _cancel(info: RegistrarInfo, revoked: AuthorizationDocument) -> None:
    """A user's own authorization may be what connections of other owners work by."""
    personal = parse_object_ref(revoked.owner_ref).obj_type == "User"
    owner_ref = None if personal else revoked.owner_ref
    await cancel_ended(info.context.store, info.context.engine, revoked.plugin_tag, owner_ref)


async def _shown(info: RegistrarInfo, id: str | None) -> Authorization | None:
    found = await info.context.loaders.load(AuthorizationDocument, id) if id else None
    return Authorization.of(found) if found is not None else None
