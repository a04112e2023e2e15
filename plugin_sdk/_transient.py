"""What is worth another try, told apart from what is an answer."""

from __future__ import annotations

# CONFLICT is the platform's "changed under you too often"; like UNAVAILABLE it is never kept under its key.
TRANSIENT_CODES = frozenset({"UNAVAILABLE", "CONFLICT"})
TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
TOO_LARGE_STATUS = frozenset({413, 414, 431})
UNAUTHENTICATED = "UNAUTHENTICATED"
# Top-level answers of a platform that is about to be well again, or of which a part cannot be reached.
PASSING_CODES = TRANSIENT_CODES | {
    "OVERLOADED",
    "REQUEST_TIMEOUT",
    "SUBGRAPH_UNREACHABLE",
    "SUBGRAPH_TIMEOUT",
    "SUBGRAPH_CONNECTION_LOST",
    "SUBGRAPH_REFUSED_CONNECTION",
}
# Those that will not change: the request itself is at fault, or this plugin may not make it at all.
FINAL_CODES = frozenset(
    {
        "BAD_REQUEST",
        "BAD_USER_INPUT",
        "BATCHING_NOT_SUPPORTED",
        "FORBIDDEN",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "LIMIT_EXCEEDED",
        "METHOD_NOT_ALLOWED",
        "NOT_ACCEPTABLE",
        "NOT_FOUND",
        "OPERATION_RESOLUTION_FAILURE",
        "PAYLOAD_TOO_LARGE",
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "PLAN_BUDGET_EXCEEDED",
        "STALE_ATTEMPT",
        "UNSUPPORTED_MEDIA_TYPE",
    }
)


class Transient(Exception):
    """No answer, or one that says to try again."""


class Unexpected(Transient):
    """An answer that may pass, and may as well come for ever, such as INTERNAL."""
