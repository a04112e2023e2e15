"""`placeOrder`: somebody orders offers of one seller; all of them are reserved, or none."""

from .flow import PLACE_ORDER
from .params import AskedLine, GivenBuyer, PlaceOrder

__all__ = ["PLACE_ORDER", "AskedLine", "GivenBuyer", "PlaceOrder"]
