"""Orders, their lines and buyers."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.pages import Connection
from flows.graphql.types import Money, to_datetime
from subgraphs.market.documents import (
    OrderDocument,
    OrderStatus,
    SellerDocument,
    StoredBuyer,
    StoredOrderLine,
)
from subgraphs.market.types.catalog import Seller, SellOffer
from subgraphs.shared import money
from subgraphs.shared.access import may_list
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.fields import described
from subgraphs.shared.lists import page_of

GraphQLOrderStatus = strawberry.enum(OrderStatus)


@strawberry.type(description="Who the goods go to.")
class Buyer:
    name: str
    email: str

    @classmethod
    def of(cls, buyer: StoredBuyer) -> Buyer:
        return cls(name=buyer.name, email=buyer.email)


@strawberry.type(description="How much of an offer was ordered, at which price each.")
class OrderLine:
    offer_id: strawberry.ID
    quantity: int
    unit_price: Money

    @classmethod
    def of(cls, line: StoredOrderLine) -> OrderLine:
        return cls(
            offer_id=strawberry.ID(line.offer_id),
            quantity=line.quantity,
            unit_price=money.to_graphql(line.unit_price),
        )

    @described("The offer as it is now; null where you may not see it.")
    async def offer(self, info: SubgraphInfo) -> SellOffer | None:
        return await SellOffer.resolve_reference(info, self.offer_id)


@strawberry.federation.type(keys=["id"], description="Offers of one seller that somebody wants to buy.")
class Order(Entity):
    documents = OrderDocument

    document: strawberry.Private[OrderDocument]
    id: strawberry.ID
    buyer: Buyer
    lines: list[OrderLine]
    total: Money
    created_at: datetime
    status: OrderStatus = strawberry.field(description="PENDING while its offers are being reserved.")
    cancel_reason: str | None = strawberry.field(description="Given by who cancelled it.")

    @classmethod
    def of(cls, document: OrderDocument) -> Order:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            buyer=Buyer.of(document.buyer),
            lines=[OrderLine.of(line) for line in document.lines],
            total=money.to_graphql(document.total),
            status=document.status,
            cancel_reason=document.cancel_reason,
            created_at=to_datetime(document.created_at),
        )

    @described("Null where you have no role on the seller.")
    async def seller(self, info: SubgraphInfo) -> Seller | None:
        return await Seller.resolve_reference(info, strawberry.ID(self.document.seller_id))


async def orders_of(
    info: SubgraphInfo, seller: SellerDocument | None, first: int | None, after: str | None
) -> Connection[Order] | None:
    """A page of a seller's orders; None where the caller may not see them all."""
    if seller is None or not await may_list(info.context, seller, OrderDocument):
        return None
    where = {"seller_id": seller.id}
    return await page_of(info, OrderDocument, where, Order.of, first, after)
