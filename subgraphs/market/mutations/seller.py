"""Mutations of sellers and their products."""

from __future__ import annotations

import strawberry

from flows.graphql.types import AttributeInput, FlowRun, UserError
from subgraphs.market.documents import ProductDocument, SellerDocument
from subgraphs.market.flows.create_product import CREATE_PRODUCT, CreateProduct
from subgraphs.market.flows.create_seller import CREATE_SELLER, CreateSeller
from subgraphs.market.flows.update_product import UPDATE_PRODUCT, UpdateProduct
from subgraphs.market.types.catalog import Product, Seller
from subgraphs.shared import attributes
from subgraphs.shared.access import refuse_write, require_user
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow


@strawberry.input
class CreateSellerInput:
    name: str
    idempotency_key: str | None = None


@strawberry.type
class CreateSellerPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    seller: Seller | None = None


@strawberry.input
class CreateProductInput:
    seller_id: strawberry.ID
    title: str
    attributes: list[AttributeInput] | None = None
    idempotency_key: str | None = None


@strawberry.type
class CreateProductPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    product: Product | None = None


@strawberry.input
class UpdateProductInput:
    product_id: strawberry.ID
    set: list[AttributeInput] | None = None
    unset: list[str] | None = None
    idempotency_key: str | None = None


@strawberry.type
class UpdateProductPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    product: Product | None = None


@strawberry.type
class SellerMutations:
    @described("Make a seller; you become its OWNER.")
    async def create_seller(self, info: SubgraphInfo, input: CreateSellerInput) -> CreateSellerPayload:
        require_user(info.context)
        params = CreateSeller(name=input.name.strip())
        outcome = await run_flow(info, CREATE_SELLER, params, input.idempotency_key)
        seller = await Seller.shown(info, "seller", result_id(outcome, "sellerId"))
        return CreateSellerPayload(run=outcome.run, errors=outcome.errors, seller=seller)

    @described("Make a product of a seller.")
    async def create_product(self, info: SubgraphInfo, input: CreateProductInput) -> CreateProductPayload:
        if errors := await refuse_write(
            info.context, SellerDocument, input.seller_id, "sellerId", writes=ProductDocument
        ):
            return CreateProductPayload(errors=errors)
        params = CreateProduct(
            seller_id=input.seller_id,
            title=input.title.strip(),
            attributes=attributes.from_input(input.attributes),
        )
        outcome = await run_flow(info, CREATE_PRODUCT, params, input.idempotency_key)
        product = await Product.shown(info, "product", result_id(outcome, "productId"))
        return CreateProductPayload(run=outcome.run, errors=outcome.errors, product=product)

    @described("Set some of a product's attributes and take others away.")
    async def update_product(self, info: SubgraphInfo, input: UpdateProductInput) -> UpdateProductPayload:
        if errors := await refuse_write(info.context, ProductDocument, input.product_id, "productId"):
            return UpdateProductPayload(errors=errors)
        params = UpdateProduct(
            product_id=input.product_id,
            set=attributes.from_input(input.set),
            unset=list(input.unset or ()),
        )
        outcome = await run_flow(info, UPDATE_PRODUCT, params, input.idempotency_key)
        product = await Product.shown(info, "product", input.product_id)
        return UpdateProductPayload(run=outcome.run, errors=outcome.errors, product=product)
