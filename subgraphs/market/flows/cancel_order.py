"""`cancelOrder`: what an order holds of its offers is released. Cancelling twice is harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import strawberry

from flows.schema import (
    Change,
    ChildrenStep,
    Flow,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    WriteStep,
)
from subgraphs.market.documents import OrderDocument, OrderStatus, order_ref
from subgraphs.market.flows.order_values import MarketOrderLineValues, targets
from subgraphs.market.flows.reservations import ReleaseOffer
from subgraphs.market.types.order import Buyer, Order
from subgraphs.shared.checks import check_note
from subgraphs.shared.context import SubgraphInfo

NOT_FOUND = Refusal("NOT_FOUND", "orderId names no order.", ("orderId",))
PENDING = Refusal("CONFLICT", "The order is still being placed; try again soon.", ("orderId",))


@dataclass(frozen=True)
class CancelOrder:
    """What the caller gave."""

    order_id: str
    reason: str | None = None


@strawberry.type(description="An order was cancelled: what it held of its offers is available again.")
class MarketCancelOrderCommitOrderCancelled:
    order_id: strawberry.ID
    seller_id: strawberry.ID
    reason: str | None
    lines: list[MarketOrderLineValues]
    buyer: Buyer

    @strawberry.field
    async def order(self, info: SubgraphInfo) -> Order | None:
        return await Order.live(info, self.order_id)


async def releases(ctx: StepContext[CancelOrder]) -> Mapping[str, ReleaseOffer] | Refusal:
    """A release of each offer, unless the order is cancelled already.

    An order only ever moves from PENDING to PLACED to CANCELLED, so what is read here still allows the release
    when it happens. Two runs that cancel one order release the same reservations, which is harmless; one of
    them commits.
    """
    order = await ctx.load(OrderDocument, ctx.params.order_id)
    if order is None:
        return NOT_FOUND
    if order.status is OrderStatus.PENDING:
        return PENDING
    if order.status is OrderStatus.CANCELLED:
        return {}
    return {line.offer_id: ReleaseOffer(offer_id=line.offer_id, order_id=order.id) for line in order.lines}


async def cancel(ctx: StepContext[CancelOrder], order: OrderDocument | None) -> Change | Unchanged | Refusal:
    """Cancel the order and tell its offers' plugins."""
    if order is None:
        return NOT_FOUND
    if order.status is OrderStatus.CANCELLED:
        return Unchanged()
    payload = MarketCancelOrderCommitOrderCancelled(
        order_id=strawberry.ID(order.id),
        seller_id=strawberry.ID(order.seller_id),
        reason=ctx.params.reason,
        lines=[MarketOrderLineValues.of(line) for line in order.lines],
        buyer=Buyer.of(order.buyer),
    )
    return Change(
        order.model_copy(update={"status": OrderStatus.CANCELLED, "cancel_reason": ctx.params.reason}),
        hooks={"orderCancelled": HookCall(targets(order.lines), payload)},
    )


CANCEL_ORDER = Flow(
    tag="cancelOrder",
    params=CancelOrder,
    object_refs=lambda params: [order_ref(params.order_id)],
    check=lambda params: list(check_note(params.reason, ("reason",))),
    steps=(
        ChildrenStep(tag="release", flow="releaseOffer", children=releases),
        WriteStep(
            document=OrderDocument,
            subject=lambda ctx: ctx.params.order_id,
            change=cancel,
            hooks=(Hook("orderCancelled", ("SellOffer",), MarketCancelOrderCommitOrderCancelled),),
        ),
    ),
)
