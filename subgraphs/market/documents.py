"""What Market stores. Every document is written by flows alone, one compare-and-set at a time."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from flows.ids import object_ref
from identity import Principal
from store import Index, VersionedDocument
from subgraphs.shared.attributes import StoredAttribute
from subgraphs.shared.documents import OwnedDocument
from subgraphs.shared.money import StoredMoney

TAG = "market"


class SellerDocument(OwnedDocument):
    """A seller; it owns itself and everything else in Market."""

    service: ClassVar[str] = TAG
    obj_type: ClassVar[str] = "Seller"
    resource: ClassVar[str] = "sellers"
    name: str

    class Settings:
        name = "market_sellers"


class OwnedBySeller(OwnedDocument):
    """Something that belongs to a seller."""

    service: ClassVar[str] = TAG
    seller_id: str

    @property
    def owner_ref(self) -> str:
        return seller_ref(self.seller_id)


class ProductDocument(OwnedBySeller):
    """What an offer sells."""

    obj_type: ClassVar[str] = "Product"
    resource: ClassVar[str] = "products"
    open_to_users: ClassVar[bool] = True
    title: str
    attributes: list[StoredAttribute] = []

    class Settings:
        name = "market_products"


class OfferStatus(StrEnum):
    """Nothing can be ordered of a WITHDRAWN offer; its orders stay as they are."""

    ACTIVE = "ACTIVE"
    WITHDRAWN = "WITHDRAWN"


class SellOfferDocument(OwnedBySeller):
    """An offer with its stock and what orders hold of it.

    Reservations are part of this document, so that stock and reservations change in one write: whoever reads
    the offer sees numbers that belong together.
    """

    obj_type: ClassVar[str] = "SellOffer"
    resource: ClassVar[str] = "offers"
    open_to_users: ClassVar[bool] = True
    product_id: str
    price: StoredMoney
    stock: int
    reservations: dict[str, int] = Field(default_factory=dict)
    """Quantity by order id: of orders that are placed and that `stock` does not contain yet."""
    status: OfferStatus = OfferStatus.ACTIVE

    class Settings:
        name = "market_offers"

    @property
    def reserved(self) -> int:
        """What orders hold."""
        return sum(self.reservations.values())

    @property
    def available(self) -> int:
        """What can be ordered; 0 while the stock is less than what orders hold."""
        return max(0, self.stock - self.reserved)


class OrderStatus(StrEnum):
    """PENDING while its offers are being reserved."""

    PENDING = "PENDING"
    PLACED = "PLACED"
    CANCELLED = "CANCELLED"


class StoredOrderLine(BaseModel):
    """How much of an offer was ordered, at which price each."""

    model_config = ConfigDict(frozen=True)
    offer_id: str
    quantity: int
    unit_price: StoredMoney


class StoredBuyer(BaseModel):
    """Who the goods go to."""

    model_config = ConfigDict(frozen=True)
    name: str
    email: str


class OrderDocument(OwnedBySeller):
    """An order of one seller's offers, each offer in one line."""

    obj_type: ClassVar[str] = "Order"
    resource: ClassVar[str] = "orders"
    buyer: StoredBuyer
    lines: list[StoredOrderLine]
    total: StoredMoney
    status: OrderStatus
    placed_by: str
    """Ref of the principal who placed it and who may see it therefore."""
    cancel_reason: str | None = None

    class Settings:
        name = "market_orders"

    def open_to(self, principal: Principal) -> bool:
        return principal.ref == self.placed_by


def seller_ref(seller_id: str) -> str:
    """Object ref of a seller."""
    return object_ref(TAG, "Seller", seller_id)


def product_ref(product_id: str) -> str:
    """Object ref of a product."""
    return object_ref(TAG, "Product", product_id)


def offer_ref(offer_id: str) -> str:
    """Object ref of a sell offer."""
    return object_ref(TAG, "SellOffer", offer_id)


def order_ref(order_id: str) -> str:
    """Object ref of an order."""
    return object_ref(TAG, "Order", order_id)


DOCUMENTS: tuple[type[VersionedDocument], ...] = (
    SellerDocument,
    ProductDocument,
    SellOfferDocument,
    OrderDocument,
)

_BY_SELLER = Index(keys=(("seller_id", 1), ("created_at", 1), ("_id", 1)))

INDEXES = {
    "market_offers": (_BY_SELLER,),
    "market_orders": (_BY_SELLER,),
}
