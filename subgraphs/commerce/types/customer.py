"""Customers of a business."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.types import to_datetime
from subgraphs.commerce.documents import CustomerDocument
from subgraphs.shared.entity import Entity


@strawberry.federation.type(keys=["id"], description="A customer of one business; one for each e-mail.")
class Customer(Entity):
    documents = CustomerDocument

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
