"""Commerce's documents with values that tests need not repeat."""

from __future__ import annotations

from typing import Any

from subgraphs.commerce.documents import (
    CustomerDocument,
    GoodDocument,
    SaleDocument,
    SaleStatus,
    StoredSaleLine,
)
from subgraphs.shared.money import StoredMoney


def euros(amount: str) -> StoredMoney:
    return StoredMoney(amount=amount, currency="EUR")


def good(id: str = "g1", **fields: Any) -> GoodDocument:
    values: dict[str, Any] = {
        "business_id": "b1",
        "sku": f"sku-{id}",
        "name": "Mug",
        "price": euros("8"),
        "stock": 10,
        **fields,
    }
    return GoodDocument(id=id, **values)


def customer(id: str = "c1", **fields: Any) -> CustomerDocument:
    values: dict[str, Any] = {"business_id": "b1", "name": "Bo", "email": "bo@example.org", **fields}
    return CustomerDocument(id=id, **values)


def sale(id: str = "s1", **fields: Any) -> SaleDocument:
    values: dict[str, Any] = {
        "business_id": "b1",
        "customer_id": "c1",
        "lines": [StoredSaleLine(good_id="g1", quantity=2, unit_price=euros("8"))],
        "total": euros("16"),
        "status": SaleStatus.COMPLETED,
        "run_id": "run-0",
        "asked": "",
        **fields,
    }
    return SaleDocument(id=id, **values)
