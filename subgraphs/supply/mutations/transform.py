"""Mutations of transforms."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, UserError
from subgraphs.shared.access import refuse_write
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow
from subgraphs.supply.documents import CompanyDocument, TransformDocument, TransformKind
from subgraphs.supply.flows.create_transform import CREATE_TRANSFORM, CreateTransform, Portion
from subgraphs.supply.types.transform import Transform


@strawberry.input
class ItemQuantityInput:
    item_id: strawberry.ID
    quantity: int


@strawberry.input
class CreateTransformInput:
    company_id: strawberry.ID
    kind: TransformKind
    inputs: list[ItemQuantityInput]
    outputs: list[ItemQuantityInput]
    external_ref: str | None = strawberry.field(
        default=None, description="Unique in the company: the same input again returns the first transform."
    )
    memo: str | None = None
    idempotency_key: str | None = None


@strawberry.type
class CreateTransformPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    transform: Transform | None = None


def portions(lines: list[ItemQuantityInput]) -> list[Portion]:
    """The parameters' form of one side of a transform."""
    return [Portion(item_id=line.item_id, quantity=line.quantity) for line in lines]


@strawberry.type
class TransformMutations:
    @described("Record that items were made of items.")
    async def create_transform(self, info: SubgraphInfo, input: CreateTransformInput) -> CreateTransformPayload:
        if errors := await refuse_write(
            info.context, CompanyDocument, input.company_id, "companyId", writes=TransformDocument
        ):
            return CreateTransformPayload(errors=errors)
        params = CreateTransform(
            company_id=input.company_id,
            kind=input.kind,
            inputs=portions(input.inputs),
            outputs=portions(input.outputs),
            external_ref=input.external_ref,
            memo=input.memo,
        )
        outcome = await run_flow(info, CREATE_TRANSFORM, params, input.idempotency_key)
        transform = await Transform.shown(info, "transform", result_id(outcome, "transformId"))
        return CreateTransformPayload(run=outcome.run, errors=outcome.errors, transform=transform)
