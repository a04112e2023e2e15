"""`changePrices`: all goods of a business, or some, get other prices, each by a run of `setPrice`."""

from subgraphs.commerce.flows.change_prices.flow import CHANGE_PRICES
from subgraphs.commerce.flows.change_prices.params import ChangePrices

__all__ = ["CHANGE_PRICES", "ChangePrices"]
