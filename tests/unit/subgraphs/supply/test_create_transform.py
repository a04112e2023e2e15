"""A transform is recorded once for each external ref."""

from __future__ import annotations

from dataclasses import replace

from flows.codec import from_json, to_json
from flows.schema import Unchanged
from subgraphs.supply.documents import ItemDocument, TransformDocument, TransformKind
from subgraphs.supply.flows.create_transform import (
    CreateTransform,
    Portion,
    check,
    create_transform,
    refs_of,
    transform_id,
)
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

PARAMS = CreateTransform(
    "co", TransformKind.PRODUCE, [Portion("i1", 2)], [Portion("i2", 1)], "production-1", "left out: g9"
)


def item(id: str, company_id: str = "co") -> ItemDocument:
    return ItemDocument(id=id, company_id=company_id, name="Crate")


async def made() -> TransformDocument:
    document = changed(await create_transform(step_context(PARAMS, item("i1"), item("i2")), None)).document
    assert isinstance(document, TransformDocument)
    return document


async def test_it_tells_the_plugins_of_its_items() -> None:
    change = changed(await create_transform(step_context(PARAMS, item("i1"), item("i2")), None))
    call = change.hooks["transformed"]
    assert list(call.targets) == ["supply:Item:i1", "supply:Item:i2"]
    assert (call.payload.memo, call.payload.external_ref) == ("left out: g9", "production-1")
    assert from_json(type(call.payload), to_json(call.payload)) == call.payload


async def test_the_same_input_returns_the_first_and_other_input_is_refused() -> None:
    first = await made()
    assert first.id == transform_id(step_context(PARAMS, run_id="run-2"))
    assert await create_transform(step_context(PARAMS), first) == Unchanged({"transformId": first.id})
    other = step_context(replace(PARAMS, kind=TransformKind.BUNDLE))
    assert refused(await create_transform(other, first)) == ("EXTERNAL_REF_TAKEN", ("externalRef",))


async def test_items_belong_to_the_company() -> None:
    ctx = step_context(PARAMS, item("i1"), item("i2", "another"))
    assert refused(await create_transform(ctx, None)) == ("NOT_FOUND", ("outputs", "0", "itemId"))


def test_one_side_may_be_empty_but_not_both() -> None:
    assert check(replace(PARAMS, inputs=[])) == []
    assert codes(check(replace(PARAMS, inputs=[], outputs=[]))) == {("EMPTY", ("inputs",))}


def test_the_run_is_about_the_company_and_its_items() -> None:
    assert refs_of(PARAMS) == ["supply:Company:co", "supply:Item:i1", "supply:Item:i2"]
