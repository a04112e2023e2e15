"""`reserveOffer` and `releaseOffer`: an order takes its share of an offer, or gives it back.

Orders run them as child runs, one for each offer; no client does. Both are keyed by the order in the offer's
own document, so doing either twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.market.documents import OfferStatus, SellOfferDocument, offer_ref


@dataclass(frozen=True)
class ReserveOffer:
    """How much of an offer an order wants."""

    offer_id: str
    order_id: str
    quantity: int


@dataclass(frozen=True)
class ReleaseOffer:
    """The order that wants its share of an offer no more."""

    offer_id: str
    order_id: str


def why_not(offer: SellOfferDocument, quantity: int, field: tuple[str, ...]) -> Refusal | None:
    """Why so much of the offer cannot be ordered; None where it can."""
    if offer.status is OfferStatus.WITHDRAWN:
        return Refusal("OFFER_WITHDRAWN", f"Offer {offer.id} was withdrawn.", field)
    if offer.available < quantity:
        message = f"{quantity} of offer {offer.id} are wanted; {offer.available} are available."
        return Refusal("OUT_OF_STOCK", message, field)
    return None


async def reserve(ctx: StepContext[ReserveOffer], offer: SellOfferDocument | None) -> Change | Unchanged | Refusal:
    """Hold the quantity for the order, if that much is available."""
    params = ctx.params
    if offer is None:
        return Refusal("NOT_FOUND", f"There is no offer {params.offer_id}.", ("lines",))
    if params.order_id in offer.reservations:
        return Unchanged()
    refusal = why_not(offer, params.quantity, ("lines",))
    if refusal is not None:
        return refusal
    held = {**offer.reservations, params.order_id: params.quantity}
    return Change(offer.model_copy(update={"reservations": held}))


async def release(ctx: StepContext[ReleaseOffer], offer: SellOfferDocument | None) -> Change | Unchanged | Refusal:
    """Let go of what the order holds, if it still does: it may be settled by now."""
    if offer is None or ctx.params.order_id not in offer.reservations:
        return Unchanged()
    held = {order: held for order, held in offer.reservations.items() if order != ctx.params.order_id}
    return Change(offer.model_copy(update={"reservations": held}))


RESERVE_OFFER = Flow(
    tag="reserveOffer",
    params=ReserveOffer,
    object_refs=lambda params: [offer_ref(params.offer_id)],
    steps=(WriteStep(document=SellOfferDocument, subject=lambda ctx: ctx.params.offer_id, change=reserve),),
)

RELEASE_OFFER = Flow(
    tag="releaseOffer",
    params=ReleaseOffer,
    object_refs=lambda params: [offer_ref(params.offer_id)],
    steps=(WriteStep(document=SellOfferDocument, subject=lambda ctx: ctx.params.offer_id, change=release),),
)
