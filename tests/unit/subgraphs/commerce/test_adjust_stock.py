"""Stock goes up and down, never below zero and never beyond what GraphQL's Int can say."""

from __future__ import annotations

import pytest

from flows.codec import from_json, to_json
from flows.schema import Unchanged
from subgraphs.commerce.flows.adjust_stock import (
    AdjustStock,
    CommerceAdjustStockCommitStockChanged,
    before_stock_change,
    change_stock,
    check,
    taken_back,
)
from subgraphs.shared.checks import LARGEST_INT
from tests.unit.subgraphs.commerce.things import good
from tests.unit.subgraphs.steps import changed, codes, refused, step_context


async def test_change_writes_the_stock_and_tells_the_goods_plugins() -> None:
    ctx = step_context(AdjustStock("g1", -3, "broken", sale_id="s1"))
    change = changed(await change_stock(ctx, good(stock=10)))
    assert change.document == good(stock=7).model_copy(update={"created_at": change.document.created_at})
    call = change.hooks["stockChanged"]
    assert list(call.targets) == ["commerce:Good:g1"]
    assert to_json(call.payload) == {
        "good_id": "g1",
        "before": 10,
        "after": 7,
        "delta": -3,
        "reason": "broken",
        "sale_id": "s1",
    }


async def test_payload_survives_the_store() -> None:
    change = changed(await change_stock(step_context(AdjustStock("g1", 1)), good()))
    payload = change.hooks["stockChanged"].payload
    assert from_json(CommerceAdjustStockCommitStockChanged, to_json(payload)) == payload


async def test_validation_tells_what_the_stock_will_be() -> None:
    calls = await before_stock_change(step_context(AdjustStock("g1", 5)), good(stock=1))
    assert isinstance(calls, dict)
    payload = calls["beforeStockChange"].payload
    assert (payload.before, payload.after, payload.delta) == (1, 6, 5)


@pytest.mark.parametrize(("stock", "delta", "code"), [(2, -3, "OUT_OF_STOCK"), (LARGEST_INT, 1, "OUT_OF_RANGE")])
async def test_impossible_changes_are_refused_before_any_plugin_is_asked(stock: int, delta: int, code: str) -> None:
    ctx = step_context(AdjustStock("g1", delta))
    assert refused(await before_stock_change(ctx, good(stock=stock))) == (code, ("delta",))
    assert refused(await change_stock(ctx, good(stock=stock))) == (code, ("delta",))


async def test_stock_may_fall_to_zero() -> None:
    change = changed(await change_stock(step_context(AdjustStock("g1", -2)), good(stock=2)))
    assert change.result == {"before": 2, "after": 0}


async def test_a_missing_good_is_refused() -> None:
    ctx = step_context(AdjustStock("gone", 1))
    assert refused(await before_stock_change(ctx, None)) == ("NOT_FOUND", ("goodId",))
    assert refused(await change_stock(ctx, None)) == ("NOT_FOUND", ("goodId",))


def test_a_delta_of_zero_and_an_endless_reason_are_bad_input() -> None:
    assert codes(check(AdjustStock("g1", 0, "x" * 2001))) == {
        ("ZERO_DELTA", ("delta",)),
        ("TOO_LONG", ("reason",)),
    }
    assert check(AdjustStock("g1", -1, "sold")) == []


def test_taking_back_is_the_inverse_and_names_the_same_sale() -> None:
    back = taken_back(step_context(None), "g1", AdjustStock("g1", -4, "sale", "s1"), None)
    assert (back.good_id, back.delta, back.sale_id) == ("g1", 4, "s1")


async def test_taking_back_asks_nobody_and_tells_all() -> None:
    ctx = step_context(AdjustStock("g1", 4, "sale, undone", "s1", takes_back=True))
    assert await before_stock_change(ctx, good()) == {}
    assert set(changed(await change_stock(ctx, good())).hooks) == {"stockChanged"}
    assert await change_stock(ctx, None) == Unchanged()


async def test_taking_back_leaves_no_less_than_nothing() -> None:
    ctx = step_context(AdjustStock("g1", -4, "PRODUCE, undone", takes_back=True))
    assert refused(await change_stock(ctx, good(stock=3))) == ("OUT_OF_STOCK", ("delta",))
