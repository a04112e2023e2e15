"""Goods are made, changed and deleted; what is unchanged makes no effect."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flows.codec import from_json, to_json
from flows.schema import Unchanged
from subgraphs.commerce.documents import GoodDocument, SkuDocument, sku_id
from subgraphs.commerce.flows import create_good, delete_good, set_price, update_good_attributes
from subgraphs.commerce.flows.create_good import CreateGood
from subgraphs.commerce.flows.delete_good import DeleteGood
from subgraphs.commerce.flows.set_price import SetPrice
from subgraphs.commerce.flows.update_good_attributes import UpdateGoodAttributes
from subgraphs.shared.attributes import AttributeValue, StoredAttribute
from subgraphs.shared.money import Amount
from tests.unit.subgraphs.commerce.things import euros, good
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

PRICE = Amount(Decimal("8.50"), "EUR")
NEW = CreateGood("b1", "mug", "Mug", PRICE, 3, [AttributeValue("color", "red")])


def stored(*pairs: tuple[str, str]) -> list[StoredAttribute]:
    return [StoredAttribute(name=name, value=value) for name, value in pairs]


async def test_a_good_is_made_of_the_input() -> None:
    made = changed(await create_good.create_good(step_context(NEW), None)).document
    assert isinstance(made, GoodDocument)
    assert (made.sku, made.name, made.stock, made.owner_ref) == ("mug", "Mug", 3, "commerce:Business:b1")
    assert (made.price, made.attributes) == (euros("8.5"), stored(("color", "red")))


async def test_params_survive_the_store() -> None:
    assert from_json(CreateGood, to_json(NEW)) == NEW


async def test_a_sku_is_claimed_before_its_good_is_made() -> None:
    ctx = step_context(NEW)
    claim = changed(await create_good.claim_sku(ctx, None)).document
    assert isinstance(claim, SkuDocument)
    assert (claim.id, claim.good_id) == (sku_id("b1", "mug"), create_good.new_good_id(ctx))
    assert refused(await create_good.claim_sku(step_context(NEW, run_id="other"), claim)) == (
        "SKU_TAKEN",
        ("sku",),
    )


async def test_only_the_run_that_claimed_a_sku_releases_it() -> None:
    ctx = step_context(NEW)
    claim = SkuDocument(id="k", good_id=create_good.new_good_id(ctx))
    assert changed(await create_good.release_sku(ctx, claim)).document.deleted
    assert isinstance(await create_good.release_sku(step_context(NEW, run_id="other"), claim), Unchanged)


def test_bad_goods_are_refused_field_by_field() -> None:
    bad = CreateGood(
        "b1",
        " ",
        "x" * 201,
        Amount(Decimal("-1"), "euro"),
        -1,
        [AttributeValue("a", "1"), AttributeValue("a", "2"), AttributeValue("", "3")],
    )
    assert codes(create_good.check(bad)) == {
        ("BLANK", ("sku",)),
        ("TOO_LONG", ("name",)),
        ("NEGATIVE", ("price", "amount")),
        ("BAD_CURRENCY", ("price", "currency")),
        ("NEGATIVE", ("stock",)),
        ("DUPLICATE", ("attributes",)),
        ("BLANK", ("attributes", "name")),
    }


async def test_deleting_leaves_a_tombstone_and_frees_the_sku() -> None:
    params = DeleteGood("g1")
    change = changed(await delete_good.delete_good(step_context(params), good(sku="mug")))
    assert change.document.deleted
    assert change.result["skuId"] == sku_id("b1", "mug")
    mine, other = SkuDocument(id="k", good_id="g1"), SkuDocument(id="k", good_id="g2")
    assert changed(await delete_good.release_sku(step_context(params), mine)).document.deleted
    assert isinstance(await delete_good.release_sku(step_context(params), other), Unchanged)
    assert refused(await delete_good.delete_good(step_context(params), None))[0] == "NOT_FOUND"


async def test_a_new_price_tells_before_and_after() -> None:
    change = changed(await set_price.change_price(step_context(SetPrice("g1", PRICE)), good()))
    payload = change.hooks["priceChanged"].payload
    assert (payload.before.amount, payload.after.amount) == (Decimal("8"), Decimal("8.5"))
    assert from_json(type(payload), to_json(payload)) == payload


@pytest.mark.parametrize("amount", ["8", "8.00", "0.8E+1"])
async def test_the_same_price_in_another_notation_changes_nothing(amount: str) -> None:
    params = SetPrice("g1", Amount(Decimal(amount), "EUR"))
    assert isinstance(await set_price.change_price(step_context(params), good()), Unchanged)


async def test_attributes_are_set_and_unset() -> None:
    params = UpdateGoodAttributes("g1", [AttributeValue("a.b$", "2"), AttributeValue("new", "3")], ["gone", "no such"])
    before = good(attributes=stored(("a.b$", "1"), ("gone", "x"), ("stays", "y")))
    change = changed(await update_good_attributes.change_attributes(step_context(params), before))
    assert isinstance(change.document, GoodDocument)
    assert change.document.attributes == stored(("a.b$", "2"), ("stays", "y"), ("new", "3"))
    payload = change.hooks["attributesChanged"].payload
    assert [item.name for item in payload.attributes] == ["a.b$", "stays", "new"]
    assert (payload.unset, payload.good_id) == (["gone", "no such"], "g1")


async def test_attributes_that_are_so_already_fire_no_hook() -> None:
    params = UpdateGoodAttributes("g1", [AttributeValue("a", "1")], ["gone"])
    ctx, before = step_context(params), good(attributes=stored(("a", "1")))
    assert await update_good_attributes.before_attributes_change(ctx, before) == {}
    assert isinstance(await update_good_attributes.change_attributes(ctx, before), Unchanged)


async def test_a_good_has_no_end_of_attributes() -> None:
    before = good(attributes=stored(*((f"a{number}", "") for number in range(100))))
    ctx = step_context(UpdateGoodAttributes("g1", [AttributeValue("one more", "")]))
    assert refused(await update_good_attributes.before_attributes_change(ctx, before))[0] == "TOO_MANY"
    assert refused(await update_good_attributes.change_attributes(ctx, before))[0] == "TOO_MANY"


def test_an_update_says_something_and_does_not_contradict_itself() -> None:
    both = UpdateGoodAttributes("g1", [AttributeValue("a", "1")], ["a"])
    assert codes(update_good_attributes.check(UpdateGoodAttributes("g1"))) == {("EMPTY", ("set",))}
    assert codes(update_good_attributes.check(both)) == {("DUPLICATE", ("unset",))}
