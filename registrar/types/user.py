"""`User` and `Me`."""

from __future__ import annotations

from enum import Enum

import strawberry

from identity import PrincipalKind, Role, user_ref
from registrar.context import RegistrarInfo
from registrar.types.connection import ConnectedPlugin, connections_of
from registrar.types.fields import described

strawberry.enum(Role, description="VIEWER reads; MANAGER writes too; OWNER also grants roles and connects plugins.")


@strawberry.enum
class CallerKind(Enum):
    USER = "USER"
    PLUGIN = "PLUGIN"


@strawberry.federation.type(keys=["id"], description="A person; users own themselves.")
class User:
    id: strawberry.ID

    @described("The user's name where it is known to the caller's token, else the id.")
    async def name(self, info: RegistrarInfo) -> str:
        principal = info.context.principal
        itself = principal.kind is PrincipalKind.USER and principal.id == self.id
        return principal.name if itself else str(self.id)

    @strawberry.field
    def object_ref(self) -> str:
        return user_ref(self.id)

    @described("The plugins connected to this user.")
    async def connections(self, info: RegistrarInfo, plugin_tag: str | None = None) -> list[ConnectedPlugin]:
        return await connections_of(info, user_ref(self.id), plugin_tag)

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> User:
        return cls(id=id)


@strawberry.type(description="A role of the caller on an object that owns itself.")
class RoleOnObject:
    object_ref: str
    role: Role


@strawberry.type(description="Who calls, and where they can start.")
class Me:
    id: strawberry.ID
    name: str
    kind: CallerKind
    scopes: list[str]
    user: User | None
    roles: list[RoleOnObject]


async def me(info: RegistrarInfo) -> Me:
    """The caller, signed in."""
    info.context.access.require_signed_in()
    principal = info.context.principal
    roles = await info.context.access.roles()
    is_user = principal.kind is PrincipalKind.USER
    return Me(
        id=strawberry.ID(principal.id),
        name=principal.name,
        kind=CallerKind(principal.kind.value),
        scopes=sorted(principal.scopes),
        user=User(id=strawberry.ID(principal.id)) if is_user else None,
        roles=[RoleOnObject(object_ref=ref, role=roles[ref]) for ref in sorted(roles)],
    )
