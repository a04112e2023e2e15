"""Keeps sell offers of Market in step with the goods of Commerce that they are linked to.

Connect a good to `market` with the link `sellOffer`. Then the offer has the good's stock and price, and the
offer's product the good's attributes.
"""

from plugins.market.handlers import plugin

__all__ = ["plugin"]
