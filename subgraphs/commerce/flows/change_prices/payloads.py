"""Payloads of the hooks of `changePrices`."""

from __future__ import annotations

import strawberry

from subgraphs.commerce.types.catalog import Business
from subgraphs.shared.context import SubgraphInfo


@strawberry.type(description="Prices of many goods of a business have changed; each good's plugins were told by then.")
class CommerceChangePricesCommitPricesChanged:
    business_id: strawberry.ID
    run_id: strawberry.ID
    goods: int = strawberry.field(description="Goods that were met.")
    failed: int = strawberry.field(description="Of these, the ones that were refused and kept their prices.")

    @strawberry.field
    async def business(self, info: SubgraphInfo) -> Business | None:
        return await Business.live(info, self.business_id)
