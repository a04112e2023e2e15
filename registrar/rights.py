"""Who may see and change what in the registrar."""

from __future__ import annotations

from identity import PrincipalKind, Role, user_ref
from registrar.context import RegistrarContext
from registrar.documents import AuthorizationDocument, ConnectionDocument
from registrar.refs import BadObjectRef, parse_object_ref

READ_CONNECTIONS = "registrar.connections.read"


async def may_see_connection(context: RegistrarContext, connection: ConnectionDocument) -> bool:
    """A plugin sees its own connections; others need a role on the owner, or the permission."""
    principal = context.principal
    if principal.kind is PrincipalKind.PLUGIN and connection.plugin_tag == principal.id:
        return True
    return await context.access.may(READ_CONNECTIONS, connection.owner_ref, connection.object_ref)


async def may_see_authorization(context: RegistrarContext, authorization: AuthorizationDocument) -> bool:
    """A plugin sees its own authorizations; users need a role on the owner."""
    principal = context.principal
    if principal.kind is PrincipalKind.PLUGIN:
        return authorization.plugin_tag == principal.id or principal.is_admin
    return await context.access.may(READ_CONNECTIONS, authorization.owner_ref)


async def may_see_linked(context: RegistrarContext, object_ref: str, owner_ref: str | None) -> bool:
    """Whether the caller may see the object that a link leads to."""
    try:
        ref = parse_object_ref(object_ref)
    except BadObjectRef:
        return False
    if ref.type.open_to_users and context.principal.kind is PrincipalKind.USER:
        return True
    return owner_ref is not None and await context.access.may(ref.type.permission, owner_ref, object_ref)


async def seen_owners(context: RegistrarContext) -> list[str]:
    """Refs of all owners on which the user has a role, themself included."""
    roles = await context.access.roles()
    return sorted({*roles, user_ref(context.principal.id)})


async def managed_owners(context: RegistrarContext) -> list[str]:
    """Refs of all owners of which the user is MANAGER or more, themself included."""
    roles = await context.access.roles()
    managed = {ref for ref, role in roles.items() if role.includes(Role.MANAGER)}
    return sorted({*managed, user_ref(context.principal.id)})
