"""Companies, their items, and the stages those go through."""

from __future__ import annotations

from datetime import datetime

import strawberry

from flows.graphql.pages import Connection
from flows.graphql.types import Attribute, to_datetime
from subgraphs.shared import attributes
from subgraphs.shared.access import may_list
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.fields import described
from subgraphs.shared.lists import page_of
from subgraphs.supply.documents import CompanyDocument, ItemDocument, StageDocument


@strawberry.federation.type(keys=["id"], description="A company that makes or handles items.")
class Company(Entity):
    documents = CompanyDocument

    id: strawberry.ID
    name: str
    created_at: datetime
    object_ref: str
    owner_ref: str

    @classmethod
    def of(cls, document: CompanyDocument) -> Company:
        return cls(
            id=strawberry.ID(document.id),
            name=document.name,
            created_at=to_datetime(document.created_at),
            object_ref=document.object_ref,
            owner_ref=document.owner_ref,
        )


@strawberry.federation.type(keys=["id"], description="Something whose life is told as a chain of stages.")
class Item(Entity):
    documents = ItemDocument

    document: strawberry.Private[ItemDocument]
    id: strawberry.ID
    name: str
    created_at: datetime
    object_ref: str
    owner_ref: str

    @classmethod
    def of(cls, document: ItemDocument) -> Item:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            name=document.name,
            created_at=to_datetime(document.created_at),
            object_ref=document.object_ref,
            owner_ref=document.owner_ref,
        )

    @strawberry.field
    async def company(self, info: SubgraphInfo) -> Company | None:
        return await Company.resolve_reference(info, self.document.company_id)

    @described("The item's stages, newest last.")
    async def stages(
        self, info: SubgraphInfo, first: int | None = 20, after: str | None = None
    ) -> Connection[Stage] | None:
        if not await may_list(info.context, self.document, StageDocument):
            return None
        where = {"item_id": self.document.id}
        return await page_of(info, StageDocument, where, Stage.of, first, after)


@strawberry.federation.type(keys=["id"], description="What an item was like from some time on.")
class Stage(Entity):
    documents = StageDocument

    document: strawberry.Private[StageDocument]
    id: strawberry.ID
    attributes: list[Attribute]
    created_at: datetime

    @classmethod
    def of(cls, document: StageDocument) -> Stage:
        return cls(
            document=document,
            id=strawberry.ID(document.id),
            attributes=attributes.to_graphql(document.attributes),
            created_at=to_datetime(document.created_at),
        )

    @strawberry.field
    async def item(self, info: SubgraphInfo) -> Item | None:
        return await Item.resolve_reference(info, self.document.item_id)

    @described("The stage before; null for the item's first.")
    async def previous(self, info: SubgraphInfo) -> Stage | None:
        if self.document.previous_id is None:
            return None
        return await Stage.resolve_reference(info, self.document.previous_id)
