"""`createStage`: an item enters another stage, whose `previous` is the item's latest.

The item's pointer moves first, by a compare-and-set: of two stages made at once each has another one before
it. The stage itself is written next, which cannot be refused; meanwhile the pointer names one that is null.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import strawberry

from flows.graphql.types import Attribute
from flows.ids import hash_id
from flows.schema import Change, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.shared import attributes
from subgraphs.shared.attributes import AttributeValue
from subgraphs.shared.checks import check_attributes
from subgraphs.shared.context import SubgraphInfo
from subgraphs.supply.documents import ItemDocument, StageDocument, item_ref
from subgraphs.supply.types.item import Item, Stage


@dataclass(frozen=True)
class CreateStage:
    """What the caller gave."""

    item_id: str
    attributes: list[AttributeValue] = field(default_factory=list)


@strawberry.type(description="An item has entered another stage.")
class SupplyCreateStageCommitStageCreated:
    stage_id: strawberry.ID
    item_id: strawberry.ID
    previous_id: strawberry.ID | None
    attributes: list[Attribute]

    @strawberry.field
    async def stage(self, info: SubgraphInfo) -> Stage | None:
        return await Stage.live(info, self.stage_id)

    @strawberry.field
    async def item(self, info: SubgraphInfo) -> Item | None:
        return await Item.live(info, self.item_id)


def new_stage_id(ctx: StepContext[CreateStage]) -> str:
    """The id of the stage that this run makes."""
    return hash_id(ctx.run_id, "stage")


async def append(ctx: StepContext[CreateStage], item: ItemDocument | None) -> Change | Unchanged | Refusal:
    """Make the stage to come the item's latest, and remember which one was."""
    if item is None:
        return Refusal("NOT_FOUND", "itemId names no item.", ("itemId",))
    return Change(
        item.model_copy(update={"latest_stage": new_stage_id(ctx)}),
        result={"companyId": item.company_id, "previousId": item.latest_stage},
    )


async def create_stage(ctx: StepContext[CreateStage], stage: StageDocument | None) -> Change | Unchanged | Refusal:
    """Write the stage and tell the item's plugins."""
    appended = ctx.results["append"]
    made = StageDocument(
        id=new_stage_id(ctx),
        created_at=ctx.now,
        company_id=appended["companyId"],
        item_id=ctx.params.item_id,
        attributes=attributes.to_stored(ctx.params.attributes),
        previous_id=appended["previousId"],
    )
    previous_id = made.previous_id
    payload = SupplyCreateStageCommitStageCreated(
        stage_id=strawberry.ID(made.id),
        item_id=strawberry.ID(made.item_id),
        previous_id=strawberry.ID(previous_id) if previous_id else None,
        attributes=attributes.to_graphql(made.attributes),
    )
    return Change(
        made,
        result={"stageId": made.id},
        hooks={"stageCreated": HookCall([item_ref(made.item_id)], payload)},
        object_refs=[made.object_ref],
    )


CREATE_STAGE = Flow(
    tag="createStage",
    params=CreateStage,
    object_refs=lambda params: [item_ref(params.item_id)],
    check=lambda params: list(check_attributes(params.attributes, ("attributes",))),
    steps=(
        WriteStep(tag="append", document=ItemDocument, subject=lambda ctx: ctx.params.item_id, change=append),
        WriteStep(
            document=StageDocument,
            subject=new_stage_id,
            change=create_stage,
            hooks=(Hook("stageCreated", ("Item",), SupplyCreateStageCommitStageCreated),),
        ),
    ),
)
