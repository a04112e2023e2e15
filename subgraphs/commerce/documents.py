"""What Commerce stores. Every document is written by flows alone, one compare-and-set at a time."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from flows.ids import hash_id, object_ref
from store import Index, VersionedDocument
from subgraphs.shared.attributes import StoredAttribute
from subgraphs.shared.documents import OwnedDocument
from subgraphs.shared.money import StoredMoney

TAG = "commerce"


class BusinessDocument(OwnedDocument):
    """A business; it owns itself and everything else in Commerce."""

    service: ClassVar[str] = TAG
    obj_type: ClassVar[str] = "Business"
    resource: ClassVar[str] = "businesses"
    name: str

    class Settings:
        name = "commerce_businesses"


class OwnedByBusiness(OwnedDocument):
    """Something that belongs to a business."""

    service: ClassVar[str] = TAG
    business_id: str

    @property
    def owner_ref(self) -> str:
        return business_ref(self.business_id)


class GoodDocument(OwnedByBusiness):
    """A good with its stock, counted in its smallest unit."""

    obj_type: ClassVar[str] = "Good"
    resource: ClassVar[str] = "goods"
    sku: str
    name: str
    price: StoredMoney
    stock: int
    attributes: list[StoredAttribute] = []

    class Settings:
        name = "commerce_goods"


class SkuDocument(VersionedDocument):
    """Says which good of a business has a SKU; its id is made from both, so no two goods have the same."""

    good_id: str

    class Settings:
        name = "commerce_skus"


class CustomerDocument(OwnedByBusiness):
    """A customer of a business; its id is made from the business and the case-folded e-mail."""

    obj_type: ClassVar[str] = "Customer"
    resource: ClassVar[str] = "customers"
    name: str
    email: str

    class Settings:
        name = "commerce_customers"


class SaleStatus(StrEnum):
    """PENDING while its stock is being taken, CANCELLING while it is being given back."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"


class StoredSaleLine(BaseModel):
    """A line of a sale with the price it was sold at."""

    model_config = ConfigDict(frozen=True)
    good_id: str
    quantity: int
    unit_price: StoredMoney


class SaleDocument(OwnedByBusiness):
    """A sale. With an `external_ref` its id is made from the business and that ref, so there is one of it."""

    obj_type: ClassVar[str] = "Sale"
    resource: ClassVar[str] = "sales"
    customer_id: str
    lines: list[StoredSaleLine]
    total: StoredMoney
    status: SaleStatus
    external_ref: str | None = None
    run_id: str
    """The run that makes it."""
    asked: str
    """Fingerprint of the input, before amendments: the same input again returns this sale."""
    cancel_run_id: str | None = None

    class Settings:
        name = "commerce_sales"


class ProductionKind(StrEnum):
    """PRODUCE makes goods, BUNDLE puts goods together into one, UNBUNDLE takes one apart."""

    PRODUCE = "PRODUCE"
    BUNDLE = "BUNDLE"
    UNBUNDLE = "UNBUNDLE"


class StoredQuantity(BaseModel):
    """How much of a good went in or came out."""

    model_config = ConfigDict(frozen=True)
    good_id: str
    quantity: int


class ProductionDocument(OwnedByBusiness):
    """A record of goods used up and goods made."""

    obj_type: ClassVar[str] = "Production"
    resource: ClassVar[str] = "productions"
    kind: ProductionKind
    inputs: list[StoredQuantity]
    outputs: list[StoredQuantity]

    class Settings:
        name = "commerce_productions"


class PriceChangeStatus(StrEnum):
    """RUNNING while the goods get their prices; REJECTED where they were given back their old ones."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"


class PriceChangeDocument(OwnedByBusiness):
    """A record of a change of many goods' prices; how far it has come is shown by its run."""

    obj_type: ClassVar[str] = "PriceChange"
    resource: ClassVar[str] = "goods"
    status: PriceChangeStatus
    run_id: str

    class Settings:
        name = "commerce_price_changes"


def business_ref(business_id: str) -> str:
    """Object ref of a business."""
    return object_ref(TAG, "Business", business_id)


def good_ref(good_id: str) -> str:
    """Object ref of a good."""
    return object_ref(TAG, "Good", good_id)


def sale_ref(sale_id: str) -> str:
    """Object ref of a sale."""
    return object_ref(TAG, "Sale", sale_id)


def sku_id(business_id: str, sku: str) -> str:
    """Id of the document that says whose SKU it is."""
    return hash_id("sku", business_id, sku)


DOCUMENTS: tuple[type[VersionedDocument], ...] = (
    BusinessDocument,
    GoodDocument,
    SkuDocument,
    CustomerDocument,
    SaleDocument,
    ProductionDocument,
    PriceChangeDocument,
)

_BY_BUSINESS = Index(keys=(("business_id", 1), ("created_at", 1), ("_id", 1)))

INDEXES = {
    "commerce_goods": (_BY_BUSINESS, Index(keys=(("business_id", 1), ("_id", 1)))),
    "commerce_customers": (_BY_BUSINESS,),
    "commerce_sales": (_BY_BUSINESS, Index(keys=(("external_ref", 1),))),
    "commerce_productions": (_BY_BUSINESS,),
}
