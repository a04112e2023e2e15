"""Lists goods of Commerce at a listing service elsewhere, and keeps the listings in step.

Authorize `amazon` once for a business, with the secrets `url` and `key` of its account there; connect the goods
that shall be listed. Disconnect a good to take its listing away.
"""

from plugins.amazon.handlers import plugin

__all__ = ["plugin"]
