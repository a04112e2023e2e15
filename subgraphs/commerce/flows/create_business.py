"""`createBusiness`: a new business, whose OWNER is the user who creates it."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ids import hash_id
from flows.ownership import grant_owner_step
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.commerce.documents import BusinessDocument, business_ref
from subgraphs.shared.checks import check_text


@dataclass(frozen=True)
class CreateBusiness:
    """What the caller gave."""

    name: str


def check(params: CreateBusiness) -> list[Refusal]:
    """A name that says something."""
    return list(check_text(params.name, ("name",)))


def new_business_id(ctx: StepContext[CreateBusiness]) -> str:
    """The id of the business that this run makes."""
    return hash_id(ctx.run_id, "business")


async def create_business(
    ctx: StepContext[CreateBusiness], business: BusinessDocument | None
) -> Change | Unchanged | Refusal:
    """Write the business."""
    made = BusinessDocument(id=new_business_id(ctx), created_at=ctx.now, name=ctx.params.name)
    return Change(made, result={"businessId": made.id}, object_refs=[made.object_ref])


CREATE_BUSINESS = Flow(
    tag="createBusiness",
    params=CreateBusiness,
    check=check,
    steps=(
        WriteStep(document=BusinessDocument, subject=new_business_id, change=create_business),
        grant_owner_step(lambda ctx: business_ref(new_business_id(ctx))),
    ),
)
