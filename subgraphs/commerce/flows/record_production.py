"""`recordProduction`: goods are used up and others made of them, all stock changes or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import strawberry

from flows.ids import hash_id
from flows.schema import (
    Change,
    ChildrenStep,
    Flow,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    WriteStep,
)
from subgraphs.commerce.documents import (
    GoodDocument,
    ProductionDocument,
    ProductionKind,
    StoredQuantity,
    business_ref,
    good_ref,
)
from subgraphs.commerce.flows.adjust_stock import AdjustStock, stock_after, taken_back
from subgraphs.commerce.types.catalog import Good
from subgraphs.commerce.types.production import Production
from subgraphs.shared.checks import Path, check_distinct, check_id, check_lines, check_quantity
from subgraphs.shared.context import SubgraphInfo


@dataclass(frozen=True)
class Portion:
    """How much of a good goes in or comes out."""

    good_id: str
    quantity: int


@dataclass(frozen=True)
class RecordProduction:
    """What the caller gave."""

    business_id: str
    kind: ProductionKind
    inputs: list[Portion]
    outputs: list[Portion]


@strawberry.type(description="How much of a good went in or came out, as it was at the hook.")
class CommerceProductionQuantity:
    good_id: strawberry.ID
    quantity: int

    @strawberry.field
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.live(info, self.good_id)


@strawberry.type(description="Goods were used up and others made of them.")
class CommerceRecordProductionCommitProduced:
    production_id: strawberry.ID
    business_id: strawberry.ID
    kind: ProductionKind
    inputs: list[CommerceProductionQuantity]
    outputs: list[CommerceProductionQuantity]

    @strawberry.field
    async def production(self, info: SubgraphInfo) -> Production | None:
        return await Production.live(info, self.production_id)


def check(params: RecordProduction) -> list[Refusal]:
    """All that is wrong with the input; a bundle is one output of many inputs, an unbundling the reverse."""
    return list(_refusals(params))


def _refusals(params: RecordProduction) -> Iterator[Refusal]:
    least = 0 if params.kind is ProductionKind.PRODUCE else 1
    yield from _check_side(params.inputs, ("inputs",), least)
    yield from _check_side(params.outputs, ("outputs",), 1)
    if params.kind is ProductionKind.BUNDLE and len(params.outputs) > 1:
        yield Refusal("TOO_MANY", "BUNDLE makes one good.", ("outputs",))
    if params.kind is ProductionKind.UNBUNDLE and len(params.inputs) > 1:
        yield Refusal("TOO_MANY", "UNBUNDLE takes one good apart.", ("inputs",))
    both = {line.good_id for line in params.inputs} & {line.good_id for line in params.outputs}
    if both:
        named = ", ".join(sorted(both))
        yield Refusal("DUPLICATE", f"Both input and output: {named[:200]}.", ("outputs",))


def _check_side(lines: Sequence[Portion], field: Path, least: int) -> Iterator[Refusal]:
    yield from check_lines(lines, field, least)
    yield from check_distinct((line.good_id for line in lines), field)
    for position, line in enumerate(lines):
        yield from check_id(line.good_id, (*field, str(position), "goodId"))
        yield from check_quantity(line.quantity, (*field, str(position), "quantity"))


async def move_stock(ctx: StepContext[RecordProduction]) -> Mapping[str, AdjustStock] | Refusal:
    """A stock change for each good, inputs down and outputs up; refused early where one is impossible."""
    params = ctx.params
    moves: dict[str, AdjustStock] = {}
    for side, lines, sign in (("inputs", params.inputs, -1), ("outputs", params.outputs, 1)):
        for position, line in enumerate(lines):
            good = await ctx.load(GoodDocument, line.good_id)
            if good is None or good.business_id != params.business_id:
                message = f"{side} {position + 1} names no good of this business."
                return Refusal("NOT_FOUND", message, (side, str(position), "goodId"))
            move = AdjustStock(good_id=good.id, delta=sign * line.quantity, reason=params.kind.value)
            refused = stock_after(move, good)
            if isinstance(refused, Refusal):
                return Refusal(refused.code, refused.message, (side, str(position), "quantity"))
            moves[good.id] = move
    return moves


def production_id(ctx: StepContext[RecordProduction]) -> str:
    """The id of the production that this run records."""
    return hash_id("production", ctx.run_id)


async def record(
    ctx: StepContext[RecordProduction], production: ProductionDocument | None
) -> Change | Unchanged | Refusal:
    """Write the production and tell the plugins of its goods."""
    params = ctx.params
    made = ProductionDocument(
        id=production_id(ctx),
        created_at=ctx.now,
        business_id=params.business_id,
        kind=params.kind,
        inputs=[StoredQuantity(good_id=line.good_id, quantity=line.quantity) for line in params.inputs],
        outputs=[StoredQuantity(good_id=line.good_id, quantity=line.quantity) for line in params.outputs],
    )
    payload = CommerceRecordProductionCommitProduced(
        production_id=strawberry.ID(made.id),
        business_id=strawberry.ID(made.business_id),
        kind=made.kind,
        inputs=_shown(made.inputs),
        outputs=_shown(made.outputs),
    )
    targets = [good_ref(line.good_id) for line in (*made.inputs, *made.outputs)]
    return Change(
        made,
        result={"productionId": made.id},
        hooks={"produced": HookCall(targets, payload)},
        object_refs=[made.object_ref],
    )


def _shown(lines: Sequence[StoredQuantity]) -> list[CommerceProductionQuantity]:
    return [CommerceProductionQuantity(good_id=strawberry.ID(line.good_id), quantity=line.quantity) for line in lines]


def refs_of(params: RecordProduction) -> list[str]:
    """The business and every good that the production is about."""
    goods = [good_ref(line.good_id) for line in (*params.inputs, *params.outputs)]
    return [business_ref(params.business_id), *goods]


RECORD_PRODUCTION = Flow(
    tag="recordProduction",
    params=RecordProduction,
    object_refs=refs_of,
    check=check,
    steps=(
        ChildrenStep(tag="stock", flow="adjustStock", children=move_stock, undo=taken_back),
        WriteStep(
            document=ProductionDocument,
            subject=production_id,
            change=record,
            hooks=(Hook("produced", ("Good",), CommerceRecordProductionCommitProduced),),
        ),
    ),
)
