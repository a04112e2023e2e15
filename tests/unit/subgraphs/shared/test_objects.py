"""What is generated of an objType's declaration, and which declarations are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows import FlowCatalog, FlowDefinitionError, Unchanged, ValidateStep, WriteStep, assemble
from flows.schema import Flow
from subgraphs.commerce.documents import BusinessDocument, GoodDocument
from subgraphs.commerce.types.catalog import Business, Good
from subgraphs.market.obj_types import OBJ_TYPES as MARKET
from subgraphs.shared.objects import TEXT, Field, ObjType, Owner, generated_flows
from tests.unit.subgraphs.steps import ADA, changed, refused, step_context

ROOT = ObjType(BusinessDocument, Business, (Field("name", TEXT),))
OWNED = ObjType(GoodDocument, Good, (Field("name", TEXT),), Owner(BusinessDocument, "business_id"), connectable=True)


def flow(obj_type: ObjType, tag: str) -> tuple[Flow[Any], ValidateStep[Any, Any], WriteStep[Any, Any]]:
    """A generated flow with its two steps."""
    (found,) = [item for item in generated_flows([obj_type]) if item.tag == tag]
    validate, commit = found.steps[:2]
    assert isinstance(validate, ValidateStep) and isinstance(commit, WriteStep)
    return found, validate, commit


def test_names_follow_from_the_type() -> None:
    offer = next(item for item in MARKET if item.name == "SellOffer")
    assert (offer.id_field, offer.targets) == ("sell_offer_id", ("SellOffer", "Seller"))
    assert (ROOT.id_field, ROOT.targets) == ("business_id", ("User",))
    assert (OWNED.id_field, OWNED.targets) == ("good_id", ("Good", "Business"))


def test_every_objtype_has_three_flows_with_two_hooks_each() -> None:
    hooks = FlowCatalog("commerce", assemble("commerce", [], generated=generated_flows([ROOT]))).hooks
    assert {id.removeprefix("commerce_") for id in hooks if "_submitted_" not in id} == {
        "createBusiness_validate_beforeCreate",
        "createBusiness_commit_created",
        "updateBusiness_validate_beforeUpdate",
        "updateBusiness_commit_updated",
        "deleteBusiness_validate_beforeDelete",
        "deleteBusiness_commit_deleted",
    }


async def test_what_owns_itself_is_its_makers_and_concerns_them_alone() -> None:
    create, validate, commit = flow(ROOT, "createBusiness")
    assert [step.tag for step in create.steps] == ["validate", "commit", "owner"]
    ctx = step_context(create.params(name="Ada's"))
    change = changed(await commit.change(ctx, None))
    assert change.document == BusinessDocument(id=commit.subject(ctx), created_at=ctx.now, name="Ada's")
    assert change.hooks["created"].targets == [f"registrar:User:{ADA.id}"]
    calls = await validate.calls(ctx, None)
    assert isinstance(calls, dict)
    assert calls["beforeCreate"].payload.business_id == change.document.id


async def test_an_object_needs_its_owner() -> None:
    create, validate, commit = flow(replace(OWNED, fields=()), "createGood")
    ctx = step_context(create.params(business_id="gone"))
    for step in (validate.calls, commit.change):
        assert refused(await step(ctx, None)) == ("NOT_FOUND", ("businessId",))


async def test_an_update_changes_what_is_given() -> None:
    update, _, commit = flow(ROOT, "updateBusiness")
    business = BusinessDocument(id="b", created_at=1, name="Old")
    change = changed(
        await commit.change(step_context(update.params(business_id="b", name="New", given=["name"])), business)
    )
    assert change.document == business.model_copy(update={"name": "New"})
    assert (change.result, change.hooks["updated"].payload.before.name) == ({"businessId": "b", "changed": True}, "Old")
    same = await commit.change(step_context(update.params(business_id="b", name="Old", given=["name"])), business)
    assert same == Unchanged({"businessId": "b", "changed": False})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fields": (Field("colour", TEXT),)}, "objType 'Business': BusinessDocument has no field 'colour'"),
        ({"owner": Owner(BusinessDocument, "mother_id")}, "BusinessDocument has no field 'mother_id'"),
        ({"without": frozenset({"merge"})}, "without merge; there are create, update, delete"),
    ],
)
def test_a_wrong_declaration_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(FlowDefinitionError, match=message):
        replace(ROOT, **changes)


def test_what_it_must_not_have_is_left_out() -> None:
    kept = replace(ROOT, without=frozenset({"create", "delete"}))
    assert [item.tag for item in generated_flows([kept])] == ["updateBusiness"]
