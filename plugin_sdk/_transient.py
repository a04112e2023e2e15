"""What is worth another try, told apart from what is an answer."""

from __future__ import annotations

# CONFLICT is the platform's "changed under you too often"; like UNAVAILABLE it is never kept under its key.
TRANSIENT_CODES = frozenset({"UNAVAILABLE", "CONFLICT"})
TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
UNAUTHENTICATED = "UNAUTHENTICATED"


class Transient(Exception):
    """No answer, or one that says to try again."""
