"""Market's queries. What the caller may not see is null; offers and products are seen by every user."""

from __future__ import annotations

import strawberry

from flows.graphql.pages import Connection
from subgraphs.market.documents import SellerDocument
from subgraphs.market.types.catalog import Product, Seller, SellOffer, offers_of
from subgraphs.market.types.order import Order, orders_of
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.roots import page_of_roots


@strawberry.type
class Query:
    @strawberry.field
    async def seller(self, info: SubgraphInfo, id: strawberry.ID) -> Seller | None:
        return await Seller.resolve_reference(info, id)

    @described("The sellers you have a role on.")
    async def sellers(self, info: SubgraphInfo, first: int | None = 20, after: str | None = None) -> Connection[Seller]:
        return await page_of_roots(info, SellerDocument, Seller.of, first, after)

    @strawberry.field
    async def product(self, info: SubgraphInfo, id: strawberry.ID) -> Product | None:
        return await Product.resolve_reference(info, id)

    @strawberry.field
    async def sell_offer(self, info: SubgraphInfo, id: strawberry.ID) -> SellOffer | None:
        return await SellOffer.resolve_reference(info, id)

    @described("A seller's offers, withdrawn ones too.")
    async def sell_offers(
        self, info: SubgraphInfo, seller_id: strawberry.ID, first: int | None = 20, after: str | None = None
    ) -> Connection[SellOffer] | None:
        return await offers_of(info, await _seller(info, seller_id), first, after)

    @strawberry.field
    async def order(self, info: SubgraphInfo, id: strawberry.ID) -> Order | None:
        return await Order.resolve_reference(info, id)

    @described("A seller's orders, for those who have a role on the seller.")
    async def orders(
        self, info: SubgraphInfo, seller_id: strawberry.ID, first: int | None = 20, after: str | None = None
    ) -> Connection[Order] | None:
        return await orders_of(info, await _seller(info, seller_id), first, after)


async def _seller(info: SubgraphInfo, id: str) -> SellerDocument | None:
    return await info.context.loaders.load(SellerDocument, id)
