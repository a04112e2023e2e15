"""What people outside rely on: Market's hook ids with their targets, types, queries, mutations and inputs."""

from __future__ import annotations

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType

from flows.catalog import FlowCatalog
from subgraphs.market.app import SERVICE

HOOKS = {
    "market_updateSellOffer_commit_offerChanged": ("SellOffer",),
    "market_placeOrder_validate_beforeOrder": ("SellOffer",),
    "market_placeOrder_commit_orderPlaced": ("SellOffer",),
    "market_cancelOrder_commit_orderCancelled": ("SellOffer",),
    "market_updateSeller_validate_beforeUpdate": ("Seller",),
    "market_updateSeller_commit_updated": ("Seller",),
}
FIELDS = {
    "Seller": "id name offers objectRef ownerRef createdAt",
    "Product": "id seller title attributes createdAt",
    "SellOffer": "id seller product price stock reserved available status objectRef ownerRef createdAt",
    "Order": "id seller buyer lines total status createdAt",
    "Query": "seller sellers product sellOffer sellOffers order orders marketRun",
    "Mutation": "updateSeller "
    "createSeller createProduct createSellOffer updateSellOffer updateProduct withdrawSellOffer placeOrder "
    "cancelOrder marketReply",
    "Subscription": "marketHooks marketRunUpdates",
    "MarketUpdateSellOfferCommitOfferChanged": "offerId before after settles offer",
    "MarketPlaceOrderValidateBeforeOrder": "orderId sellerId lines buyer order",
    "MarketPlaceOrderCommitOrderPlaced": "orderId sellerId lines buyer total order",
    "MarketCancelOrderCommitOrderCancelled": "orderId reason lines order",
    "MarketOrderLineValues": "offerId quantity unitPrice",
}
INPUTS = {
    "CreateSellerInput": "name",
    "CreateProductInput": "sellerId title attributes",
    "CreateSellOfferInput": "sellerId productId price stock",
    "UpdateSellOfferInput": "offerId price stock settles",
    "UpdateProductInput": "productId set unset",
    "WithdrawSellOfferInput": "offerId",
    "PlaceOrderInput": "lines buyer",
    "CancelOrderInput": "orderId reason",
}


def test_hooks_and_their_targets() -> None:
    catalog = FlowCatalog(SERVICE.tag, SERVICE.flows)
    found = {id: bound.hook.targets for id, bound in catalog.hooks.items() if "_submitted_" not in id}
    assert found == HOOKS


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_fields(name: str) -> None:
    found = SERVICE.schema._schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    assert set(FIELDS[name].split()) <= set(found.fields)


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_inputs_and_payloads(name: str) -> None:
    types = SERVICE.schema._schema.type_map
    given, payload = types[name], types[name.removesuffix("Input") + "Payload"]
    assert isinstance(given, GraphQLInputObjectType)
    assert isinstance(payload, GraphQLObjectType)
    assert {*INPUTS[name].split(), "idempotencyKey"} <= set(given.fields)
    assert {"run", "errors"} < set(payload.fields)


def test_entities_have_keys() -> None:
    sdl = SERVICE.schema.as_str()
    for name in ("Seller", "Product", "SellOffer", "Order"):
        assert f'type {name} @key(fields: "id")' in sdl
