"""`createCustomer`: a customer of a business, or the one that has this e-mail already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.ids import hash_id
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.commerce.documents import CustomerDocument, business_ref
from subgraphs.shared.checks import check_email, check_text


@dataclass(frozen=True)
class CreateCustomer:
    """What the caller gave."""

    business_id: str
    name: str
    email: str


def check(params: CreateCustomer) -> list[Refusal]:
    """A name, and an e-mail that has at least its shape."""
    return list(_refusals(params))


def _refusals(params: CreateCustomer) -> Iterator[Refusal]:
    yield from check_text(params.name, ("name",))
    yield from check_email(params.email, ("email",))


def customer_id(params: CreateCustomer) -> str:
    """One id for each business and e-mail, however that is capitalised."""
    return hash_id("customer", params.business_id, params.email.casefold())


async def create_customer(
    ctx: StepContext[CreateCustomer], customer: CustomerDocument | None
) -> Change | Unchanged | Refusal:
    """Write the customer, unless there is one of that e-mail: that one stays as it is."""
    if customer is not None:
        return Unchanged({"customerId": customer.id})
    params = ctx.params
    made = CustomerDocument(
        id=customer_id(params),
        created_at=ctx.now,
        business_id=params.business_id,
        name=params.name,
        email=params.email,
    )
    return Change(made, result={"customerId": made.id}, object_refs=[made.object_ref])


CREATE_CUSTOMER = Flow(
    tag="createCustomer",
    params=CreateCustomer,
    object_refs=lambda params: [business_ref(params.business_id)],
    check=check,
    steps=(
        WriteStep(
            document=CustomerDocument,
            subject=lambda ctx: customer_id(ctx.params),
            change=create_customer,
        ),
    ),
)
