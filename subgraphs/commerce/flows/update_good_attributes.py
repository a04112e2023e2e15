"""`updateGoodAttributes`: some of a good's attributes are set, others taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import strawberry

from flows.graphql.types import Attribute
from flows.schema import (
    Change,
    Flow,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    ValidateStep,
    WriteStep,
)
from subgraphs.commerce.documents import GoodDocument, good_ref
from subgraphs.commerce.types.catalog import Good
from subgraphs.shared import attributes
from subgraphs.shared.attributes import AttributeValue
from subgraphs.shared.checks import MOST_LINES, check_attribute_changes
from subgraphs.shared.context import SubgraphInfo

NOT_FOUND = Refusal("NOT_FOUND", "goodId names no good.", ("goodId",))


@dataclass(frozen=True)
class UpdateGoodAttributes:
    """What the caller gave."""

    good_id: str
    set: list[AttributeValue] = field(default_factory=list)
    unset: list[str] = field(default_factory=list)


@strawberry.type(description="A good's attributes are about to change.")
class CommerceUpdateGoodAttributesValidateBeforeAttributesChange:
    good_id: strawberry.ID
    set: list[Attribute]
    unset: list[str]

    @strawberry.field
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.live(info, self.good_id)


@strawberry.type(description="A good's attributes have changed.")
class CommerceUpdateGoodAttributesCommitAttributesChanged:
    good_id: strawberry.ID
    attributes: list[Attribute] = strawberry.field(description="All that the good has now.")
    set: list[Attribute]
    unset: list[str]

    @strawberry.field
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.live(info, self.good_id)


def check(params: UpdateGoodAttributes) -> list[Refusal]:
    """Something to do, and nothing both set and unset."""
    return list(check_attribute_changes(params.set, params.unset))


def changed(params: UpdateGoodAttributes, good: GoodDocument) -> list[attributes.StoredAttribute] | Refusal | None:
    """The attributes the good will have; None where they are what it has."""
    merged = attributes.merge(good.attributes, params.set, params.unset)
    if len(merged) > MOST_LINES:
        message = f"The good would have {len(merged)} attributes; at most {MOST_LINES} are allowed."
        return Refusal("TOO_MANY", message, ("set",))
    return None if merged == good.attributes else merged


async def before_attributes_change(
    ctx: StepContext[UpdateGoodAttributes], good: GoodDocument | None
) -> Mapping[str, HookCall] | Refusal:
    """Ask the good's plugins, if anything is to change."""
    if good is None:
        return NOT_FOUND
    merged = changed(ctx.params, good)
    if merged is None or isinstance(merged, Refusal):
        return merged or {}
    payload = CommerceUpdateGoodAttributesValidateBeforeAttributesChange(
        good_id=strawberry.ID(good.id),
        set=attributes.to_graphql(ctx.params.set),
        unset=ctx.params.unset,
    )
    return {"beforeAttributesChange": HookCall([good.object_ref], payload)}


async def change_attributes(
    ctx: StepContext[UpdateGoodAttributes], good: GoodDocument | None
) -> Change | Unchanged | Refusal:
    """Write the attributes and tell the good's plugins; what the good has already changes nothing."""
    if good is None:
        return NOT_FOUND
    merged = changed(ctx.params, good)
    if merged is None or isinstance(merged, Refusal):
        return merged or Unchanged()
    payload = CommerceUpdateGoodAttributesCommitAttributesChanged(
        good_id=strawberry.ID(good.id),
        attributes=attributes.to_graphql(merged),
        set=attributes.to_graphql(ctx.params.set),
        unset=ctx.params.unset,
    )
    return Change(
        good.model_copy(update={"attributes": merged}),
        hooks={"attributesChanged": HookCall([good.object_ref], payload)},
    )


UPDATE_GOOD_ATTRIBUTES = Flow(
    tag="updateGoodAttributes",
    params=UpdateGoodAttributes,
    object_refs=lambda params: [good_ref(params.good_id)],
    check=check,
    steps=(
        ValidateStep(
            hooks=(
                Hook(
                    "beforeAttributesChange",
                    ("Good",),
                    CommerceUpdateGoodAttributesValidateBeforeAttributesChange,
                ),
            ),
            calls=before_attributes_change,
        ),
        WriteStep(
            document=GoodDocument,
            subject=lambda ctx: ctx.params.good_id,
            change=change_attributes,
            hooks=(Hook("attributesChanged", ("Good",), CommerceUpdateGoodAttributesCommitAttributesChanged),),
        ),
    ),
)
