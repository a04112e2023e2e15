"""`createTransform`: items were made of items. An external ref names one transform of a company."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import strawberry

from flows.ids import hash_id
from flows.schema import Change, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.shared.checks import Path, check_distinct, check_id, check_lines, check_note, check_quantity, check_text
from subgraphs.shared.context import SubgraphInfo
from subgraphs.supply.documents import (
    ItemDocument,
    StoredQuantity,
    TransformDocument,
    TransformKind,
    company_ref,
    item_ref,
)
from subgraphs.supply.types.item import Item
from subgraphs.supply.types.transform import Transform


@dataclass(frozen=True)
class Portion:
    """How much of an item goes in or comes out."""

    item_id: str
    quantity: int


@dataclass(frozen=True)
class CreateTransform:
    """What the caller gave."""

    company_id: str
    kind: TransformKind
    inputs: list[Portion]
    outputs: list[Portion]
    external_ref: str | None = None
    memo: str | None = None


@strawberry.type(description="How much of an item went in or came out, as it was at the hook.")
class SupplyTransformQuantity:
    item_id: strawberry.ID
    quantity: int

    @strawberry.field
    async def item(self, info: SubgraphInfo) -> Item | None:
        return await Item.live(info, self.item_id)


@strawberry.type(description="Items were made of items.")
class SupplyCreateTransformCommitTransformed:
    transform_id: strawberry.ID
    company_id: strawberry.ID
    kind: TransformKind
    inputs: list[SupplyTransformQuantity]
    outputs: list[SupplyTransformQuantity]
    external_ref: str | None
    memo: str | None

    @strawberry.field
    async def transform(self, info: SubgraphInfo) -> Transform | None:
        return await Transform.live(info, self.transform_id)


def check(params: CreateTransform) -> list[Refusal]:
    """All that is wrong with the input. A side may be empty: not all that went in or out need be an item."""
    return list(_refusals(params))


def _refusals(params: CreateTransform) -> Iterator[Refusal]:
    if not params.inputs and not params.outputs:
        yield Refusal("EMPTY", "Give at least one input or output.", ("inputs",))
    yield from _check_side(params.inputs, ("inputs",))
    yield from _check_side(params.outputs, ("outputs",))
    if params.external_ref is not None:
        yield from check_text(params.external_ref, ("externalRef",))
    yield from check_note(params.memo, ("memo",))


def _check_side(lines: Sequence[Portion], field: Path) -> Iterator[Refusal]:
    yield from check_lines(lines, field, least=0)
    yield from check_distinct((line.item_id for line in lines), field)
    for position, line in enumerate(lines):
        yield from check_id(line.item_id, (*field, str(position), "itemId"))
        yield from check_quantity(line.quantity, (*field, str(position), "quantity"))


def transform_id(ctx: StepContext[CreateTransform]) -> str:
    """One id for each external ref of a company; without one, an id of this run's own."""
    params = ctx.params
    if params.external_ref is None:
        return hash_id("transform", ctx.run_id)
    return hash_id("transform", params.company_id, "ref", params.external_ref)


def fingerprint(params: CreateTransform) -> str:
    """Equal for two inputs that ask for the same."""
    sides = [[(line.item_id, line.quantity) for line in side] for side in (params.inputs, params.outputs)]
    return hash_id(params.company_id, params.kind.value, params.external_ref, params.memo, sides)


async def foreign_item(ctx: StepContext[CreateTransform]) -> Refusal | None:
    """The first line that names no item of the company."""
    for side, lines in (("inputs", ctx.params.inputs), ("outputs", ctx.params.outputs)):
        for position, line in enumerate(lines):
            item = await ctx.load(ItemDocument, line.item_id)
            if item is None or item.company_id != ctx.params.company_id:
                message = f"{side} {position + 1} names no item of this company."
                return Refusal("NOT_FOUND", message, (side, str(position), "itemId"))
    return None


async def create_transform(
    ctx: StepContext[CreateTransform], transform: TransformDocument | None
) -> Change | Unchanged | Refusal:
    """Write the transform and tell the plugins of its items, unless it was written before."""
    params = ctx.params
    if transform is not None:
        if transform.asked != fingerprint(params):
            message = f"Another transform of this company has the external ref {params.external_ref!r}."
            return Refusal("EXTERNAL_REF_TAKEN", message, ("externalRef",))
        return Unchanged({"transformId": transform.id})
    if refused := await foreign_item(ctx):
        return refused
    made = TransformDocument(
        id=transform_id(ctx),
        created_at=ctx.now,
        company_id=params.company_id,
        kind=params.kind,
        inputs=[StoredQuantity(item_id=line.item_id, quantity=line.quantity) for line in params.inputs],
        outputs=[StoredQuantity(item_id=line.item_id, quantity=line.quantity) for line in params.outputs],
        memo=params.memo,
        external_ref=params.external_ref,
        asked=fingerprint(params),
    )
    return Change(
        made,
        result={"transformId": made.id},
        hooks={"transformed": call_of(made)},
        object_refs=[made.object_ref],
    )


def call_of(made: TransformDocument) -> HookCall:
    """The hook's call for the items of both sides."""
    payload = SupplyCreateTransformCommitTransformed(
        transform_id=strawberry.ID(made.id),
        company_id=strawberry.ID(made.company_id),
        kind=made.kind,
        inputs=_shown(made.inputs),
        outputs=_shown(made.outputs),
        external_ref=made.external_ref,
        memo=made.memo,
    )
    return HookCall(sorted({item_ref(line.item_id) for line in (*made.inputs, *made.outputs)}), payload)


def _shown(lines: Sequence[StoredQuantity]) -> list[SupplyTransformQuantity]:
    return [SupplyTransformQuantity(item_id=strawberry.ID(line.item_id), quantity=line.quantity) for line in lines]


def refs_of(params: CreateTransform) -> list[str]:
    """The company and every item that the transform is about."""
    items = {item_ref(line.item_id) for line in (*params.inputs, *params.outputs)}
    return [company_ref(params.company_id), *sorted(items)]


CREATE_TRANSFORM = Flow(
    tag="createTransform",
    params=CreateTransform,
    object_refs=refs_of,
    check=check,
    steps=(
        WriteStep(
            document=TransformDocument,
            subject=transform_id,
            change=create_transform,
            hooks=(Hook("transformed", ("Item",), SupplyCreateTransformCommitTransformed),),
        ),
    ),
)
