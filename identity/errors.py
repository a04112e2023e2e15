"""Errors a client may see, told apart by `extensions.code` (contract: conventions)."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
BAD_USER_INPUT = "BAD_USER_INPUT"
CONFLICT = "CONFLICT"
UNAVAILABLE = "UNAVAILABLE"
INTERNAL = "INTERNAL"
NOT_FOUND = "NOT_FOUND"


class CodedError(GraphQLError):
    """An error that is safe to show: raised in a resolver it reaches the client with `extensions.code`.

    Args:
        code: one of the codes of this module, or a code of the raiser's own.
        message: what is wrong and, where it can be said, the way out.
        extensions: more data for the client, beside `code`.
    """

    code: str

    def __init__(self, code: str, message: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": code, **extensions})
        self.code = code
