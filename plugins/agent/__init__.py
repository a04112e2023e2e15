"""Tells a user's own program what they submit on other users' objects, and what others submit on theirs.

Attach `agent` to yourself with a link `notify`, whose address is called for each such flow.
"""

from plugins.agent.handlers import plugin

__all__ = ["plugin"]
