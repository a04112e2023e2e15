"""Stages of an item make a chain, whoever appends at the same time."""

from __future__ import annotations

from flows.codec import from_json, to_json
from subgraphs.shared.attributes import AttributeValue
from subgraphs.supply.documents import ItemDocument, StageDocument
from subgraphs.supply.flows.create_stage import CREATE_STAGE, CreateStage, append, create_stage, new_stage_id
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

PARAMS = CreateStage("i1", [AttributeValue("place", "Graz")])


async def test_the_pointer_moves_and_remembers_the_stage_before() -> None:
    ctx = step_context(PARAMS)
    item = ItemDocument(id="i1", company_id="co", name="Crate", latest_stage="older")
    change = changed(await append(ctx, item))
    assert isinstance(change.document, ItemDocument)
    assert change.document.latest_stage == new_stage_id(ctx)
    assert change.result == {"companyId": "co", "previousId": "older"}


async def test_the_stage_is_written_behind_it() -> None:
    ctx = step_context(PARAMS, results={"append": {"companyId": "co", "previousId": "older"}})
    change = changed(await create_stage(ctx, None))
    made = change.document
    assert isinstance(made, StageDocument)
    assert (made.previous_id, made.item_id, made.owner_ref) == ("older", "i1", "supply:Company:co")
    call = change.hooks["stageCreated"]
    assert list(call.targets) == ["supply:Item:i1"]
    assert from_json(type(call.payload), to_json(call.payload)) == call.payload


async def test_an_item_that_is_not_there_has_no_stages() -> None:
    assert refused(await append(step_context(PARAMS), None)) == ("NOT_FOUND", ("itemId",))


def test_attributes_are_checked() -> None:
    bad = CreateStage("i1", [AttributeValue(" ", "x" * 2001)])
    assert codes(list(CREATE_STAGE.check(bad))) == {
        ("BLANK", ("attributes", "name")),
        ("TOO_LONG", ("attributes", "value")),
    }
