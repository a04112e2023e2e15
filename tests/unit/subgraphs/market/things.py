"""Documents of Market to try its flows on."""

from __future__ import annotations

from typing import Any

from subgraphs.market.documents import (
    OrderDocument,
    OrderStatus,
    ProductDocument,
    SellOfferDocument,
    StoredBuyer,
    StoredOrderLine,
)
from subgraphs.shared.money import StoredMoney
from tests.unit.subgraphs.steps import NOW


def euros(amount: str) -> StoredMoney:
    """An amount in euros."""
    return StoredMoney(amount=amount, currency="EUR")


def offer(id: str = "o1", **fields: Any) -> SellOfferDocument:
    """An offer of s1 at 2.50 with a stock of 10."""
    given = {"seller_id": "s1", "product_id": "p1", "price": euros("2.5"), "stock": 10, "version": 1, **fields}
    return SellOfferDocument(id=id, created_at=NOW, **given)


def product(**fields: Any) -> ProductDocument:
    """A product of s1."""
    return ProductDocument(**{"id": "p1", "created_at": NOW, "seller_id": "s1", "title": "Mug", **fields})


def order(status: OrderStatus = OrderStatus.PLACED, **fields: Any) -> OrderDocument:
    """An order of two of o1 and one of o2."""
    given = {
        "id": "order-1",
        "created_at": NOW,
        "seller_id": "s1",
        "buyer": StoredBuyer(name="Carol", email="carol@example.org"),
        "lines": [
            StoredOrderLine(offer_id="o1", quantity=2, unit_price=euros("2.5")),
            StoredOrderLine(offer_id="o2", quantity=1, unit_price=euros("4")),
        ],
        "total": euros("9"),
        "status": status,
        "placed_by": "user:ada",
        **fields,
    }
    return OrderDocument(**given)
