"""`updateProduct`: some of a product's attributes are set, others taken away."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.market.documents import ProductDocument, product_ref
from subgraphs.shared import attributes
from subgraphs.shared.attributes import AttributeValue
from subgraphs.shared.checks import MOST_LINES, check_attribute_changes


@dataclass(frozen=True)
class UpdateProduct:
    """What the caller gave."""

    product_id: str
    set: list[AttributeValue] = field(default_factory=list)
    unset: list[str] = field(default_factory=list)


def check(params: UpdateProduct) -> list[Refusal]:
    """Something to do, and nothing both set and unset."""
    return list(check_attribute_changes(params.set, params.unset))


async def update_product(
    ctx: StepContext[UpdateProduct], product: ProductDocument | None
) -> Change | Unchanged | Refusal:
    """Write the attributes; what the product has already changes nothing."""
    if product is None:
        return Refusal("NOT_FOUND", "productId names no product.", ("productId",))
    merged = attributes.merge(product.attributes, ctx.params.set, ctx.params.unset)
    if len(merged) > MOST_LINES:
        message = f"The product would have {len(merged)} attributes; at most {MOST_LINES} are allowed."
        return Refusal("TOO_MANY", message, ("set",))
    if merged == product.attributes:
        return Unchanged()
    return Change(product.model_copy(update={"attributes": merged}))


UPDATE_PRODUCT = Flow(
    tag="updateProduct",
    params=UpdateProduct,
    object_refs=lambda params: [product_ref(params.product_id)],
    check=check,
    steps=(WriteStep(document=ProductDocument, subject=lambda ctx: ctx.params.product_id, change=update_product),),
)
