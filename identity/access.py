"""What a caller may do: roles for users; permissions together with owners' authorizations for plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from identity.errors import FORBIDDEN, NOT_FOUND, UNAUTHENTICATED, CodedError
from identity.memo import Memo
from identity.permissions import reading
from identity.principal import Principal, PrincipalKind, user_ref
from identity.roles import IDENTITY_ROLES, Role, role_id
from store import Grouped, Store

ACTIVE = "ACTIVE"
AUTHORIZATIONS = "registrar_authorizations"
CONNECTIONS = "registrar_connections"


class Access:
    """Decides for one principal during one request, so that what it looked up stays the same within it.

    Roles, authorizations and connections are read directly; they are written by the registrar alone.

    Args:
        grouped: lets reads of requests that come at the same time share a command; each is sent after it was asked for.
    """

    def __init__(self, store: Store, principal: Principal, grouped: Grouped | None = None) -> None:
        self._grouped = grouped or Grouped(store)
        self.principal = principal
        self._roles: Memo[Mapping[str, Role]] = Memo()
        self._authorizations: Memo[list[Mapping[str, Any]]] = Memo()
        self._connections: Memo[Mapping[str, Any] | None] = Memo()
        self._owners: Memo[bool] = Memo()
        self._connected_owners: Memo[list[str]] = Memo()

    def require_signed_in(self) -> None:
        """Raise CodedError UNAUTHENTICATED for a caller without a token."""
        if self.principal.kind is PrincipalKind.ANONYMOUS:
            raise CodedError(UNAUTHENTICATED, "Sign in first: send `Authorization: Bearer <token>`.")

    def require_admin(self) -> None:
        """Raise CodedError unless the caller's token carries the `admin` scope."""
        self.require_signed_in()
        if not self.principal.is_admin:
            raise CodedError(FORBIDDEN, "This needs the scope `admin`.")

    async def role(self, object_ref: str) -> Role | None:
        """The user's role on that object; None without one, and for callers that are no users."""
        principal = self.principal
        if principal.kind is not PrincipalKind.USER:
            return None
        if object_ref == user_ref(principal.id):
            return Role.OWNER
        return (await self.roles()).get(object_ref)

    async def roles(self) -> Mapping[str, Role]:
        """All roles of the user by object ref (their role on themself left out)."""
        if self.principal.kind is not PrincipalKind.USER:
            return {}
        return await self._roles.get("", self._load_roles)

    async def owned(self, service: str, obj_type: str) -> list[str]:
        """Ids of the objects of that type on which the user has a role, sorted."""
        prefix = f"{service}:{obj_type}:"
        return sorted(ref.removeprefix(prefix) for ref in await self.roles() if ref.startswith(prefix))

    async def may(self, permission: str, owner_ref: str, object_ref: str | None = None) -> bool:
        """Whether the caller may use `permission` on what `owner_ref` owns.

        A user needs a role on the owner: VIEWER to read, MANAGER to write. A plugin needs the permission in
        its token and an authorization that grants it: that of its connection on `object_ref` where that has
        one of its own, else the owner's, else that of the user who connected it, as long as that user is an
        OWNER of the owner.
        """
        principal = self.principal
        if principal.is_admin:
            return True
        if principal.kind is PrincipalKind.USER:
            role = await self.role(owner_ref)
            return role is not None and role.includes(_needed(permission))
        if principal.kind is PrincipalKind.PLUGIN:
            return permission in principal.scopes and await self._authorized(permission, owner_ref, object_ref)
        return False

    async def require(self, permission: str, owner_ref: str, object_ref: str | None = None) -> None:
        """Raise CodedError unless `may`.

        FORBIDDEN where the caller may at least read, or lacks the permission whatever the object is;
        NOT_FOUND where they may not even know that the object exists; UNAUTHENTICATED without a token.
        """
        self.require_signed_in()
        if await self.may(permission, owner_ref, object_ref):
            return
        if self.principal.kind is PrincipalKind.PLUGIN and permission not in self.principal.scopes:
            raise CodedError(FORBIDDEN, f"The token of {self.principal.ref} lacks the permission {permission!r}.")
        readable = reading(permission)
        if readable != permission and await self.may(readable, owner_ref, object_ref):
            raise CodedError(FORBIDDEN, f"{self.principal.ref} may read this, but lacks {permission!r} on it.")
        raise CodedError(NOT_FOUND, "There is no such object, or you may not see it.")

    async def may_see_object(self, object_ref: str) -> bool:
        """Whether the caller may know of this object, by its ref alone.

        A user has a role on it, or on the owner of a connection that it has or had; a plugin is connected to it or
        has an authorization of it. For what a service knows more about, `may` with its owner decides.
        """
        principal = self.principal
        if principal.is_admin or await self.role(object_ref) is not None:
            return True
        if principal.kind is PrincipalKind.PLUGIN:
            return bool(
                await self._connection(f"{object_ref}#{principal.id}") or await self._authorizations_of(object_ref)
            )
        owners = await self._owners_by_connection(object_ref)
        return any([await self.role(owner) is not None for owner in owners])

    async def owns(self, owner_ref: str) -> bool:
        """Whether the caller is an OWNER of that object, or an admin."""
        return self.principal.is_admin or await self.role(owner_ref) is Role.OWNER

    async def require_owner(self, owner_ref: str) -> None:
        """Raise CodedError unless `owns`: FORBIDDEN with a lesser role, NOT_FOUND without any."""
        self.require_signed_in()
        if await self.owns(owner_ref):
            return
        if await self.role(owner_ref) is not None:
            raise CodedError(FORBIDDEN, f"This needs the role OWNER on {owner_ref}.")
        raise CodedError(NOT_FOUND, "There is no such object, or you may not see it.")

    async def _authorized(self, permission: str, owner_ref: str, object_ref: str | None) -> bool:
        connection = None
        if object_ref is not None:
            connection = await self._connection(f"{object_ref}#{self.principal.id}")
            if connection is not None and connection["owner_ref"] != owner_ref:
                connection = None
        granted = await self._authorizations_of(owner_ref)
        if connection is not None:
            own = [item for item in granted if item.get("connection_id") == connection["_id"]]
            if own:
                return self._grants(own, permission)
        owners = [item for item in granted if item.get("connection_id") is None]
        if owners:
            return self._grants(owners, permission)
        if connection is None:
            return False
        return await self._authorized_by_connector(connection, permission, owner_ref)

    async def _authorized_by_connector(self, connection: Mapping[str, Any], permission: str, owner_ref: str) -> bool:
        user = connection.get("connected_by")
        if not isinstance(user, str) or not user.startswith("user:"):
            return False
        user_id = user.removeprefix("user:")
        granted = [
            item for item in await self._authorizations_of(user_ref(user_id)) if item.get("connection_id") is None
        ]
        return self._grants(granted, permission) and await self._is_owner(owner_ref, user_id)

    def _grants(self, authorizations: list[Mapping[str, Any]], permission: str) -> bool:
        allowed = self.principal.authorizations
        return any(
            permission in item.get("permissions", ()) and (allowed is None or item["_id"] in allowed)
            for item in authorizations
        )

    async def _authorizations_of(self, owner_ref: str) -> list[Mapping[str, Any]]:
        return await self._authorizations.get(owner_ref, lambda: self._load_authorizations(owner_ref))

    async def _load_authorizations(self, owner_ref: str) -> list[Mapping[str, Any]]:
        rows = await self._grouped.finds(AUTHORIZATIONS, "owner_ref").find(owner_ref)
        return [row for row in rows if row["plugin_tag"] == self.principal.id and _stands(row)]

    async def _connection(self, id: str) -> Mapping[str, Any] | None:
        async def load() -> Mapping[str, Any] | None:
            found = await self._grouped.finds(CONNECTIONS).find_one(id)
            return found if found is not None and _stands(found) else None

        return await self._connections.get(id, load)

    async def _owners_by_connection(self, object_ref: str) -> list[str]:
        async def load() -> list[str]:
            rows = await self._grouped.finds(CONNECTIONS, "object_ref").find(object_ref)
            return sorted({row["owner_ref"] for row in rows if not row.get("deleted")})

        return await self._connected_owners.get(object_ref, load)

    async def _is_owner(self, object_ref: str, user_id: str) -> bool:
        async def load() -> bool:
            found = await self._grouped.finds(IDENTITY_ROLES).find_one(role_id(object_ref, user_id))
            return found is not None and not found.get("deleted") and found["role"] == Role.OWNER

        if object_ref == user_ref(user_id):
            return True
        return await self._owners.get(f"{object_ref}#{user_id}", load)

    async def _load_roles(self) -> Mapping[str, Role]:
        rows = await self._grouped.finds(IDENTITY_ROLES, "user_id").find(self.principal.id)
        return {row["object_ref"]: Role(row["role"]) for row in rows if not row.get("deleted")}


def _needed(permission: str) -> Role:
    return Role.VIEWER if permission.endswith(".read") else Role.MANAGER


def _stands(row: Mapping[str, Any]) -> bool:
    """Whether a stored authorization or connection holds."""
    return row.get("status") == ACTIVE and not row.get("deleted")
