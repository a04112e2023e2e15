"""What Accounting stores. Every document is written by flows alone, one compare-and-set at a time."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from flows.ids import object_ref
from store import Index, VersionedDocument
from subgraphs.shared.documents import OwnedDocument
from subgraphs.shared.money import StoredMoney

TAG = "accounting"


class OrganizationDocument(OwnedDocument):
    """An organization; it owns itself and everything else in Accounting."""

    service: ClassVar[str] = TAG
    obj_type: ClassVar[str] = "Organization"
    resource: ClassVar[str] = "organizations"
    name: str

    class Settings:
        name = "accounting_organizations"


class OwnedByOrganization(OwnedDocument):
    """Something that belongs to an organization."""

    service: ClassVar[str] = TAG
    organization_id: str

    @property
    def owner_ref(self) -> str:
        return organization_ref(self.organization_id)


class AccountKind(StrEnum):
    """The balance of an ASSET or EXPENSE grows by debits, that of the others by credits."""

    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    EQUITY = "EQUITY"
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"

    @property
    def grows_by_debit(self) -> bool:
        """On which side such an account normally stands."""
        return self in (AccountKind.ASSET, AccountKind.EXPENSE)


class AccountDocument(OwnedByOrganization):
    """An account. Its balance is no field of it: see `balances`."""

    obj_type: ClassVar[str] = "Account"
    resource: ClassVar[str] = "accounts"
    name: str
    kind: AccountKind

    class Settings:
        name = "accounting_accounts"


class StoredEntryLine(BaseModel):
    """What an entry does to one account: a debit or a credit, never both, never 0."""

    model_config = ConfigDict(frozen=True)
    account_id: str
    debit: StoredMoney | None = None
    credit: StoredMoney | None = None


class JournalEntryDocument(OwnedByOrganization):
    """A balanced entry; never changed. With an `external_ref` its id is made from the organization and that ref."""

    obj_type: ClassVar[str] = "JournalEntry"
    resource: ClassVar[str] = "entries"
    lines: list[StoredEntryLine]
    memo: str | None = None
    external_ref: str | None = None
    asked: str
    """Fingerprint of the input: the same input again returns this entry."""

    class Settings:
        name = "accounting_entries"


def organization_ref(organization_id: str) -> str:
    """Object ref of an organization."""
    return object_ref(TAG, "Organization", organization_id)


DOCUMENTS: tuple[type[VersionedDocument], ...] = (
    OrganizationDocument,
    AccountDocument,
    JournalEntryDocument,
)

_BY_ORGANIZATION = Index(keys=(("organization_id", 1), ("created_at", 1), ("_id", 1)))

INDEXES = {
    "accounting_accounts": (_BY_ORGANIZATION,),
    "accounting_entries": (_BY_ORGANIZATION, Index(keys=(("external_ref", 1),))),
}
