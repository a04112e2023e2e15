"""Sellers, their products and offers."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.pages import Connection
from flows.graphql.types import Attribute, Money, to_datetime
from subgraphs.market.documents import OfferStatus, ProductDocument, SellerDocument, SellOfferDocument
from subgraphs.shared import attributes, money
from subgraphs.shared.access import may_list
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.fields import described
from subgraphs.shared.lists import page_of

GraphQLOfferStatus = strawberry.enum(OfferStatus)


@strawberry.federation.type(keys=["id"], description="Somebody who sells on the market.")
class Seller(Entity):
    documents = SellerDocument

    document: strawberry.Private[SellerDocument]
    id: strawberry.ID
    name: str
    created_at: datetime
    object_ref: str
    owner_ref: str

    @classmethod
    def of(cls, document: SellerDocument) -> Seller:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            name=document.name,
            created_at=to_datetime(document.created_at),
            object_ref=document.object_ref,
            owner_ref=document.owner_ref,
        )

    @described("The seller's offers, withdrawn ones too, newest last.")
    async def offers(
        self, info: SubgraphInfo, first: int | None = 20, after: str | None = None
    ) -> Connection[SellOffer] | None:
        return await offers_of(info, self.document, first, after)


@strawberry.federation.type(keys=["id"], description="What an offer sells.")
class Product(Entity):
    documents = ProductDocument

    document: strawberry.Private[ProductDocument]
    id: strawberry.ID
    title: str
    attributes: list[Attribute]
    created_at: datetime

    @classmethod
    def of(cls, document: ProductDocument) -> Product:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            title=document.title,
            attributes=attributes.to_graphql(document.attributes),
            created_at=to_datetime(document.created_at),
        )

    @described("Null where you have no role on the seller.")
    async def seller(self, info: SubgraphInfo) -> Seller | None:
        return await Seller.resolve_reference(info, strawberry.ID(self.document.seller_id))


@strawberry.federation.type(keys=["id"], description="A product at a price, as long as the stock lasts.")
class SellOffer(Entity):
    documents = SellOfferDocument

    document: strawberry.Private[SellOfferDocument]
    id: strawberry.ID
    price: Money
    status: OfferStatus
    created_at: datetime
    object_ref: str
    owner_ref: str
    stock: int = strawberry.field(description="What the seller has, as far as the market was told.")
    reserved: int = strawberry.field(description="What orders hold that `stock` still contains.")
    available: int = strawberry.field(description="What can be ordered: `stock` - `reserved`, never below 0.")

    @classmethod
    def of(cls, document: SellOfferDocument) -> SellOffer:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            price=money.to_graphql(document.price),
            stock=document.stock,
            reserved=document.reserved,
            available=document.available,
            status=document.status,
            created_at=to_datetime(document.created_at),
            object_ref=document.object_ref,
            owner_ref=document.owner_ref,
        )

    @described("Null where you have no role on the seller.")
    async def seller(self, info: SubgraphInfo) -> Seller | None:
        return await Seller.resolve_reference(info, strawberry.ID(self.document.seller_id))

    @strawberry.field
    async def product(self, info: SubgraphInfo) -> Product | None:
        return await Product.resolve_reference(info, strawberry.ID(self.document.product_id))


async def offers_of(
    info: SubgraphInfo, seller: SellerDocument | None, first: int | None, after: str | None
) -> Connection[SellOffer] | None:
    """A page of a seller's offers; None where the caller may not see them all."""
    if seller is None or not await may_list(info.context, seller, SellOfferDocument):
        return None
    where = {"seller_id": seller.id}
    return await page_of(info, SellOfferDocument, where, SellOffer.of, first, after)
