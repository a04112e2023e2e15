"""Goods made of goods."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.types import to_datetime
from subgraphs.commerce.documents import ProductionDocument, ProductionKind, StoredQuantity
from subgraphs.commerce.types.catalog import Good
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.fields import described

GraphQLProductionKind = strawberry.enum(ProductionKind)


@strawberry.type(description="How much of a good went in or came out.")
class GoodQuantity:
    line: strawberry.Private[StoredQuantity]
    quantity: int

    @classmethod
    def of(cls, line: StoredQuantity) -> GoodQuantity:
        return cls(line=line, quantity=line.quantity)

    @described("Null where it was deleted since, or where you may not see it.")
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.resolve_reference(info, self.line.good_id)


@strawberry.federation.type(keys=["id"], description="A record of goods used up and goods made.")
class Production(Entity):
    documents = ProductionDocument

    id: strawberry.ID
    kind: ProductionKind
    inputs: list[GoodQuantity]
    outputs: list[GoodQuantity]
    created_at: datetime

    @classmethod
    def of(cls, document: ProductionDocument) -> Production:
        return cls(
            id=strawberry.ID(document.id),
            kind=document.kind,
            inputs=[GoodQuantity.of(line) for line in document.inputs],
            outputs=[GoodQuantity.of(line) for line in document.outputs],
            created_at=to_datetime(document.created_at),
        )
