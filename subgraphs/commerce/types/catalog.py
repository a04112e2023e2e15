"""Businesses and their goods."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.pages import Connection
from flows.graphql.types import Attribute, Money, to_datetime
from subgraphs.commerce.documents import BusinessDocument, GoodDocument
from subgraphs.shared import attributes, money
from subgraphs.shared.access import may_list
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.fields import described
from subgraphs.shared.lists import page_of


@strawberry.federation.type(keys=["id"], description="A business that sells or makes goods.")
class Business(Entity):
    documents = BusinessDocument

    document: strawberry.Private[BusinessDocument]
    id: strawberry.ID
    name: str
    created_at: datetime
    object_ref: str
    owner_ref: str

    @classmethod
    def of(cls, document: BusinessDocument) -> Business:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            name=document.name,
            created_at=to_datetime(document.created_at),
            object_ref=document.object_ref,
            owner_ref=document.owner_ref,
        )

    @described("The business's goods, newest last.")
    async def goods(
        self, info: SubgraphInfo, first: int | None = 20, after: str | None = None
    ) -> Connection[Good] | None:
        return await goods_of(info, self.document, first, after)


@strawberry.federation.type(keys=["id"], description="Something a business has in stock.")
class Good(Entity):
    documents = GoodDocument

    document: strawberry.Private[GoodDocument]
    id: strawberry.ID
    sku: str
    name: str
    price: Money
    attributes: list[Attribute]
    created_at: datetime
    object_ref: str
    owner_ref: str
    stock: int = strawberry.field(description="In the good's smallest unit; never below 0.")

    @classmethod
    def of(cls, document: GoodDocument) -> Good:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            sku=document.sku,
            name=document.name,
            price=money.to_graphql(document.price),
            stock=document.stock,
            attributes=attributes.to_graphql(document.attributes),
            created_at=to_datetime(document.created_at),
            object_ref=document.object_ref,
            owner_ref=document.owner_ref,
        )

    @strawberry.field
    async def business(self, info: SubgraphInfo) -> Business | None:
        return await Business.resolve_reference(info, self.document.business_id)


async def goods_of(
    info: SubgraphInfo, business: BusinessDocument | None, first: int | None, after: str | None
) -> Connection[Good] | None:
    """A page of a business's goods; None where the caller may not see them all."""
    if business is None or not await may_list(info.context, business, GoodDocument):
        return None
    where = {"business_id": business.id}
    return await page_of(info, GoodDocument, where, Good.of, first, after)
