"""Payloads of the hooks of `placeOrder`."""

from __future__ import annotations

import strawberry

from flows.graphql.types import Money
from subgraphs.market.flows.order_values import MarketOrderLineValues
from subgraphs.market.types.order import Buyer, Order
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described


@strawberry.type(description="An order is about to be placed. It has its id, but is not stored yet.")
class MarketPlaceOrderValidateBeforeOrder:
    order_id: strawberry.ID
    seller_id: strawberry.ID
    lines: list[MarketOrderLineValues]
    buyer: Buyer

    @described("Null until the order is stored.")
    async def order(self, info: SubgraphInfo) -> Order | None:
        return await Order.live(info, self.order_id)


@strawberry.type(description="An order was placed: its offers are reserved.")
class MarketPlaceOrderCommitOrderPlaced:
    order_id: strawberry.ID
    seller_id: strawberry.ID
    lines: list[MarketOrderLineValues]
    buyer: Buyer
    total: Money

    @strawberry.field
    async def order(self, info: SubgraphInfo) -> Order | None:
        return await Order.live(info, self.order_id)
