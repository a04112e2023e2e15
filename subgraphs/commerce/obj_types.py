"""Commerce's objTypes, of which flows are generated where none is written by hand.

Sales and productions are records of what happened: their own flows make them, and nothing else changes them.
"""

from __future__ import annotations

from subgraphs.commerce.documents import BusinessDocument, CustomerDocument, GoodDocument
from subgraphs.commerce.types.catalog import Business, Good
from subgraphs.commerce.types.customer import Customer
from subgraphs.shared.objects import TEXT, Field, ObjType, Owner

NAME = Field("name", TEXT)
OF_BUSINESS = Owner(BusinessDocument, "business_id")

OBJ_TYPES = (
    # What belongs to a business would be left without an owner.
    ObjType(BusinessDocument, Business, (NAME,), connectable=True, without=frozenset({"delete"})),
    # Price, stock and attributes have flows of their own, and a SKU stays.
    ObjType(GoodDocument, Good, (NAME,), OF_BUSINESS, connectable=True, without=frozenset({"create"})),
    # The e-mail is who the customer is.
    ObjType(CustomerDocument, Customer, (NAME, Field("email", TEXT, updatable=False)), OF_BUSINESS),
)
