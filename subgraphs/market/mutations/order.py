"""Mutations of orders."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, UserError
from identity import PrincipalKind
from subgraphs.market.documents import OrderDocument, SellOfferDocument
from subgraphs.market.flows.cancel_order import CANCEL_ORDER, CancelOrder
from subgraphs.market.flows.place_order import PLACE_ORDER, AskedLine, GivenBuyer, PlaceOrder
from subgraphs.market.types.order import Order
from subgraphs.shared.access import refuse_write
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow


@strawberry.input
class OrderLineInput:
    offer_id: strawberry.ID
    quantity: int


@strawberry.input
class BuyerInput:
    name: str
    email: str


@strawberry.input
class PlaceOrderInput:
    lines: list[OrderLineInput] = strawberry.field(
        description="Offers of one seller; lines that name one offer twice count together."
    )
    buyer: BuyerInput
    idempotency_key: str | None = None


@strawberry.type
class PlaceOrderPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    order: Order | None = None


@strawberry.input
class CancelOrderInput:
    order_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = None


@strawberry.type
class CancelOrderPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    order: Order | None = None


@strawberry.type
class OrderMutations:
    @described("Order offers of one seller: all of them are reserved, or none.")
    async def place_order(self, info: SubgraphInfo, input: PlaceOrderInput) -> PlaceOrderPayload:
        if errors := await _refuse_order(info, input.lines):
            return PlaceOrderPayload(errors=errors)
        params = PlaceOrder(
            lines=[AskedLine(offer_id=line.offer_id, quantity=line.quantity) for line in input.lines],
            buyer=GivenBuyer(name=input.buyer.name.strip(), email=input.buyer.email.strip()),
        )
        outcome = await run_flow(info, PLACE_ORDER, params, input.idempotency_key)
        order = await Order.shown(info, "order", result_id(outcome, "orderId", "order"))
        return PlaceOrderPayload(run=outcome.run, errors=outcome.errors, order=order)

    @described("Cancel an order; what it holds is released. Twice is harmless.")
    async def cancel_order(self, info: SubgraphInfo, input: CancelOrderInput) -> CancelOrderPayload:
        if errors := await refuse_write(info.context, OrderDocument, input.order_id, "orderId"):
            return CancelOrderPayload(errors=errors)
        params = CancelOrder(order_id=input.order_id, reason=input.reason)
        outcome = await run_flow(info, CANCEL_ORDER, params, input.idempotency_key)
        order = await Order.shown(info, "order", input.order_id)
        return CancelOrderPayload(run=outcome.run, errors=outcome.errors, order=order)


async def _refuse_order(info: SubgraphInfo, lines: list[OrderLineInput]) -> list[UserError]:
    """Why the caller may not order these: every user may; a plugin needs the sellers' authorization.

    Offers that do not exist are left to the flow, which says so line by line.
    """
    access = info.context.access
    access.require_signed_in()
    if info.context.principal.kind is PrincipalKind.USER:
        return []
    for position, line in enumerate(lines):
        offer = await info.context.loaders.load(SellOfferDocument, line.offer_id)
        permission = OrderDocument.permission("write")
        if offer is not None and not await access.may(permission, offer.owner_ref, offer.object_ref):
            field = ["lines", str(position), "offerId"]
            message = f"{'.'.join(field)} names nothing that you may order."
            return [UserError(code="NOT_FOUND", message=message, field=field)]
    return []
