"""What Supply stores. Every document is written by flows alone, one compare-and-set at a time."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from flows.ids import object_ref
from store import Index, VersionedDocument
from subgraphs.shared.attributes import StoredAttribute
from subgraphs.shared.documents import OwnedDocument

TAG = "supply"


class CompanyDocument(OwnedDocument):
    """A company; it owns itself and everything else in Supply."""

    service: ClassVar[str] = TAG
    obj_type: ClassVar[str] = "Company"
    resource: ClassVar[str] = "companies"
    name: str

    class Settings:
        name = "supply_companies"


class OwnedByCompany(OwnedDocument):
    """Something that belongs to a company."""

    service: ClassVar[str] = TAG
    company_id: str

    @property
    def owner_ref(self) -> str:
        return company_ref(self.company_id)


class ItemDocument(OwnedByCompany):
    """An item whose life is a chain of stages."""

    obj_type: ClassVar[str] = "Item"
    resource: ClassVar[str] = "items"
    name: str
    latest_stage: str | None = None
    """The end of the chain; it is moved before the stage itself is written."""

    class Settings:
        name = "supply_items"


class StageDocument(OwnedByCompany):
    """What an item was like from some time on."""

    obj_type: ClassVar[str] = "Stage"
    resource: ClassVar[str] = "stages"
    item_id: str
    attributes: list[StoredAttribute]
    previous_id: str | None = None

    class Settings:
        name = "supply_stages"


class TransformKind(StrEnum):
    """PRODUCE makes items, BUNDLE puts items together into one, UNBUNDLE takes one apart."""

    PRODUCE = "PRODUCE"
    BUNDLE = "BUNDLE"
    UNBUNDLE = "UNBUNDLE"


class StoredQuantity(BaseModel):
    """How much of an item went in or came out."""

    model_config = ConfigDict(frozen=True)
    item_id: str
    quantity: int


class TransformDocument(OwnedByCompany):
    """Items made of items. With an `external_ref` its id is made from the company and that ref."""

    obj_type: ClassVar[str] = "Transform"
    resource: ClassVar[str] = "transforms"
    kind: TransformKind
    inputs: list[StoredQuantity]
    outputs: list[StoredQuantity]
    memo: str | None = None
    external_ref: str | None = None
    asked: str
    """Fingerprint of the input: the same input again returns this transform."""

    class Settings:
        name = "supply_transforms"


def company_ref(company_id: str) -> str:
    """Object ref of a company."""
    return object_ref(TAG, "Company", company_id)


def item_ref(item_id: str) -> str:
    """Object ref of an item."""
    return object_ref(TAG, "Item", item_id)


DOCUMENTS: tuple[type[VersionedDocument], ...] = (
    CompanyDocument,
    ItemDocument,
    StageDocument,
    TransformDocument,
)

_BY_COMPANY = Index(keys=(("company_id", 1), ("created_at", 1), ("_id", 1)))

INDEXES = {
    "supply_items": (_BY_COMPANY,),
    "supply_stages": (Index(keys=(("item_id", 1), ("created_at", 1), ("_id", 1))),),
    "supply_transforms": (_BY_COMPANY, Index(keys=(("external_ref", 1),))),
}
