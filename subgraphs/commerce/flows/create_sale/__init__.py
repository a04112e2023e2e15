"""`createSale`: goods are sold to a customer and leave the stock, all of them or none."""

from subgraphs.commerce.flows.create_sale.flow import CREATE_SALE
from subgraphs.commerce.flows.create_sale.params import CreateSale

__all__ = ["CREATE_SALE", "CreateSale"]
