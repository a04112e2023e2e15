"""`postJournalEntry`: an organization posts a balanced entry."""

from .flow import POST_JOURNAL_ENTRY
from .params import GivenLine, PostJournalEntry

__all__ = ["POST_JOURNAL_ENTRY", "GivenLine", "PostJournalEntry"]
