"""Market's objTypes, of which flows are generated where none is written by hand.

Orders are records of what happened: their own flows make and cancel them. An offer is withdrawn and a product
stays, because orders and offers refer to them.
"""

from __future__ import annotations

from subgraphs.market.documents import ProductDocument, SellerDocument, SellOfferDocument
from subgraphs.market.types.catalog import Product, Seller, SellOffer
from subgraphs.shared.objects import ATTRIBUTES, COUNT, MONEY, TEXT, Field, ObjType, Owner

OF_SELLER = Owner(SellerDocument, "seller_id")
KEPT = frozenset({"delete"})

OBJ_TYPES = (
    # What belongs to a seller would be left without an owner.
    ObjType(SellerDocument, Seller, (Field("name", TEXT),), connectable=True, without=KEPT),
    ObjType(ProductDocument, Product, (Field("title", TEXT), Field("attributes", ATTRIBUTES)), OF_SELLER, without=KEPT),
    ObjType(
        SellOfferDocument,
        SellOffer,
        (Field("price", MONEY), Field("stock", COUNT)),
        OF_SELLER,
        connectable=True,
        without=KEPT,
    ),
)
