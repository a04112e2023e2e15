"""Posts the sales of Commerce to the books of Accounting.

Connect a business to `accounting` with the link `organization`. Then each sale is a journal entry of that
organization, and a cancelled sale another one that takes the first back.
"""

from plugins.accounting.handlers import plugin

__all__ = ["plugin"]
