"""Stage 8: what leaves the gateway. The only place that decides which errors a client sees, and with what status."""

from __future__ import annotations

import logging
from typing import Any

from gateway.executor import Response
from gateway.pipeline.errors import InternalError, RequestError, Unauthenticated, Unavailable
from gateway.subscriptions.port import Refused, Undecided

_logger = logging.getLogger(__name__)


def to_request_error(error: Exception) -> RequestError:
    """The error to answer with; one that nobody foresaw is logged and masked."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, Refused):
        return Unauthenticated(error.reason)
    if isinstance(error, Undecided):
        return Unavailable(error.reason)
    _logger.error("A request failed", exc_info=error)
    return InternalError()


def payload_of(response: Response) -> dict[str, Any]:
    """A response as JSON, errors first."""
    payload: dict[str, Any] = {}
    if response.errors:
        payload["errors"] = response.errors
    payload["data"] = response.data
    if response.extensions:
        payload["extensions"] = response.extensions
    return payload


def payload_of_error(error: RequestError) -> dict[str, Any]:
    """A request error as JSON: no `data`."""
    return {"errors": error.errors()}


def status_of_error(error: RequestError, legacy: bool) -> int:
    """The HTTP status; to legacy clients (`application/json`) all well-formed requests are 200."""
    return 200 if legacy and error.well_formed else error.status
