"""Mutations of sell offers."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, MoneyInput, UserError
from subgraphs.market.documents import SellerDocument, SellOfferDocument
from subgraphs.market.flows.create_sell_offer import CREATE_SELL_OFFER, CreateSellOffer
from subgraphs.market.flows.update_sell_offer import UPDATE_SELL_OFFER, UpdateSellOffer
from subgraphs.market.flows.withdraw_sell_offer import WITHDRAW_SELL_OFFER, WithdrawSellOffer
from subgraphs.market.types.catalog import SellOffer
from subgraphs.shared import money
from subgraphs.shared.access import refuse_write
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow


@strawberry.input
class CreateSellOfferInput:
    seller_id: strawberry.ID
    product_id: strawberry.ID
    price: MoneyInput
    stock: int = 0
    idempotency_key: str | None = None


@strawberry.type
class CreateSellOfferPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    sell_offer: SellOffer | None = None


@strawberry.input
class UpdateSellOfferInput:
    offer_id: strawberry.ID
    price: MoneyInput | None = None
    stock: int | None = None
    settles: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Orders that this stock already contains; they hold nothing more from now on.",
    )
    idempotency_key: str | None = None


@strawberry.type
class UpdateSellOfferPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    sell_offer: SellOffer | None = None


@strawberry.input
class WithdrawSellOfferInput:
    offer_id: strawberry.ID
    idempotency_key: str | None = None


@strawberry.type
class WithdrawSellOfferPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    sell_offer: SellOffer | None = None


@strawberry.type
class OfferMutations:
    @described("Offer one of a seller's products.")
    async def create_sell_offer(self, info: SubgraphInfo, input: CreateSellOfferInput) -> CreateSellOfferPayload:
        if errors := await refuse_write(
            info.context, SellerDocument, input.seller_id, "sellerId", writes=SellOfferDocument
        ):
            return CreateSellOfferPayload(errors=errors)
        params = CreateSellOffer(
            seller_id=input.seller_id,
            product_id=input.product_id,
            price=money.from_input(input.price),
            stock=input.stock,
        )
        outcome = await run_flow(info, CREATE_SELL_OFFER, params, input.idempotency_key)
        offer = await SellOffer.shown(info, "sellOffer", result_id(outcome, "offerId"))
        return CreateSellOfferPayload(run=outcome.run, errors=outcome.errors, sell_offer=offer)

    @described("Set an offer's price or stock and settle orders, in one write.")
    async def update_sell_offer(self, info: SubgraphInfo, input: UpdateSellOfferInput) -> UpdateSellOfferPayload:
        if errors := await refuse_write(info.context, SellOfferDocument, input.offer_id, "offerId"):
            return UpdateSellOfferPayload(errors=errors)
        params = UpdateSellOffer(
            offer_id=input.offer_id,
            price=money.from_input(input.price) if input.price else None,
            stock=input.stock,
            settles=[*(input.settles or ())],
        )
        outcome = await run_flow(info, UPDATE_SELL_OFFER, params, input.idempotency_key)
        offer = await SellOffer.shown(info, "sellOffer", input.offer_id)
        return UpdateSellOfferPayload(run=outcome.run, errors=outcome.errors, sell_offer=offer)

    @described("Let nothing more be ordered of an offer. Twice is harmless.")
    async def withdraw_sell_offer(self, info: SubgraphInfo, input: WithdrawSellOfferInput) -> WithdrawSellOfferPayload:
        if errors := await refuse_write(info.context, SellOfferDocument, input.offer_id, "offerId"):
            return WithdrawSellOfferPayload(errors=errors)
        params = WithdrawSellOffer(offer_id=input.offer_id)
        outcome = await run_flow(info, WITHDRAW_SELL_OFFER, params, input.idempotency_key)
        offer = await SellOffer.shown(info, "sellOffer", input.offer_id)
        return WithdrawSellOfferPayload(run=outcome.run, errors=outcome.errors, sell_offer=offer)
