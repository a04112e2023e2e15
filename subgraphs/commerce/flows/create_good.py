"""`createGood`: a new good; no two goods of a business have the same SKU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.ids import hash_id
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.commerce.documents import GoodDocument, SkuDocument, business_ref, sku_id
from subgraphs.shared import attributes, money
from subgraphs.shared.attributes import AttributeValue
from subgraphs.shared.checks import check_attributes, check_count, check_text
from subgraphs.shared.money import Amount, check_money


@dataclass(frozen=True)
class CreateGood:
    """What the caller gave."""

    business_id: str
    sku: str
    name: str
    price: Amount
    stock: int = 0
    attributes: list[AttributeValue] = field(default_factory=list)


def check(params: CreateGood) -> list[Refusal]:
    """All that is wrong with the input."""
    return list(_refusals(params))


def _refusals(params: CreateGood) -> Iterator[Refusal]:
    yield from check_text(params.sku, ("sku",))
    yield from check_text(params.name, ("name",))
    yield from check_money(params.price, ("price",))
    yield from check_count(params.stock, ("stock",))
    yield from check_attributes(params.attributes, ("attributes",))


def new_good_id(ctx: StepContext[CreateGood]) -> str:
    """The id of the good that this run makes."""
    return hash_id(ctx.run_id, "good")


async def claim_sku(ctx: StepContext[CreateGood], claim: SkuDocument | None) -> Change | Unchanged | Refusal:
    """Take the SKU for the good to come."""
    if claim is not None:
        message = f"Another good of this business has the SKU {ctx.params.sku!r}."
        return Refusal("SKU_TAKEN", message, ("sku",))
    id = sku_id(ctx.params.business_id, ctx.params.sku)
    return Change(SkuDocument(id=id, created_at=ctx.now, good_id=new_good_id(ctx)))


async def release_sku(ctx: StepContext[CreateGood], claim: SkuDocument | None) -> Change | Unchanged:
    """Give the SKU back where the good was not made."""
    if claim is None or claim.good_id != new_good_id(ctx):
        return Unchanged()
    return Change(claim.model_copy(update={"deleted": True}))


async def create_good(ctx: StepContext[CreateGood], good: GoodDocument | None) -> Change | Unchanged | Refusal:
    """Write the good."""
    params = ctx.params
    made = GoodDocument(
        id=new_good_id(ctx),
        created_at=ctx.now,
        business_id=params.business_id,
        sku=params.sku,
        name=params.name,
        price=money.to_stored(params.price),
        stock=params.stock,
        attributes=attributes.to_stored(params.attributes),
    )
    return Change(made, result={"goodId": made.id}, object_refs=[made.object_ref])


CREATE_GOOD = Flow(
    tag="createGood",
    params=CreateGood,
    object_refs=lambda params: [business_ref(params.business_id)],
    check=check,
    steps=(
        WriteStep(
            tag="claim",
            document=SkuDocument,
            subject=lambda ctx: sku_id(ctx.params.business_id, ctx.params.sku),
            change=claim_sku,
            undo=release_sku,
        ),
        WriteStep(document=GoodDocument, subject=new_good_id, change=create_good),
    ),
)
