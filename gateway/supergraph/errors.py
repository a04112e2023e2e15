"""Why a supergraph document was refused."""

from __future__ import annotations


class SupergraphError(Exception):
    """A supergraph document that cannot be served.

    Attributes:
        code: INVALID_GRAPHQL, NOT_A_SUPERGRAPH, UNSUPPORTED_LINKED_FEATURE or INVALID_SUPERGRAPH.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
