"""`ConnectedPlugin`, its links and authorization, and the connections of every connectable type."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry.scalars import JSON

from flows.graphql.types import to_datetime
from identity import CodedError, PrincipalKind, user_ref
from registrar.context import RegistrarInfo
from registrar.documents import (
    AuthorizationDocument,
    AuthorizationStatus,
    ConnectionDocument,
    ConnectionStatus,
    StoredLink,
)
from registrar.refs import CONNECTABLE, parse_object_ref
from registrar.rights import may_see_authorization, may_see_connection, may_see_linked
from registrar.targets import authorization_id
from registrar.types.fields import described
from registrar.types.plugin import OnFailure, Plugin

strawberry.enum(ConnectionStatus)
strawberry.enum(AuthorizationStatus)


@strawberry.type(description="What an owner allows a plugin: on all that it owns, or on one connection.")
class Authorization:
    id: strawberry.ID
    owner_ref: str
    permissions: list[str]
    status: AuthorizationStatus
    created_at: datetime
    document: strawberry.Private[AuthorizationDocument]

    @strawberry.field
    async def plugin(self, info: RegistrarInfo) -> Plugin | None:
        return await Plugin.load(info, self.document.plugin_tag)

    @described("The one connection that it is for; null where it is for all that is owned.")
    async def connection(self, info: RegistrarInfo) -> ConnectedPlugin | None:
        id = self.document.connection_id
        return None if id is None else await ConnectedPlugin.load(info, id)

    @described("Secrets by name; null for everybody but the plugin.")
    async def secrets(self, info: RegistrarInfo) -> JSON | None:
        principal, document = info.context.principal, self.document
        if principal.kind is not PrincipalKind.PLUGIN or principal.id != document.plugin_tag:
            return None
        if principal.authorizations is not None and document.id not in principal.authorizations:
            return None
        vault = info.context.ports.vault
        return JSON({name: vault.open(value, document.id, name) for name, value in document.secrets.items()})

    @classmethod
    def of(cls, document: AuthorizationDocument) -> Authorization:
        """As stored."""
        return cls(
            id=strawberry.ID(document.id),
            owner_ref=document.owner_ref,
            permissions=document.permissions,
            status=document.status,
            created_at=to_datetime(document.created_at),
            document=document,
        )


@strawberry.type(description="A named reference of a connection: to an object on another side, or an address.")
class Link:
    name: str
    object_ref: str | None
    url: str | None
    owner_ref: strawberry.Private[str | None]

    @described("The object; null where there is none or the caller may not see it.")
    async def object(self, info: RegistrarInfo) -> LinkedObject | None:
        if self.object_ref is None or not await may_see_linked(info.context, self.object_ref, self.owner_ref):
            return None
        ref = parse_object_ref(self.object_ref)
        stub = STUBS.get(ref.obj_type)
        return None if stub is None else stub(id=strawberry.ID(ref.id))

    @classmethod
    def of(cls, link: StoredLink) -> Link:
        """As stored."""
        return cls(name=link.name, object_ref=link.object_ref, url=link.url, owner_ref=link.owner_ref)


@strawberry.federation.type(keys=["id"], description="A plugin attached to one object.")
class ConnectedPlugin:
    id: strawberry.ID
    object_ref: str
    config: JSON
    links: list[Link]
    on_failure: OnFailure | None = strawberry.field(
        description="In place of what the plugin's manifest says of its hooks; null: as that says."
    )
    status: ConnectionStatus
    created_at: datetime
    document: strawberry.Private[ConnectionDocument]

    @strawberry.field
    async def plugin(self, info: RegistrarInfo) -> Plugin:
        found = await Plugin.load(info, self.document.plugin_tag)
        if found is None:
            raise CodedError("NOT_FOUND", f"The plugin {self.document.plugin_tag!r} is gone.")
        return found

    @described("Its own authorization, else its owner's, else that of the user who connected it.")
    async def authorization(self, info: RegistrarInfo) -> Authorization | None:
        document = self.document
        connector = document.connected_by.removeprefix("user:")
        for target in (document.id, document.owner_ref, user_ref(connector)):
            id = authorization_id(target, document.plugin_tag)
            found = await info.context.loaders.load(AuthorizationDocument, id)
            if found is not None and found.status is AuthorizationStatus.ACTIVE:
                visible = await may_see_authorization(info.context, found)
                return Authorization.of(found) if visible else None
        return None

    @classmethod
    def of(cls, document: ConnectionDocument) -> ConnectedPlugin:
        """As stored."""
        return cls(
            id=strawberry.ID(document.id),
            object_ref=document.object_ref,
            config=JSON(document.config),
            links=[Link.of(link) for link in document.links],
            on_failure=None if document.on_failure is None else OnFailure(document.on_failure),
            status=document.status,
            created_at=to_datetime(document.created_at),
            document=document,
        )

    @classmethod
    async def load(cls, info: RegistrarInfo, id: str) -> ConnectedPlugin | None:
        """The connection of that id; None where the caller may not see it."""
        info.context.access.require_signed_in()
        found = await info.context.loaders.load(ConnectionDocument, id)
        if found is None or not await may_see_connection(info.context, found):
            return None
        return cls.of(found)

    @classmethod
    async def live(cls, info: RegistrarInfo, id: str) -> ConnectedPlugin | None:
        """The connection in a hook's payload; FORBIDDEN where it is there but the plugin may not see it."""
        found = await info.context.loaders.load(ConnectionDocument, id)
        if found is not None and not await may_see_connection(info.context, found):
            raise CodedError("FORBIDDEN", f"{info.context.principal.ref} may not see connection {id}.")
        return None if found is None else cls.of(found)

    @classmethod
    async def resolve_reference(cls, info: RegistrarInfo, id: strawberry.ID) -> ConnectedPlugin | None:
        return await cls.load(info, id)


