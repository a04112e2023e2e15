"""`createProduct`: a new product of a seller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.ids import hash_id
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.market.documents import ProductDocument, seller_ref
from subgraphs.shared import attributes
from subgraphs.shared.attributes import AttributeValue
from subgraphs.shared.checks import check_attributes, check_text


@dataclass(frozen=True)
class CreateProduct:
    """What the caller gave."""

    seller_id: str
    title: str
    attributes: list[AttributeValue] = field(default_factory=list)


def check(params: CreateProduct) -> list[Refusal]:
    """All that is wrong with the input."""
    return list(_refusals(params))


def _refusals(params: CreateProduct) -> Iterator[Refusal]:
    yield from check_text(params.title, ("title",))
    yield from check_attributes(params.attributes, ("attributes",))


def new_product_id(ctx: StepContext[CreateProduct]) -> str:
    """The id of the product that this run makes."""
    return hash_id(ctx.run_id, "product")


async def create_product(
    ctx: StepContext[CreateProduct], product: ProductDocument | None
) -> Change | Unchanged | Refusal:
    """Write the product."""
    made = ProductDocument(
        id=new_product_id(ctx),
        created_at=ctx.now,
        seller_id=ctx.params.seller_id,
        title=ctx.params.title,
        attributes=attributes.to_stored(ctx.params.attributes),
    )
    return Change(made, result={"productId": made.id})


CREATE_PRODUCT = Flow(
    tag="createProduct",
    params=CreateProduct,
    object_refs=lambda params: [seller_ref(params.seller_id)],
    check=check,
    steps=(WriteStep(document=ProductDocument, subject=new_product_id, change=create_product),),
)
