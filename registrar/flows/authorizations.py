"""`authorizePlugin` and `revokeAuthorization`: what an owner allows a plugin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from identity import ADMIN, is_permission
from registrar.documents import AuthorizationDocument, AuthorizationStatus, PluginDocument
from registrar.flows.shared import no_plugin
from registrar.targets import authorization_id


@dataclass(frozen=True)
class AuthorizePlugin:
    """What the caller gave, and whose authorization it is.

    Args:
        connection_id: the one connection that it is for; None for all that the owner owns.
        permissions: None grants all that the plugin's manifest asks for.
        secrets: sealed, by name; None keeps those that are there.
    """

    owner_ref: str
    plugin_tag: str
    connection_id: str | None = None
    permissions: list[str] | None = None
    secrets: dict[str, str] | None = None

    @property
    def authorization_id(self) -> str:
        """One for each plugin and target, so authorizing again changes what is there."""
        return authorization_id(self.connection_id or self.owner_ref, self.plugin_tag)


@dataclass(frozen=True)
class RevokeAuthorization:
    """What the caller gave, and whose authorization it is."""

    authorization_id: str
    owner_ref: str


def check(params: AuthorizePlugin) -> list[Refusal]:
    """Permissions that exist and that an owner can give."""
    return list(_refusals(params.permissions or ()))


def _refusals(permissions: list[str] | tuple[()]) -> Iterator[Refusal]:
    for place, permission in enumerate(permissions):
        path = ("permissions", str(place))
        if not is_permission(permission):
            message = f"{permission[:80]!r} is no permission; write service.resource.read or .write."
            yield Refusal("BAD_PERMISSION", message, path)
        elif permission == ADMIN:
            yield Refusal("BAD_PERMISSION", "'admin' is not an owner's to give.", path)


async def authorize(
    ctx: StepContext[AuthorizePlugin], authorization: AuthorizationDocument | None
) -> Change | Unchanged | Refusal:
    """Write the authorization; one that was revoked is given again."""
    params = ctx.params
    plugin = await ctx.load(PluginDocument, params.plugin_tag)
    if plugin is None:
        return no_plugin(params.plugin_tag, ("pluginTag",))
    asked = [item for item in plugin.permissions if item != ADMIN]
    permissions = asked if params.permissions is None else list(dict.fromkeys(params.permissions))
    for item in permissions:
        if item not in asked:
            message = f"Plugin {plugin.id!r} does not ask for {item!r}, only for: {', '.join(asked) or 'nothing'}."
            return Refusal("PERMISSION_NOT_ASKED", message, ("permissions",))
    result = {"authorizationId": params.authorization_id}
    if authorization is None:
        made = AuthorizationDocument(
            id=params.authorization_id,
            created_at=ctx.now,
            owner_ref=params.owner_ref,
            plugin_tag=params.plugin_tag,
            connection_id=params.connection_id,
            permissions=permissions,
            secrets=params.secrets or {},
        )
        return Change(made, result=result)
    secrets = authorization.secrets if params.secrets is None else params.secrets
    after = authorization.model_copy(
        update={"permissions": permissions, "secrets": secrets, "status": AuthorizationStatus.ACTIVE}
    )
    return Unchanged(result=result) if after == authorization else Change(after, result=result)


async def revoke(
    ctx: StepContext[RevokeAuthorization], authorization: AuthorizationDocument | None
) -> Change | Unchanged | Refusal:
    """Take the authorization back, and forget its secrets."""
    id = ctx.params.authorization_id
    if authorization is None:
        return Refusal("NOT_FOUND", f"There is no authorization {id[:80]!r}.", ("authorizationId",))
    result = {"authorizationId": id}
    if authorization.status is AuthorizationStatus.REVOKED:
        return Unchanged(result=result)
    update = {"status": AuthorizationStatus.REVOKED, "secrets": {}}
    return Change(authorization.model_copy(update=update), result=result)


AUTHORIZE_PLUGIN = Flow(
    tag="authorizePlugin",
    params=AuthorizePlugin,
    object_refs=lambda params: [params.owner_ref],
    check=check,
    steps=(
        WriteStep(
            document=AuthorizationDocument,
            subject=lambda ctx: ctx.params.authorization_id,
            change=authorize,
        ),
    ),
)

REVOKE_AUTHORIZATION = Flow(
    tag="revokeAuthorization",
    params=RevokeAuthorization,
    object_refs=lambda params: [params.owner_ref],
    steps=(
        WriteStep(
            document=AuthorizationDocument,
            subject=lambda ctx: ctx.params.authorization_id,
            change=revoke,
        ),
    ),
)
