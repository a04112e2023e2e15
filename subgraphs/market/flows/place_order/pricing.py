"""What an order costs, and why it cannot be placed as things stand."""

from __future__ import annotations

from dataclasses import dataclass

from flows.schema import Refusal, StepContext
from subgraphs.market.documents import SellOfferDocument, StoredOrderLine
from subgraphs.market.flows.place_order.params import PlaceOrder
from subgraphs.market.flows.reservations import why_not
from subgraphs.shared import money
from subgraphs.shared.money import StoredMoney


@dataclass(frozen=True)
class Priced:
    """Lines of one seller, one for each offer, and what they cost together."""

    seller_id: str
    lines: list[StoredOrderLine]
    total: StoredMoney


async def price(ctx: StepContext[PlaceOrder]) -> Priced | Refusal:
    """The order at the offers' prices of this moment; a refusal where it cannot be placed.

    Whether enough is available is asked here only so that hopeless orders leave nothing to undo; what decides
    is the reservation.
    """
    found: list[SellOfferDocument] = []
    for offer_id, quantity in ctx.params.quantities.items():
        offer = await ctx.load(SellOfferDocument, offer_id)
        if offer is None:
            field = ctx.params.field_of(offer_id, "offerId")
            return Refusal("NOT_FOUND", f"Line {int(field[1]) + 1} names no offer.", field)
        refusal = _refusal(ctx.params, offer, quantity, found)
        if refusal is not None:
            return refusal
        found.append(offer)
    wanted = ctx.params.quantities
    lines = [StoredOrderLine(offer_id=offer.id, quantity=wanted[offer.id], unit_price=offer.price) for offer in found]
    total = money.total((line.unit_price, line.quantity) for line in lines)
    return Priced(found[0].seller_id, lines, total)


def _refusal(
    params: PlaceOrder, offer: SellOfferDocument, quantity: int, before: list[SellOfferDocument]
) -> Refusal | None:
    """Why this offer cannot be ordered together with those before it."""
    field = params.field_of(offer.id, "offerId")
    if before and offer.seller_id != before[0].seller_id:
        message = "An order is of one seller; order the offers of others separately."
        return Refusal("SEVERAL_SELLERS", message, field)
    if before and offer.price.currency != before[0].price.currency:
        message = "An order has one currency; order the offers in another separately."
        return Refusal("MIXED_CURRENCIES", message, field)
    return why_not(offer, quantity, params.field_of(offer.id, "quantity"))
