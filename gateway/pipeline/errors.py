"""Why a request got no execution. ClientError can be shown; InternalError says nothing of what happened inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from graphql import GraphQLError


class RequestError(Exception):
    """A request without a result.

    Attributes:
        code: `extensions.code` of its errors.
        status: the HTTP status where the media type lets statuses speak.
        well_formed: whether the request was a well-formed GraphQL-over-HTTP request; then legacy clients
            (`Accept: application/json`) get status 200.
        headers: of the HTTP response, besides.
    """

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500
    well_formed: ClassVar[bool] = False
    headers: Mapping[str, str] = {}

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def errors(self) -> list[dict[str, Any]]:
        """The errors to send."""
        return [{"message": self.message, "extensions": {"code": self.code}}]


class ClientError(RequestError):
    """The client can correct it."""

    code = "BAD_REQUEST"
    status = 400


class BadRequest(ClientError):
    """The request is not a GraphQL request: not JSON, no `query`, parameters of wrong types."""


class BatchingRefused(ClientError):
    code = "BATCHING_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("Send one operation per request: batches (a JSON list) are not supported")


class PersistedQueryRefused(ClientError):
    """Clients that try a persisted query first know this code, and send the whole text then."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class MethodNotAllowed(ClientError):
    code = "METHOD_NOT_ALLOWED"
    status = 405

    def __init__(self, message: str, allow: str) -> None:
        super().__init__(message)
        self.headers = {"allow": allow}


class NotAcceptable(ClientError):
    code = "NOT_ACCEPTABLE"
    status = 406


class PayloadTooLarge(ClientError):
    code = "PAYLOAD_TOO_LARGE"
    status = 413


class UnsupportedMediaType(ClientError):
    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class _GraphQLErrors(ClientError):
    """Errors that graphql-core found, with their places in the document."""

    well_formed = True

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.found = tuple(errors)

    def errors(self) -> list[dict[str, Any]]:
        return [_coded(error, self.code) for error in self.found]


class ParseFailed(_GraphQLErrors):
    code = "GRAPHQL_PARSE_FAILED"


class ValidationFailed(_GraphQLErrors):
    code = "GRAPHQL_VALIDATION_FAILED"


class BadVariables(_GraphQLErrors):
    code = "BAD_USER_INPUT"


class LimitExceeded(ClientError):
    """The document is larger, deeper or wider than this gateway allows."""

    code = "LIMIT_EXCEEDED"
    well_formed = True


class OperationUnresolved(ClientError):
    """The document does not say which of its operations is meant."""

    code = "OPERATION_RESOLUTION_FAILURE"
    well_formed = True


class PlanningFailed(ClientError):
    """The planner gave up; `code` is the planner's."""

    well_formed = True

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.plan_code = code

    def errors(self) -> list[dict[str, Any]]:
        return [{"message": self.message, "extensions": {"code": self.plan_code}}]


class Unauthenticated(ClientError):
    """The request's token is not valid."""

    code = "UNAUTHENTICATED"
    status = 401
    headers = {"www-authenticate": "Bearer"}


class AccessRefused(ClientError):
    """Nothing is left of a subscription that its client may see. `refusals` are the errors of its fields."""

    code = "FORBIDDEN"
    status = 403
    well_formed = True

    def __init__(self, refusals: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(error["message"] for error in refusals))
        self.refusals = refusals

    def errors(self) -> list[dict[str, Any]]:
        return self.refusals


class InternalError(RequestError):
    """Not the client's fault."""

    def __init__(self, message: str = "Internal error") -> None:
        super().__init__(message)


class Unavailable(InternalError):
    code = "UNAVAILABLE"
    status = 503
    headers = {"retry-after": "1"}


class Overloaded(Unavailable):
    """Too much is waiting already."""

    code = "OVERLOADED"


class RequestTimeout(InternalError):
    code = "REQUEST_TIMEOUT"
    status = 504


def _coded(error: GraphQLError, code: str) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    formatted["extensions"] = {**(error.extensions or {}), "code": code}
    return formatted
