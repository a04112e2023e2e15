"""What people outside rely on: Supply's hook ids with their targets, types, queries and mutations."""

from __future__ import annotations

import pytest
from graphql import GraphQLObjectType

from flows.catalog import FlowCatalog
from subgraphs.supply.app import SERVICE

HOOKS = {
    "supply_createStage_commit_stageCreated": ("Item",),
    "supply_createTransform_commit_transformed": ("Item",),
    "supply_updateCompany_validate_beforeUpdate": ("Company",),
    "supply_updateCompany_commit_updated": ("Company",),
    "supply_updateItem_validate_beforeUpdate": ("Item", "Company"),
    "supply_updateItem_commit_updated": ("Item", "Company"),
    "supply_deleteItem_validate_beforeDelete": ("Item", "Company"),
    "supply_deleteItem_commit_deleted": ("Item", "Company"),
}
FIELDS = {
    "Company": "id name objectRef ownerRef createdAt",
    "Item": "id name company stages objectRef ownerRef createdAt",
    "Stage": "id item attributes previous createdAt",
    "Transform": "id kind inputs outputs createdAt",
    "Query": "company companies item items stage transform transforms supplyRun",
    "Mutation": "updateCompany updateItem deleteItem createCompany createItem createStage createTransform supplyReply",
    "Subscription": "supplyHooks supplyRunUpdates",
    "SupplyCreateStageCommitStageCreated": "stageId itemId previousId attributes stage item",
    "SupplyCreateTransformCommitTransformed": "transformId kind inputs outputs memo externalRef transform",
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
    for name in ("Company", "Item", "Stage", "Transform"):
        assert f'type {name} @key(fields: "id")' in sdl
