"""`createSale`: goods are sold to a customer and leave the stock, all of them or none."""

from .flow import CREATE_SALE
from .params import CreateSale

__all__ = ["CREATE_SALE", "CreateSale"]
