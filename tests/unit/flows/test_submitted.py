"""Which flows have `submitted` hooks, where they stand, and what they are called."""

from __future__ import annotations

from typing import Any

import pytest

from flows.catalog import FlowCatalog
from flows.kinds import HookKind
from flows.schema import ChildrenStep, Flow, FlowDefinitionError
from flows.submitted import with_submitted
from izara.services import SERVICES
from subgraphs.commerce.flows import MUTATIONS as COMMERCE
from tests.unit.flows.test_definitions import Params, children

CHILD_ONLY = {"market_reserveOffer", "market_releaseOffer"}
MAKE_OWNERS = {
    "commerce_createBusiness",
    "market_createSeller",
    "supply_createCompany",
    "accounting_createOrganization",
}
OF_NOBODY = {
    f"registrar_{tag}"
    for tag in ("registerPlugin", "updatePlugin", "enablePlugin", "disablePlugin", "rotatePluginSecret")
}


def test_every_flow_of_a_mutation_has_them_and_no_other() -> None:
    flows = {f"{service.tag}_{flow.tag}" for service in SERVICES.values() for flow in service.flows}
    ids = {id for service in SERVICES.values() for id in FlowCatalog(service.tag, service.flows).hooks}
    assert {flow for flow in flows if f"{flow}_submitted_asSubmitter" not in ids} == CHILD_ONLY
    assert {flow for flow in flows if f"{flow}_submitted_asOwner" not in ids} == CHILD_ONLY | MAKE_OWNERS | OF_NOBODY


def test_they_are_commit_hooks_of_users_behind_those_of_the_step() -> None:
    catalog = FlowCatalog("commerce", with_submitted("commerce", COMMERCE))
    of_sale = [item for item in catalog.hooks.values() if item.flow == "createSale" and item.step == "commit"]
    assert [(item.hook.tag, item.kind, item.hook.targets, item.position) for item in of_sale] == [
        ("saleCreated", HookKind.COMMIT, ("Business",), 0),
        ("asSubmitter", HookKind.COMMIT, ("User",), 1),
        ("asOwner", HookKind.COMMIT, ("User",), 2),
    ]
    assert of_sale[1].payload_name == "CommerceCreateSaleSubmittedAsSubmitter"
    sale = catalog.flow("createSale")
    assert sale is not None and catalog.hook(sale, "commit", "asOwner").id == "commerce_createSale_submitted_asOwner"


def test_a_flow_that_writes_nothing_can_tell_nothing() -> None:
    kids: ChildrenStep[Any] = ChildrenStep("kids", "go", children)
    with pytest.raises(FlowDefinitionError, match="flow 'go' has no WriteStep"):
        with_submitted("svc", [Flow("go", Params, (kids,))])