async def connections_of(info: RegistrarInfo, object_ref: str, plugin_tag: str | None) -> list[ConnectedPlugin]:
    """The connections of an object that stand and that the caller may see."""
    context = info.context
    context.access.require_signed_in()
    found = await context.loaders.connections_of(object_ref)
    return [
        ConnectedPlugin.of(item)
        for item in found
        if (plugin_tag is None or item.plugin_tag == plugin_tag) and await may_see_connection(context, item)
    ]


@strawberry.type
class Connectable:
    """What the registrar adds to the connectable types of other services; it knows no more of them than the id."""

    id: strawberry.ID

    @described("The plugins connected to this object.")
    async def connections(self, info: RegistrarInfo, plugin_tag: str | None = None) -> list[ConnectedPlugin]:
        kind = CONNECTABLE[type(self).__name__]
        return await connections_of(info, f"{kind.service}:{kind.name}:{self.id}", plugin_tag)


@strawberry.federation.type(keys=["id"])
class Business(Connectable):
    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Business:
        return cls(id=id)


@strawberry.federation.type(keys=["id"])
class Good(Connectable):
    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Good:
        return cls(id=id)


@strawberry.federation.type(keys=["id"])
class Seller(Connectable):
    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Seller:
        return cls(id=id)


@strawberry.federation.type(keys=["id"])
class SellOffer(Connectable):
    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> SellOffer:
        return cls(id=id)


@strawberry.federation.type(keys=["id"])
class Company(Connectable):
    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Company:
        return cls(id=id)


@strawberry.federation.type(keys=["id"])
class Item(Connectable):
    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Item:
        return cls(id=id)


@strawberry.federation.type(keys=["id"])
class Organization(Connectable):
    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Organization:
        return cls(id=id)


LinkedObject = Annotated[
    Union[Business, Good, Seller, SellOffer, Company, Item, Organization],  # noqa: UP007 (Strawberry wants it so)
    strawberry.union("LinkedObject", description="An object that a connection links to."),
]

STUBS: dict[str, type[Business | Good | Seller | SellOffer | Company | Item | Organization]] = {
    stub.__name__: stub for stub in (Business, Good, Seller, SellOffer, Company, Item, Organization)
}
