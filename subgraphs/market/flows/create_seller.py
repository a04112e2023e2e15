"""`createSeller`: a new seller, whose OWNER is the user who creates it."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ids import hash_id
from flows.ownership import grant_owner_step
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.market.documents import SellerDocument, seller_ref
from subgraphs.shared.checks import check_text


@dataclass(frozen=True)
class CreateSeller:
    """What the caller gave."""

    name: str


def check(params: CreateSeller) -> list[Refusal]:
    """A name that says something."""
    return list(check_text(params.name, ("name",)))


def new_seller_id(ctx: StepContext[CreateSeller]) -> str:
    """The id of the seller that this run makes."""
    return hash_id(ctx.run_id, "seller")


async def create_seller(ctx: StepContext[CreateSeller], seller: SellerDocument | None) -> Change | Unchanged | Refusal:
    """Write the seller."""
    made = SellerDocument(id=new_seller_id(ctx), created_at=ctx.now, name=ctx.params.name)
    return Change(made, result={"sellerId": made.id})


CREATE_SELLER = Flow(
    tag="createSeller",
    params=CreateSeller,
    check=check,
    steps=(
        WriteStep(document=SellerDocument, subject=new_seller_id, change=create_seller),
        grant_owner_step(lambda ctx: seller_ref(new_seller_id(ctx))),
    ),
)
