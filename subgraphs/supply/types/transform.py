"""Items made of items."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.types import to_datetime
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.fields import described
from subgraphs.supply.documents import StoredQuantity, TransformDocument, TransformKind
from subgraphs.supply.types.item import Item

GraphQLTransformKind = strawberry.enum(TransformKind)


@strawberry.type(description="How much of an item went in or came out.")
class ItemQuantity:
    line: strawberry.Private[StoredQuantity]
    quantity: int

    @classmethod
    def of(cls, line: StoredQuantity) -> ItemQuantity:
        return cls(line=line, quantity=line.quantity)

    @described("Null where you may not see it.")
    async def item(self, info: SubgraphInfo) -> Item | None:
        return await Item.resolve_reference(info, self.line.item_id)


@strawberry.federation.type(keys=["id"], description="Items that were made of items.")
class Transform(Entity):
    documents = TransformDocument

    id: strawberry.ID
    kind: TransformKind
    inputs: list[ItemQuantity]
    outputs: list[ItemQuantity]
    memo: str | None
    external_ref: str | None
    created_at: datetime

    @classmethod
    def of(cls, document: TransformDocument) -> Transform:
        return cls(
            id=strawberry.ID(document.id),
            kind=document.kind,
            inputs=[ItemQuantity.of(line) for line in document.inputs],
            outputs=[ItemQuantity.of(line) for line in document.outputs],
            memo=document.memo,
            external_ref=document.external_ref,
            created_at=to_datetime(document.created_at),
        )
