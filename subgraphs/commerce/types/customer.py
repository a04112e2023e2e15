"""Customers of a business."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.types import to_datetime
from subgraphs.commerce.documents import CustomerDocument
from subgraphs.shared.access import find
from subgraphs.shared.context import SubgraphInfo


@strawberry.federation.type(keys=["id"], description="A customer of one business; one for each e-mail.")
class Customer:
    id: strawberry.ID
    name: str
    email: str
    created_at: datetime

    @classmethod
    def of(cls, document: CustomerDocument) -> Customer:
        return cls(
            id=strawberry.ID(document.id),
            name=document.name,
            email=document.email,
            created_at=to_datetime(document.created_at),
        )

    @classmethod
    async def resolve_reference(cls, info: SubgraphInfo, id: strawberry.ID) -> Customer | None:
        """The customer of that id; None where the caller may not see it."""
        document = await find(info.context, CustomerDocument, id)
        return cls.of(document) if document else None
