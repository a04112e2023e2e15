"""The steps of `placeOrder`.

`order` stores the order as PENDING, `reserve` holds its offers by child runs, and `commit` places it. An order
whose offers cannot all be held never was: the reservations it got are released and it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    ValidateStep,
    WriteStep,
)
from subgraphs.market.documents import OrderDocument, OrderStatus, StoredBuyer, offer_ref
from subgraphs.market.flows.order_values import MarketOrderLineValues, targets
from subgraphs.market.flows.place_order.params import PlaceOrder, check, order_id
from subgraphs.market.flows.place_order.payloads import (
    MarketPlaceOrderCommitOrderPlaced,
    MarketPlaceOrderValidateBeforeOrder,
)
from subgraphs.market.flows.place_order.pricing import price
from subgraphs.market.flows.reservations import ReleaseOffer, ReserveOffer
from subgraphs.market.types.order import Buyer
from subgraphs.shared import money


async def before_order(ctx: StepContext[PlaceOrder], order: OrderDocument | None) -> Mapping[str, HookCall] | Refusal:
    """Ask the offers' plugins, unless the order is impossible anyway."""
    priced = await price(ctx)
    if isinstance(priced, Refusal):
        return priced
    buyer = ctx.params.buyer
    payload = MarketPlaceOrderValidateBeforeOrder(
        order_id=strawberry.ID(order_id(ctx)),
        seller_id=strawberry.ID(priced.seller_id),
        lines=[MarketOrderLineValues.of(line) for line in priced.lines],
        buyer=Buyer(name=buyer.name, email=buyer.email),
    )
    return {"beforeOrder": HookCall(targets(priced.lines), payload)}


async def store_order(ctx: StepContext[PlaceOrder], order: OrderDocument | None) -> Change | Unchanged | Refusal:
    """Store the order before anything is held for it, so that no reservation is without one."""
    priced = await price(ctx)
    if isinstance(priced, Refusal):
        return priced
    made = OrderDocument(
        id=order_id(ctx),
        created_at=ctx.now,
        seller_id=priced.seller_id,
        buyer=StoredBuyer(name=ctx.params.buyer.name, email=ctx.params.buyer.email),
        lines=priced.lines,
        total=priced.total,
        status=OrderStatus.PENDING,
        placed_by=ctx.principal.ref,
    )
    return Change(made, result={"orderId": made.id})


async def drop_order(ctx: StepContext[PlaceOrder], order: OrderDocument | None) -> Change | Unchanged:
    """The order could not be placed: it never was."""
    if order is None:
        return Unchanged()
    return Change(order.model_copy(update={"deleted": True}))


async def reservations(ctx: StepContext[PlaceOrder]) -> Mapping[str, ReserveOffer]:
    """A reservation on each offer."""
    return {
        offer_id: ReserveOffer(offer_id=offer_id, order_id=order_id(ctx), quantity=quantity)
        for offer_id, quantity in ctx.params.quantities.items()
    }


def released(ctx: StepContext[PlaceOrder], key: str, params: ReserveOffer, result: Any) -> ReleaseOffer:
    """What takes a reservation back."""
    return ReleaseOffer(offer_id=params.offer_id, order_id=params.order_id)


async def place_order(ctx: StepContext[PlaceOrder], order: OrderDocument | None) -> Change | Unchanged | Refusal:
    """Place the order and tell its offers' plugins."""
    result = {"orderId": order_id(ctx)}
    if order is None or order.status is not OrderStatus.PENDING:
        return Unchanged(result)
    payload = MarketPlaceOrderCommitOrderPlaced(
        order_id=strawberry.ID(order.id),
        seller_id=strawberry.ID(order.seller_id),
        lines=[MarketOrderLineValues.of(line) for line in order.lines],
        buyer=Buyer.of(order.buyer),
        total=money.to_graphql(order.total),
    )
    return Change(
        order.model_copy(update={"status": OrderStatus.PLACED}),
        result=result,
        hooks={"orderPlaced": HookCall(targets(order.lines), payload)},
    )


PLACE_ORDER = Flow(
    tag="placeOrder",
    params=PlaceOrder,
    object_refs=lambda params: [offer_ref(offer_id) for offer_id in params.quantities],
    check=check,
    steps=(
        ValidateStep(
            hooks=(Hook("beforeOrder", ("SellOffer",), MarketPlaceOrderValidateBeforeOrder),),
            calls=before_order,
        ),
        WriteStep(tag="order", document=OrderDocument, subject=order_id, change=store_order, undo=drop_order),
        ChildrenStep(
            tag="reserve",
            flow="reserveOffer",
            children=reservations,
            undo=released,
            undo_flow="releaseOffer",
        ),
        WriteStep(
            document=OrderDocument,
            subject=order_id,
            change=place_order,
            hooks=(Hook("orderPlaced", ("SellOffer",), MarketPlaceOrderCommitOrderPlaced),),
        ),
    ),
)
