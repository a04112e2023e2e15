"""Mutations of production."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, UserError
from subgraphs.commerce.documents import BusinessDocument, ProductionDocument, ProductionKind
from subgraphs.commerce.flows.record_production import RECORD_PRODUCTION, Portion, RecordProduction
from subgraphs.commerce.types.production import Production
from subgraphs.shared.access import refuse_write
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import errors_about, result_id, run_flow


@strawberry.input
class GoodQuantityInput:
    good_id: strawberry.ID
    quantity: int


@strawberry.input
class RecordProductionInput:
    business_id: strawberry.ID
    kind: ProductionKind
    inputs: list[GoodQuantityInput]
    outputs: list[GoodQuantityInput]
    idempotency_key: str | None = None


@strawberry.type
class RecordProductionPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    production: Production | None = None


def portions(lines: list[GoodQuantityInput]) -> list[Portion]:
    """The parameters' form of one side of a production."""
    return [Portion(good_id=line.good_id, quantity=line.quantity) for line in lines]


@strawberry.type
class ProductionMutations:
    @described("Use goods up and make others of them; their stock moves.")
    async def record_production(self, info: SubgraphInfo, input: RecordProductionInput) -> RecordProductionPayload:
        if errors := await refuse_write(
            info.context, BusinessDocument, input.business_id, "businessId", writes=ProductionDocument
        ):
            return RecordProductionPayload(errors=errors)
        params = RecordProduction(
            business_id=input.business_id,
            kind=input.kind,
            inputs=portions(input.inputs),
            outputs=portions(input.outputs),
        )
        outcome = await run_flow(info, RECORD_PRODUCTION, params, input.idempotency_key)
        production = await Production.shown(info, "production", result_id(outcome, "productionId"))
        errors = errors_about(outcome, "businessId", "kind", "inputs", "outputs")
        return RecordProductionPayload(run=outcome.run, errors=errors, production=production)
