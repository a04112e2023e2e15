"""`withdrawSellOffer`: nothing more can be ordered of an offer; what was ordered stays ordered."""

from __future__ import annotations

from dataclasses import dataclass

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.market.documents import OfferStatus, SellOfferDocument, offer_ref


@dataclass(frozen=True)
class WithdrawSellOffer:
    """What the caller gave."""

    offer_id: str


async def withdraw(
    ctx: StepContext[WithdrawSellOffer], offer: SellOfferDocument | None
) -> Change | Unchanged | Refusal:
    """Write the status. The offer stays readable, because orders name it."""
    if offer is None:
        return Refusal("NOT_FOUND", "offerId names no offer.", ("offerId",))
    if offer.status is OfferStatus.WITHDRAWN:
        return Unchanged()
    return Change(offer.model_copy(update={"status": OfferStatus.WITHDRAWN}))


WITHDRAW_SELL_OFFER = Flow(
    tag="withdrawSellOffer",
    params=WithdrawSellOffer,
    object_refs=lambda params: [offer_ref(params.offer_id)],
    steps=(WriteStep(document=SellOfferDocument, subject=lambda ctx: ctx.params.offer_id, change=withdraw),),
)
