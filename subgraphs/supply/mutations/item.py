"""Mutations of companies, items and stages."""

from __future__ import annotations

import strawberry

from flows.graphql.types import AttributeInput, FlowRun, UserError
from subgraphs.shared import attributes
from subgraphs.shared.access import refuse_write, require_user
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow
from subgraphs.supply.documents import CompanyDocument, ItemDocument, StageDocument
from subgraphs.supply.flows.create_company import CREATE_COMPANY, CreateCompany
from subgraphs.supply.flows.create_item import CREATE_ITEM, CreateItem
from subgraphs.supply.flows.create_stage import CREATE_STAGE, CreateStage
from subgraphs.supply.types.item import Company, Item, Stage


@strawberry.input
class CreateCompanyInput:
    name: str
    idempotency_key: str | None = None


@strawberry.type
class CreateCompanyPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    company: Company | None = None


@strawberry.input
class CreateItemInput:
    company_id: strawberry.ID
    name: str
    idempotency_key: str | None = None


@strawberry.type
class CreateItemPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    item: Item | None = None


@strawberry.input
class CreateStageInput:
    item_id: strawberry.ID
    attributes: list[AttributeInput]
    idempotency_key: str | None = None


@strawberry.type
class CreateStagePayload:
    errors: list[UserError]
    run: FlowRun | None = None
    stage: Stage | None = None


@strawberry.type
class ItemMutations:
    @described("Make a company; you become its OWNER.")
    async def create_company(self, info: SubgraphInfo, input: CreateCompanyInput) -> CreateCompanyPayload:
        require_user(info.context)
        params = CreateCompany(name=input.name.strip())
        outcome = await run_flow(info, CREATE_COMPANY, params, input.idempotency_key)
        company = await Company.shown(info, "company", result_id(outcome, "companyId"))
        return CreateCompanyPayload(run=outcome.run, errors=outcome.errors, company=company)

    @described("Make an item of a company.")
    async def create_item(self, info: SubgraphInfo, input: CreateItemInput) -> CreateItemPayload:
        if errors := await refuse_write(
            info.context, CompanyDocument, input.company_id, "companyId", writes=ItemDocument
        ):
            return CreateItemPayload(errors=errors)
        params = CreateItem(company_id=input.company_id, name=input.name.strip())
        outcome = await run_flow(info, CREATE_ITEM, params, input.idempotency_key)
        item = await Item.shown(info, "item", result_id(outcome, "itemId"))
        return CreateItemPayload(run=outcome.run, errors=outcome.errors, item=item)

    @described("An item enters another stage; its `previous` is the item's latest.")
    async def create_stage(self, info: SubgraphInfo, input: CreateStageInput) -> CreateStagePayload:
        if errors := await refuse_write(info.context, ItemDocument, input.item_id, "itemId", writes=StageDocument):
            return CreateStagePayload(errors=errors)
        params = CreateStage(item_id=input.item_id, attributes=attributes.from_input(input.attributes))
        outcome = await run_flow(info, CREATE_STAGE, params, input.idempotency_key)
        stage = await Stage.shown(info, "stage", result_id(outcome, "stageId"))
        return CreateStagePayload(run=outcome.run, errors=outcome.errors, stage=stage)
