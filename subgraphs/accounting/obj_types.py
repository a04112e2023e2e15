"""Accounting's objTypes, of which flows are generated where none is written by hand.

Journal entries are never changed. An account stays, because entries refer to it.
"""

from __future__ import annotations

from subgraphs.accounting.documents import AccountDocument, OrganizationDocument
from subgraphs.accounting.types.organization import Account, Organization
from subgraphs.shared.objects import TEXT, Field, ObjType, Owner

NAME = Field("name", TEXT)
KEPT = frozenset({"delete"})

OBJ_TYPES = (
    ObjType(OrganizationDocument, Organization, (NAME,), connectable=True, without=KEPT),
    # Its kind is what its balance is counted by.
    ObjType(AccountDocument, Account, (NAME,), Owner(OrganizationDocument, "organization_id"), without=KEPT),
)
