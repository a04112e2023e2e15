"""Goods go in and come out; bundles have one output, unbundlings one input."""

from __future__ import annotations

import pytest

from flows.codec import from_json, to_json
from subgraphs.commerce.documents import ProductionDocument, ProductionKind
from subgraphs.commerce.flows.adjust_stock import AdjustStock
from subgraphs.commerce.flows.record_production import Portion, RecordProduction, check, move_stock, record
from tests.unit.subgraphs.commerce.things import good
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

SET = RecordProduction("b1", ProductionKind.BUNDLE, [Portion("g1", 2), Portion("g2", 1)], [Portion("g3", 1)])


async def test_inputs_go_down_and_outputs_up() -> None:
    ctx = step_context(SET, good("g1"), good("g2"), good("g3"))
    assert await move_stock(ctx) == {
        "g1": AdjustStock("g1", -2, "BUNDLE"),
        "g2": AdjustStock("g2", -1, "BUNDLE"),
        "g3": AdjustStock("g3", 1, "BUNDLE"),
    }


async def test_the_record_tells_the_plugins_of_all_its_goods() -> None:
    change = changed(await record(step_context(SET), None))
    assert isinstance(change.document, ProductionDocument)
    call = change.hooks["produced"]
    assert list(call.targets) == ["commerce:Good:g1", "commerce:Good:g2", "commerce:Good:g3"]
    assert [(line.good_id, line.quantity) for line in call.payload.inputs] == [("g1", 2), ("g2", 1)]
    assert from_json(type(call.payload), to_json(call.payload)) == call.payload


async def test_what_cannot_be_is_refused_before_any_stock_moves() -> None:
    short = step_context(SET, good("g1", stock=1), good("g2"), good("g3"))
    assert refused(await move_stock(short)) == ("OUT_OF_STOCK", ("inputs", "0", "quantity"))
    foreign = step_context(SET, good("g1"), good("g2"), good("g3", business_id="b2"))
    assert refused(await move_stock(foreign)) == ("NOT_FOUND", ("outputs", "0", "goodId"))


@pytest.mark.parametrize(
    ("kind", "inputs", "outputs", "expected"),
    [
        ("PRODUCE", [], ["g1"], set()),
        ("PRODUCE", ["g1"], [], {("EMPTY", ("outputs",))}),
        ("BUNDLE", [], ["g1"], {("EMPTY", ("inputs",))}),
        ("BUNDLE", ["g1"], ["g2", "g3"], {("TOO_MANY", ("outputs",))}),
        ("UNBUNDLE", ["g1", "g2"], ["g3"], {("TOO_MANY", ("inputs",))}),
        ("UNBUNDLE", ["g1"], ["g2", "g3"], set()),
        ("PRODUCE", ["g1", "g1"], ["g2"], {("DUPLICATE", ("inputs",))}),
        ("PRODUCE", ["g1"], ["g1"], {("DUPLICATE", ("outputs",))}),
    ],
)
def test_shapes(kind: str, inputs: list[str], outputs: list[str], expected: set[object]) -> None:
    sides = [[Portion(id, 1) for id in side] for side in (inputs, outputs)]
    assert codes(check(RecordProduction("b1", ProductionKind(kind), *sides))) == expected


def test_quantities_are_positive() -> None:
    bad = RecordProduction("b1", ProductionKind.PRODUCE, [Portion("g1", 0)], [Portion("g2", -1)])
    assert codes(check(bad)) == {
        ("NOT_POSITIVE", ("inputs", "0", "quantity")),
        ("NOT_POSITIVE", ("outputs", "0", "quantity")),
    }
