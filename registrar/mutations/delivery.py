"""`redriveDeliveries`: dead deliveries are due again."""

from __future__ import annotations

import strawberry

from flows.graphql.pages import MAX_PAGE
from flows.graphql.types import FlowRun, PageInfo, UserError
from registrar.context import RegistrarInfo
from registrar.listing import DeliveryFilter
from registrar.redriving import PAGE, Redriven, redrive_ids, redrive_page
from registrar.types.delivery import Delivery
from registrar.types.fields import described


@strawberry.input(one_of=True, description="Deliveries by id, at most 100, or the dead ones that a filter selects.")
class DeliverySelect:
    ids: strawberry.Maybe[list[strawberry.ID]]
    filter: strawberry.Maybe[DeliveryFilter]


@strawberry.input
class RedriveDeliveriesInput:
    select: DeliverySelect
    first: int = strawberry.field(default=MAX_PAGE, description=f"With a filter: how many at once, at most {PAGE}.")
    after: str | None = strawberry.field(
        default=None, description="With a filter: the endCursor of the call before, to go on behind it."
    )
    idempotency_key: str | None = None


@strawberry.type
class RedriveDeliveriesPayload:
    errors: list[UserError]
    deliveries: list[Delivery]
    count: int = strawberry.field(description="How many are due again.")
    page_info: PageInfo | None = strawberry.field(description="With a filter: whether there are more, and where.")
    run: FlowRun | None = None

    @classmethod
    def of(cls, done: Redriven) -> RedriveDeliveriesPayload:
        """What one call came to."""
        driven = [Delivery.of(item) for item in done.deliveries]
        return cls(errors=done.errors, deliveries=driven, count=len(driven), page_info=done.page)


@strawberry.type
class DeliveryMutations:
    @described(
        "Make dead deliveries due again: those of ids, or of a filter a page at a time, the oldest first. "
        "Doing it twice is harmless."
    )
    async def redrive_deliveries(self, info: RegistrarInfo, input: RedriveDeliveriesInput) -> RedriveDeliveriesPayload:
        info.context.access.require_signed_in()
        if input.select.filter is not None:
            filter = input.select.filter.value
            return RedriveDeliveriesPayload.of(await redrive_page(info.context, filter, input.first, input.after))
        assert input.select.ids is not None, "one_of: GraphQL has checked that one is given"
        return RedriveDeliveriesPayload.of(await redrive_ids(info.context, input.select.ids.value))
