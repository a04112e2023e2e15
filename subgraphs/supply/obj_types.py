"""Supply's objTypes, of which flows are generated where none is written by hand.

Stages and transforms are records of what happened: their own flows make them, and nothing changes them.
"""

from __future__ import annotations

from subgraphs.shared.objects import TEXT, Field, ObjType, Owner
from subgraphs.supply.documents import CompanyDocument, ItemDocument
from subgraphs.supply.types.item import Company, Item

NAME = Field("name", TEXT)

OBJ_TYPES = (
    # What belongs to a company would be left without an owner.
    ObjType(CompanyDocument, Company, (NAME,), connectable=True, without=frozenset({"delete"})),
    ObjType(ItemDocument, Item, (NAME,), Owner(CompanyDocument, "company_id"), connectable=True),
)
