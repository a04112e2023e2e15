"""What people outside rely on: Commerce's hook ids with their targets, types, queries and mutations."""

from __future__ import annotations

import pytest
from graphql import GraphQLObjectType

from flows.catalog import FlowCatalog
from subgraphs.commerce.app import SERVICE

HOOKS = {
    "commerce_updateGoodAttributes_validate_beforeAttributesChange": ("Good",),
    "commerce_updateGoodAttributes_commit_attributesChanged": ("Good",),
    "commerce_setPrice_commit_priceChanged": ("Good",),
    "commerce_changePrices_commit_pricesChanged": ("Business",),
    "commerce_adjustStock_validate_beforeStockChange": ("Good",),
    "commerce_adjustStock_commit_stockChanged": ("Good",),
    "commerce_createSale_validate_beforeSale": ("Business",),
    "commerce_createSale_commit_saleCreated": ("Business",),
    "commerce_cancelSale_commit_saleCancelled": ("Business",),
    "commerce_recordProduction_commit_produced": ("Good",),
    "commerce_updateBusiness_validate_beforeUpdate": ("Business",),
    "commerce_updateBusiness_commit_updated": ("Business",),
    "commerce_updateGood_validate_beforeUpdate": ("Good", "Business"),
    "commerce_updateGood_commit_updated": ("Good", "Business"),
    "commerce_updateCustomer_validate_beforeUpdate": ("Business",),
    "commerce_updateCustomer_commit_updated": ("Business",),
    "commerce_deleteCustomer_validate_beforeDelete": ("Business",),
    "commerce_deleteCustomer_commit_deleted": ("Business",),
}
FIELDS = {
    "Business": "id name goods objectRef ownerRef createdAt",
    "Good": "id sku name business price attributes stock objectRef ownerRef createdAt",
    "Customer": "id name email createdAt",
    "Sale": "id business customer lines total status externalRef createdAt",
    "SaleLine": "good quantity unitPrice",
    "Production": "id kind inputs outputs createdAt",
    "Query": "business businesses good goods sale sales customers production commerceRun",
    "Mutation": "updateBusiness updateGood updateCustomer deleteCustomer "
    "createBusiness createGood updateGoodAttributes setPrice changePrices adjustStock deleteGood createCustomer "
    "createSale cancelSale recordProduction commerceReply",
    "Subscription": "commerceHooks commerceRunUpdates",
    "CommerceAdjustStockCommitStockChanged": "goodId before after delta reason saleId good sale",
    "CommerceAdjustStockValidateBeforeStockChange": "goodId before after delta reason good",
    "CommerceUpdateGoodAttributesCommitAttributesChanged": "goodId attributes set unset good",
    "CommerceUpdateGoodAttributesValidateBeforeAttributesChange": "goodId set unset good",
    "CommerceSetPriceCommitPriceChanged": "goodId before after good",
    "CommerceChangePricesCommitPricesChanged": "businessId runId goods failed business",
    "CommerceCreateSaleValidateBeforeSale": "saleId businessId customerId lines externalRef business",
    "CommerceCreateSaleCommitSaleCreated": "saleId externalRef total lines sale business",
    "CommerceCancelSaleCommitSaleCancelled": "saleId externalRef reason sale",
    "CommerceRecordProductionCommitProduced": "productionId kind inputs outputs production",
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


def test_entities_have_keys() -> None:
    sdl = SERVICE.schema.as_str()
    for name in ("Business", "Good", "Customer", "Sale", "Production"):
        assert f'type {name} @key(fields: "id")' in sdl
    assert "specs.apollo.dev/federation/v2" in sdl
