"""Sales and their lines."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.types import Money, to_datetime
from subgraphs.commerce.documents import SaleDocument, SaleStatus, StoredSaleLine
from subgraphs.commerce.types.catalog import Business, Good
from subgraphs.commerce.types.customer import Customer
from subgraphs.shared import money
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.fields import described

GraphQLSaleStatus = strawberry.enum(SaleStatus)


@strawberry.type(description="How much of a good was sold, at which price each.")
class SaleLine:
    line: strawberry.Private[StoredSaleLine]
    quantity: int
    unit_price: Money

    @classmethod
    def of(cls, line: StoredSaleLine) -> SaleLine:
        return cls(line=line, quantity=line.quantity, unit_price=money.to_graphql(line.unit_price))

    @described("Null where it was deleted since, or where you may not see it.")
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.resolve_reference(info, self.line.good_id)


@strawberry.federation.type(keys=["id"], description="Goods sold to a customer.")
class Sale(Entity):
    documents = SaleDocument

    document: strawberry.Private[SaleDocument]
    id: strawberry.ID
    lines: list[SaleLine]
    total: Money
    external_ref: str | None
    created_at: datetime
    status: SaleStatus = strawberry.field(
        description="PENDING while its stock is being taken, CANCELLING while it is being given back."
    )

    @classmethod
    def of(cls, document: SaleDocument) -> Sale:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            lines=[SaleLine.of(line) for line in document.lines],
            total=money.to_graphql(document.total),
            status=document.status,
            external_ref=document.external_ref,
            created_at=to_datetime(document.created_at),
        )

    @strawberry.field
    async def business(self, info: SubgraphInfo) -> Business | None:
        return await Business.resolve_reference(info, self.document.business_id)

    @strawberry.field
    async def customer(self, info: SubgraphInfo) -> Customer | None:
        return await Customer.resolve_reference(info, self.document.customer_id)
