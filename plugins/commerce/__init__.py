"""Makes sales in Commerce of orders in Market.

Connect a sell offer to `commerce` with the link `good`. Then an order of it becomes a sale to a customer with
the buyer's e-mail, and an order that Commerce cannot serve is cancelled.
"""

from plugins.commerce.handlers import plugin

__all__ = ["plugin"]
