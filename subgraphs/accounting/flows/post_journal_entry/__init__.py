"""`postJournalEntry`: an organization posts a balanced entry."""

from subgraphs.accounting.flows.post_journal_entry.flow import POST_JOURNAL_ENTRY
from subgraphs.accounting.flows.post_journal_entry.params import GivenLine, PostJournalEntry

__all__ = ["POST_JOURNAL_ENTRY", "GivenLine", "PostJournalEntry"]
