"""`setPrice`: a good gets another price."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from flows.graphql.types import Money
from flows.schema import Change, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.commerce.documents import GoodDocument, good_ref
from subgraphs.commerce.types.catalog import Good
from subgraphs.shared import money
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.money import Amount, check_money


@dataclass(frozen=True)
class SetPrice:
    """What the caller gave."""

    good_id: str
    price: Amount


@strawberry.type(description="A good's price has changed.")
class CommerceSetPriceCommitPriceChanged:
    good_id: strawberry.ID
    before: Money
    after: Money

    @strawberry.field
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.live(info, self.good_id)


async def change_price(ctx: StepContext[SetPrice], good: GoodDocument | None) -> Change | Unchanged | Refusal:
    """Write the price and tell the good's plugins; the price it has already changes nothing."""
    if good is None:
        return Refusal("NOT_FOUND", "goodId names no good.", ("goodId",))
    price = money.to_stored(ctx.params.price)
    if price == good.price:
        return Unchanged()
    payload = CommerceSetPriceCommitPriceChanged(
        good_id=strawberry.ID(good.id), before=money.to_graphql(good.price), after=money.to_graphql(price)
    )
    return Change(
        good.model_copy(update={"price": price}),
        hooks={"priceChanged": HookCall([good.object_ref], payload)},
    )


SET_PRICE = Flow(
    tag="setPrice",
    params=SetPrice,
    object_refs=lambda params: [good_ref(params.good_id)],
    check=lambda params: list(check_money(params.price, ("price",))),
    steps=(
        WriteStep(
            document=GoodDocument,
            subject=lambda ctx: ctx.params.good_id,
            change=change_price,
            hooks=(Hook("priceChanged", ("Good",), CommerceSetPriceCommitPriceChanged),),
        ),
    ),
)
