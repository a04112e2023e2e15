"""`createItem`: a company has a new item, without a stage as yet."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ids import hash_id
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.shared.checks import check_text
from subgraphs.supply.documents import ItemDocument, company_ref


@dataclass(frozen=True)
class CreateItem:
    """What the caller gave."""

    company_id: str
    name: str


def check(params: CreateItem) -> list[Refusal]:
    """A name that says something."""
    return list(check_text(params.name, ("name",)))


def new_item_id(ctx: StepContext[CreateItem]) -> str:
    """The id of the item that this run makes."""
    return hash_id(ctx.run_id, "item")


async def create_item(ctx: StepContext[CreateItem], item: ItemDocument | None) -> Change | Unchanged | Refusal:
    """Write the item."""
    made = ItemDocument(id=new_item_id(ctx), created_at=ctx.now, company_id=ctx.params.company_id, name=ctx.params.name)
    return Change(made, result={"itemId": made.id}, object_refs=[made.object_ref])


CREATE_ITEM = Flow(
    tag="createItem",
    params=CreateItem,
    object_refs=lambda params: [company_ref(params.company_id)],
    check=check,
    steps=(WriteStep(document=ItemDocument, subject=new_item_id, change=create_item),),
)
