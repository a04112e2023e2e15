"""`setPrice`: a good gets another price. A change of many goods' prices is made of these too."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import strawberry

from flows.graphql.types import Money
from flows.schema import Change, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.commerce.documents import GoodDocument, good_ref
from subgraphs.commerce.types.catalog import Good
from subgraphs.shared import money
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.money import Amount, StoredMoney, check_money


@dataclass(frozen=True)
class SetPrice:
    """What the caller gave.

    Attributes:
        price: the new one; None where it is computed.
        percent: what is added to the price as it is when the good is written.
        decimals: the places that it is rounded to then, half to even.
        instead_of: the price that the good must have, or else it is left alone: it has moved on.
    """

    good_id: str
    price: Amount | None = None
    percent: Decimal | None = None
    decimals: int = 2
    instead_of: Amount | None = None


@strawberry.type(description="A good's price has changed.")
class CommerceSetPriceCommitPriceChanged:
    good_id: strawberry.ID
    before: Money
    after: Money

    @strawberry.field
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.live(info, self.good_id)


def price_after(params: SetPrice, before: StoredMoney) -> Amount:
    """The price that a good of this price gets."""
    if params.price is not None:
        return params.price
    assert params.percent is not None, "either of them is given"
    places = Decimal(1).scaleb(-params.decimals)
    raised = before.value * (100 + params.percent) / 100
    return Amount(raised.quantize(places, rounding=ROUND_HALF_EVEN), before.currency)


async def change_price(ctx: StepContext[SetPrice], good: GoodDocument | None) -> Change | Unchanged | Refusal:
    """Write the price and tell the good's plugins; the price it has already changes nothing."""
    instead_of = ctx.params.instead_of
    if instead_of is not None and (good is None or good.price != money.to_stored(instead_of)):
        return Unchanged()
    if good is None:
        return Refusal("NOT_FOUND", "goodId names no good.", ("goodId",))
    wanted = price_after(ctx.params, good.price)
    for refusal in check_money(wanted, ("price",)):
        return refusal
    price = money.to_stored(wanted)
    if price == good.price:
        return Unchanged()
    payload = CommerceSetPriceCommitPriceChanged(
        good_id=strawberry.ID(good.id), before=money.to_graphql(good.price), after=money.to_graphql(price)
    )
    return Change(
        good.model_copy(update={"price": price}),
        result={"before": good.price.model_dump(), "after": price.model_dump()},
        hooks={"priceChanged": HookCall([good.object_ref], payload)},
    )


SET_PRICE = Flow(
    tag="setPrice",
    params=SetPrice,
    object_refs=lambda params: [good_ref(params.good_id)],
    check=lambda params: [] if params.price is None else list(check_money(params.price, ("price",))),
    steps=(
        WriteStep(
            document=GoodDocument,
            subject=lambda ctx: ctx.params.good_id,
            change=change_price,
            hooks=(Hook("priceChanged", ("Good",), CommerceSetPriceCommitPriceChanged),),
        ),
    ),
)
