"""Roles of users on objects: `identity_roles`."""

from __future__ import annotations

from enum import StrEnum

from identity.principal import user_ref
from store import Grouped, VersionedDocument

IDENTITY_ROLES = "identity_roles"
_USERS = user_ref("")


class Role(StrEnum):
    """VIEWER reads; MANAGER writes too; OWNER also grants roles, authorizes and connects plugins."""

    VIEWER = "VIEWER"
    MANAGER = "MANAGER"
    OWNER = "OWNER"

    def includes(self, other: Role) -> bool:
        """Whether this role allows all that `other` allows."""
        order = list(Role)
        return order.index(self) >= order.index(other)


def role_id(object_ref: str, user_id: str) -> str:
    """The id of the document that holds the role of one user on one object."""
    return f"{object_ref}#{user_id}"


async def owners_of(object_ref: str, grouped: Grouped) -> list[str]:
    """Ids of the users who are OWNER of that object, sorted; users own themselves."""
    if object_ref.startswith(_USERS):
        return [object_ref.removeprefix(_USERS)]
    rows = await grouped.finds(IDENTITY_ROLES, "object_ref").find(object_ref)
    return sorted(row["user_id"] for row in rows if not row.get("deleted") and row["role"] == Role.OWNER)


class RoleDocument(VersionedDocument):
    """The role of one user on one object; a tombstone where it was revoked."""

    object_ref: str
    user_id: str
    role: Role

    class Settings:
        name = IDENTITY_ROLES
