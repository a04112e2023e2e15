"""Values of an order in the payloads of its hooks."""

from __future__ import annotations

from collections.abc import Iterable

import strawberry

from flows.graphql.types import Money
from subgraphs.market.documents import StoredOrderLine, offer_ref
from subgraphs.market.types.catalog import SellOffer
from subgraphs.shared import money
from subgraphs.shared.context import SubgraphInfo


@strawberry.type(description="A line of an order as it was at the hook.")
class MarketOrderLineValues:
    offer_id: strawberry.ID
    quantity: int
    unit_price: Money

    @classmethod
    def of(cls, line: StoredOrderLine) -> MarketOrderLineValues:
        return cls(
            offer_id=strawberry.ID(line.offer_id),
            quantity=line.quantity,
            unit_price=money.to_graphql(line.unit_price),
        )

    @strawberry.field
    async def offer(self, info: SubgraphInfo) -> SellOffer | None:
        return await SellOffer.live(info, self.offer_id)


def targets(lines: Iterable[StoredOrderLine]) -> list[str]:
    """The offers of an order: their plugins are told."""
    return [offer_ref(line.offer_id) for line in lines]
