"""Mutations of goods."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

from flows.graphql.context import RunOutcome
from flows.graphql.types import AttributeInput, FlowRun, MoneyInput, UserError
from flows.schema import Flow, OnRefused
from subgraphs.commerce.documents import BusinessDocument, GoodDocument
from subgraphs.commerce.flows.adjust_stock import ADJUST_STOCK, AdjustStock
from subgraphs.commerce.flows.change_prices import CHANGE_PRICES, ChangePrices
from subgraphs.commerce.flows.create_good import CREATE_GOOD, CreateGood
from subgraphs.commerce.flows.delete_good import DELETE_GOOD, DeleteGood
from subgraphs.commerce.flows.set_price import SET_PRICE, SetPrice
from subgraphs.commerce.flows.update_good_attributes import UPDATE_GOOD_ATTRIBUTES, UpdateGoodAttributes
from subgraphs.commerce.types.catalog import Good
from subgraphs.shared import attributes, money
from subgraphs.shared.access import refuse_write
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow


@strawberry.input
class CreateGoodInput:
    business_id: strawberry.ID
    sku: str
    name: str
    price: MoneyInput
    stock: int = 0
    attributes: list[AttributeInput] | None = None
    idempotency_key: str | None = None


@strawberry.type
class CreateGoodPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    good: Good | None = None


@strawberry.input
class UpdateGoodAttributesInput:
    good_id: strawberry.ID
    set: list[AttributeInput] | None = None
    unset: list[str] | None = None
    idempotency_key: str | None = None


@strawberry.type
class UpdateGoodAttributesPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    good: Good | None = None


@strawberry.input
class SetPriceInput:
    good_id: strawberry.ID
    price: MoneyInput
    idempotency_key: str | None = None


@strawberry.type
class SetPricePayload:
    errors: list[UserError]
    run: FlowRun | None = None
    good: Good | None = None


strawberry.enum(OnRefused, description="What one that is refused does to a change over many objects.")


@strawberry.input
class ChangePricesInput:
    business_id: strawberry.ID
    percent: Decimal | None = strawberry.field(
        default=None, description="Added to each good's price as it is then; negative takes off."
    )
    price: MoneyInput | None = strawberry.field(default=None, description="One price for all, in place of percent.")
    decimals: int = strawberry.field(default=2, description="Places that a price is rounded to, half to even.")
    attribute: AttributeInput | None = strawberry.field(default=None, description="Only goods that have it.")
    on_refused: OnRefused = strawberry.field(
        default=OnRefused.CONTINUE,
        description="CONTINUE: the others get their prices. STOP: all goods get their old prices back.",
    )
    idempotency_key: str | None = None


@strawberry.type
class ChangePricesPayload:
    errors: list[UserError]
    run: FlowRun | None = strawberry.field(
        default=None, description="Under way where the goods are many: its progress shows how far it has come."
    )


@strawberry.input
class AdjustStockInput:
    good_id: strawberry.ID
    delta: int
    reason: str | None = None
    idempotency_key: str | None = None


@strawberry.type
class AdjustStockPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    good: Good | None = None


@strawberry.input
class DeleteGoodInput:
    good_id: strawberry.ID
    idempotency_key: str | None = None


@strawberry.type
class DeleteGoodPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    good: Good | None = strawberry.field(default=None, description="Null once it is deleted.")


@strawberry.type
class GoodMutations:
    @described("Make a good; its SKU is unique in the business.")
    async def create_good(self, info: SubgraphInfo, input: CreateGoodInput) -> CreateGoodPayload:
        if errors := await refuse_write(
            info.context, BusinessDocument, input.business_id, "businessId", writes=GoodDocument
        ):
            return CreateGoodPayload(errors=errors)
        params = CreateGood(
            business_id=input.business_id,
            sku=input.sku.strip(),
            name=input.name.strip(),
            price=money.from_input(input.price),
            stock=input.stock,
            attributes=attributes.from_input(input.attributes),
        )
        outcome = await run_flow(info, CREATE_GOOD, params, input.idempotency_key)
        good = await Good.shown(info, "good", result_id(outcome, "goodId"))
        return CreateGoodPayload(run=outcome.run, errors=outcome.errors, good=good)

    @described("Set some of a good's attributes and take others away.")
    async def update_good_attributes(
        self, info: SubgraphInfo, input: UpdateGoodAttributesInput
    ) -> UpdateGoodAttributesPayload:
        if errors := await refuse_write(info.context, GoodDocument, input.good_id, "goodId"):
            return UpdateGoodAttributesPayload(errors=errors)
        params = UpdateGoodAttributes(
            good_id=input.good_id, set=attributes.from_input(input.set), unset=list(input.unset or ())
        )
        outcome, good = await _run(info, UPDATE_GOOD_ATTRIBUTES, params, input)
        return UpdateGoodAttributesPayload(run=outcome.run, errors=outcome.errors, good=good)

    @described("Give a good another price.")
    async def set_price(self, info: SubgraphInfo, input: SetPriceInput) -> SetPricePayload:
        if errors := await refuse_write(info.context, GoodDocument, input.good_id, "goodId"):
            return SetPricePayload(errors=errors)
        params = SetPrice(good_id=input.good_id, price=money.from_input(input.price))
        outcome, good = await _run(info, SET_PRICE, params, input)
        return SetPricePayload(run=outcome.run, errors=outcome.errors, good=good)

    @described("Change the prices of all goods of a business, or of some, page by page; each good's plugins are told.")
    async def change_prices(self, info: SubgraphInfo, input: ChangePricesInput) -> ChangePricesPayload:
        if errors := await refuse_write(
            info.context, BusinessDocument, input.business_id, "businessId", writes=GoodDocument
        ):
            return ChangePricesPayload(errors=errors)
        wanted = attributes.from_input([input.attribute] if input.attribute else None)
        params = ChangePrices(
            business_id=input.business_id,
            percent=input.percent,
            price=money.from_input(input.price) if input.price else None,
            decimals=input.decimals,
            attribute=wanted[0] if wanted else None,
            on_refused=input.on_refused,
        )
        outcome = await run_flow(info, CHANGE_PRICES, params, input.idempotency_key)
        return ChangePricesPayload(run=outcome.run, errors=outcome.errors)

    @described("Move a good's stock up or down by `delta`, never below 0.")
    async def adjust_stock(self, info: SubgraphInfo, input: AdjustStockInput) -> AdjustStockPayload:
        if errors := await refuse_write(info.context, GoodDocument, input.good_id, "goodId"):
            return AdjustStockPayload(errors=errors)
        params = AdjustStock(good_id=input.good_id, delta=input.delta, reason=input.reason)
        outcome, good = await _run(info, ADJUST_STOCK, params, input)
        return AdjustStockPayload(run=outcome.run, errors=outcome.errors, good=good)

    @described("Delete a good; its SKU is free again.")
    async def delete_good(self, info: SubgraphInfo, input: DeleteGoodInput) -> DeleteGoodPayload:
        if errors := await refuse_write(info.context, GoodDocument, input.good_id, "goodId"):
            return DeleteGoodPayload(errors=errors)
        outcome, good = await _run(info, DELETE_GOOD, DeleteGood(good_id=input.good_id), input)
        return DeleteGoodPayload(run=outcome.run, errors=outcome.errors, good=good)


_OfOneGood = UpdateGoodAttributesInput | SetPriceInput | AdjustStockInput | DeleteGoodInput


async def _run(info: SubgraphInfo, flow: Flow[Any], params: Any, input: _OfOneGood) -> tuple[RunOutcome, Good | None]:
    """Run a flow of one good, and the good as it is then."""
    outcome = await run_flow(info, flow, params, input.idempotency_key)
    return outcome, await Good.shown(info, "good", input.good_id)
