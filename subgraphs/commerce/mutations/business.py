"""Mutations of businesses and their customers."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, UserError
from subgraphs.commerce.documents import BusinessDocument, CustomerDocument
from subgraphs.commerce.flows.create_business import CREATE_BUSINESS, CreateBusiness
from subgraphs.commerce.flows.create_customer import CREATE_CUSTOMER, CreateCustomer
from subgraphs.commerce.types.catalog import Business
from subgraphs.commerce.types.customer import Customer
from subgraphs.shared.access import refuse_write, require_user
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow


@strawberry.input
class CreateBusinessInput:
    name: str
    idempotency_key: str | None = None


@strawberry.type
class CreateBusinessPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    business: Business | None = None


@strawberry.input
class CreateCustomerInput:
    business_id: strawberry.ID
    name: str
    email: str
    idempotency_key: str | None = None


@strawberry.type
class CreateCustomerPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    customer: Customer | None = None


@strawberry.type
class BusinessMutations:
    @described("Make a business; you become its OWNER.")
    async def create_business(self, info: SubgraphInfo, input: CreateBusinessInput) -> CreateBusinessPayload:
        require_user(info.context)
        params = CreateBusiness(name=input.name.strip())
        outcome = await run_flow(info, CREATE_BUSINESS, params, input.idempotency_key)
        business = await Business.shown(info, "business", result_id(outcome, "businessId"))
        return CreateBusinessPayload(run=outcome.run, errors=outcome.errors, business=business)

    @described("Make a customer, or return the one that has this e-mail.")
    async def create_customer(self, info: SubgraphInfo, input: CreateCustomerInput) -> CreateCustomerPayload:
        if errors := await refuse_write(
            info.context, BusinessDocument, input.business_id, "businessId", writes=CustomerDocument
        ):
            return CreateCustomerPayload(errors=errors)
        params = CreateCustomer(business_id=input.business_id, name=input.name.strip(), email=input.email.strip())
        outcome = await run_flow(info, CREATE_CUSTOMER, params, input.idempotency_key)
        customer = await Customer.shown(info, "customer", result_id(outcome, "customerId"))
        return CreateCustomerPayload(run=outcome.run, errors=outcome.errors, customer=customer)
