"""Keeps items of Supply in step with the goods and sell offers that they are linked to.

Connect a good to `supply` with the link `item`. Then every change of its attributes is a stage of the item, and
what is produced, bundled or unbundled of such goods is a transform of their items. Connect a sell offer in the
same way, and every change of its numbers is a stage.
"""

from plugins.supply.handlers import plugin

__all__ = ["plugin"]
