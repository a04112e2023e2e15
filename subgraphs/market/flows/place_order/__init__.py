"""`placeOrder`: somebody orders offers of one seller; all of them are reserved, or none."""

from subgraphs.market.flows.place_order.flow import PLACE_ORDER
from subgraphs.market.flows.place_order.params import AskedLine, GivenBuyer, PlaceOrder

__all__ = ["PLACE_ORDER", "AskedLine", "GivenBuyer", "PlaceOrder"]
