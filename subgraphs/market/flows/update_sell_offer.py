"""`updateSellOffer`: an offer gets another price or stock; orders that this stock contains are settled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import strawberry

from flows.graphql.types import Money
from flows.schema import Change, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.market.documents import SellOfferDocument, offer_ref
from subgraphs.market.types.catalog import SellOffer
from subgraphs.shared import money
from subgraphs.shared.checks import check_count, check_id, check_lines
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.money import Amount, check_money


@dataclass(frozen=True)
class UpdateSellOffer:
    """What the caller gave. `settles` names orders whose reservation `stock` already contains."""

    offer_id: str
    price: Amount | None = None
    stock: int | None = None
    settles: list[str] = field(default_factory=list)


@strawberry.type(description="The numbers of an offer at one moment.")
class SellOfferValues:
    price: Money
    stock: int
    reserved: int
    available: int

    @classmethod
    def of(cls, offer: SellOfferDocument) -> SellOfferValues:
        return cls(
            price=money.to_graphql(offer.price),
            stock=offer.stock,
            reserved=offer.reserved,
            available=offer.available,
        )


@strawberry.type(description="An offer's price, stock or reservations were set.")
class MarketUpdateSellOfferCommitOfferChanged:
    offer_id: strawberry.ID
    before: SellOfferValues
    after: SellOfferValues
    settles: list[strawberry.ID] = strawberry.field(description="Orders whose reservation was dropped.")

    @strawberry.field
    async def offer(self, info: SubgraphInfo) -> SellOffer | None:
        return await SellOffer.live(info, self.offer_id)


def check(params: UpdateSellOffer) -> list[Refusal]:
    """All that is wrong with the input."""
    return list(_refusals(params))


def _refusals(params: UpdateSellOffer) -> Iterator[Refusal]:
    if params.price is None and params.stock is None and not params.settles:
        yield Refusal("EMPTY", "Give a price, a stock or orders that are settled.", ("price",))
    if params.price is not None:
        yield from check_money(params.price, ("price",))
    if params.stock is not None:
        yield from check_count(params.stock, ("stock",))
    yield from check_lines(params.settles, ("settles",), least=0)
    for position, order_id in enumerate(params.settles):
        yield from check_id(order_id, ("settles", str(position)))


def updated(params: UpdateSellOffer, offer: SellOfferDocument) -> SellOfferDocument:
    """The offer as it shall be: stock and settled reservations change together, or `available` would jump."""
    changes: dict[str, Any] = {}
    if params.price is not None:
        changes["price"] = money.to_stored(params.price)
    if params.stock is not None:
        changes["stock"] = params.stock
    settled = {*params.settles}
    changes["reservations"] = {
        order: quantity for order, quantity in offer.reservations.items() if order not in settled
    }
    new: SellOfferDocument = offer.model_copy(update=changes)
    return new


async def change_offer(
    ctx: StepContext[UpdateSellOffer], offer: SellOfferDocument | None
) -> Change | Unchanged | Refusal:
    """Write the values and tell the offer's plugins; what the offer has already changes nothing.

    A withdrawn offer is kept up to date like any other: its orders still have to be settled.
    """
    if offer is None:
        return Refusal("NOT_FOUND", "offerId names no offer.", ("offerId",))
    new = updated(ctx.params, offer)
    if new == offer:
        return Unchanged()
    payload = MarketUpdateSellOfferCommitOfferChanged(
        offer_id=strawberry.ID(offer.id),
        before=SellOfferValues.of(offer),
        after=SellOfferValues.of(new),
        settles=[strawberry.ID(order) for order in offer.reservations if order not in new.reservations],
    )
    return Change(new, hooks={"offerChanged": HookCall([offer.object_ref], payload)})


UPDATE_SELL_OFFER = Flow(
    tag="updateSellOffer",
    params=UpdateSellOffer,
    object_refs=lambda params: [offer_ref(params.offer_id)],
    check=check,
    steps=(
        WriteStep(
            document=SellOfferDocument,
            subject=lambda ctx: ctx.params.offer_id,
            change=change_offer,
            hooks=(Hook("offerChanged", ("SellOffer",), MarketUpdateSellOfferCommitOfferChanged),),
        ),
    ),
)
