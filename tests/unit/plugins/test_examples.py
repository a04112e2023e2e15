"""The plugins that other tests use."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plugin_sdk.testing import Complete, Harness, Rejected, connection
from tests.support.plugins import discount, recorder, stock_floor

BEFORE_STOCK = "commerce_adjustStock_validate_beforeStockChange"
BEFORE_SALE = "commerce_createSale_validate_beforeSale"
STOCK = "commerce_adjustStock_commit_stockChanged"


@pytest.mark.parametrize(("after", "refused"), [(4, False), (3, False), (2, True)])
async def test_the_floor_holds(after: int, refused: bool) -> None:
    delivered = await Harness(stock_floor.plugin).deliver(
        BEFORE_STOCK,
        payload={"after": after},
        connections=[connection("commerce:Good:g1", config={"minimum": 3})],
    )
    assert isinstance(delivered.outcome, Rejected if refused else Complete)


@pytest.mark.parametrize(
    ("config", "amount"), [({"percent": 10}, "9.00"), ({"off": "2.50"}, "7.50"), ({"off": "11"}, "0.00")]
)
async def test_a_discount_amends_prices(config: dict[str, Any], amount: str) -> None:
    price = {"amount": "10.00", "currency": "EUR"}
    delivered = await Harness(discount.plugin).deliver(
        BEFORE_SALE,
        payload={"lines": [{"goodId": "g1", "unitPrice": price}]},
        connections=[connection("commerce:Business:b1", config=config)],
    )
    assert isinstance(delivered.outcome, Complete)
    (line,) = delivered.outcome.result["lines"]
    assert (line["goodId"], Decimal(line["unitPrice"]["amount"])) == ("g1", Decimal(amount))


async def test_the_recorder_writes_each_delivery_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "recorded.jsonl"
    monkeypatch.setenv("RECORDER_FILE", str(path))
    assert recorder.recorded(path) == []
    harness = Harness(recorder.make_recorder("other"))
    for after in (1, 2):
        await harness.deliver(STOCK, payload={"goodId": "g1", "before": 0, "after": after})
    with path.open("a") as file:
        file.write('{"unfini')
    lines = recorder.recorded(path)
    assert [(line["deliveryId"], line["payload"]["after"]) for line in lines] == [
        ("delivery-1", 1),
        ("delivery-2", 2),
    ]
    assert {line["plugin"] for line in lines} == {"other"}
