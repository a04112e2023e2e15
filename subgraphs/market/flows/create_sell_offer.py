"""`createSellOffer`: a seller offers one of their products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.ids import hash_id
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.market.documents import ProductDocument, SellOfferDocument, seller_ref
from subgraphs.shared import money
from subgraphs.shared.checks import check_count, check_id
from subgraphs.shared.money import Amount, check_money


@dataclass(frozen=True)
class CreateSellOffer:
    """What the caller gave."""

    seller_id: str
    product_id: str
    price: Amount
    stock: int = 0


def check(params: CreateSellOffer) -> list[Refusal]:
    """All that is wrong with the input."""
    return list(_refusals(params))


def _refusals(params: CreateSellOffer) -> Iterator[Refusal]:
    yield from check_id(params.product_id, ("productId",))
    yield from check_money(params.price, ("price",))
    yield from check_count(params.stock, ("stock",))


def new_offer_id(ctx: StepContext[CreateSellOffer]) -> str:
    """The id of the offer that this run makes."""
    return hash_id(ctx.run_id, "offer")


async def create_offer(
    ctx: StepContext[CreateSellOffer], offer: SellOfferDocument | None
) -> Change | Unchanged | Refusal:
    """Write the offer of a product that is the seller's own."""
    params = ctx.params
    product = await ctx.load(ProductDocument, params.product_id)
    if product is None or product.seller_id != params.seller_id:
        return Refusal("NOT_FOUND", "productId names no product of this seller.", ("productId",))
    made = SellOfferDocument(
        id=new_offer_id(ctx),
        created_at=ctx.now,
        seller_id=params.seller_id,
        product_id=params.product_id,
        price=money.to_stored(params.price),
        stock=params.stock,
    )
    return Change(made, result={"offerId": made.id})


CREATE_SELL_OFFER = Flow(
    tag="createSellOffer",
    params=CreateSellOffer,
    object_refs=lambda params: [seller_ref(params.seller_id)],
    check=check,
    steps=(WriteStep(document=SellOfferDocument, subject=new_offer_id, change=create_offer),),
)
