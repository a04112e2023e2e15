"""`deleteGood`: a good is gone for everybody, and its SKU is free again."""

from __future__ import annotations

from dataclasses import dataclass

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.commerce.documents import GoodDocument, SkuDocument, good_ref, sku_id


@dataclass(frozen=True)
class DeleteGood:
    """What the caller gave."""

    good_id: str


async def delete_good(ctx: StepContext[DeleteGood], good: GoodDocument | None) -> Change | Unchanged | Refusal:
    """Leave a tombstone: sales that name the good stay as they are."""
    if good is None:
        return Refusal("NOT_FOUND", "goodId names no good.", ("goodId",))
    result = {"goodId": good.id, "skuId": sku_id(good.business_id, good.sku)}
    return Change(good.model_copy(update={"deleted": True}), result=result)


async def release_sku(ctx: StepContext[DeleteGood], claim: SkuDocument | None) -> Change | Unchanged:
    """Free the SKU, unless another good has it by now."""
    if claim is None or claim.good_id != ctx.params.good_id:
        return Unchanged()
    return Change(claim.model_copy(update={"deleted": True}))


DELETE_GOOD = Flow(
    tag="deleteGood",
    params=DeleteGood,
    object_refs=lambda params: [good_ref(params.good_id)],
    steps=(
        WriteStep(document=GoodDocument, subject=lambda ctx: ctx.params.good_id, change=delete_good),
        WriteStep(
            tag="release",
            document=SkuDocument,
            subject=lambda ctx: str(ctx.results["commit"]["skuId"]),
            change=release_sku,
            refuses=False,
        ),
    ),
)
