"""Outcomes on their way to the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from plugin_sdk._http import Response
from plugin_sdk._outcomes import Extend, Outcome, to_input
from plugin_sdk._transient import FINAL_CODES, PASSING_CODES, Transient, Unexpected
from plugin_sdk.errors import ErrorDetail
from plugin_sdk.protocol.delivery import Delivery
from plugin_sdk.protocol.in_hand import Verdict
from plugin_sdk.protocol.operations import ServiceOperations

STALE = "STALE_ATTEMPT"
CANCELLED = "DELIVERY_CANCELLED"


@dataclass(frozen=True)
class Answer:
    """How an outcome was taken, and why if it was not.

    Attributes:
        cancelled: whether the platform says that nothing waits for the delivery any more.
    """

    verdict: Verdict
    reason: str = ""
    cancelled: bool = False


class Asking(Protocol):
    """What can ask the platform once, see `GraphQLClient.execute`."""

    async def execute(
        self, document: str, variables: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Response:
        """Ask."""


class Replies:
    """Sends outcomes, each once; trying again is the caller's, who knows which attempt is the newest."""

    def __init__(self, client: Asking, services: Mapping[str, ServiceOperations]) -> None:
        self._client = client
        self._services = services

    async def send(self, delivery: Delivery, outcome: Outcome | Extend) -> Answer:
        """Send the outcome of an attempt.

        Raises:
            Transient: it is not known whether it arrived; sending it again is harmless, though of no use where it is
                Unexpected and stays so.
            CredentialsRefused: the plugin is not accepted at all.
        """
        service = self._services[delivery.hook_id.split("_", 1)[0]]
        variables = {"deliveryId": delivery.id, "attempt": delivery.attempt, "outcome": to_input(outcome)}
        response = await self._client.execute(service.reply, variables)
        if response.errors:
            if not response.codes & FINAL_CODES:
                kind = Transient if response.codes & PASSING_CODES else Unexpected
                raise kind("; ".join(map(str, response.errors)))
            return _answer(response.errors)
        payload = (response.data or {}).get(service.reply_field)
        if not isinstance(payload, Mapping):
            raise Unexpected(f"{service.reply_field} gave no payload")
        return _answer(tuple(ErrorDetail(e.get("message"), e.get("code")) for e in payload.get("errors") or ()))


def _answer(errors: Sequence[ErrorDetail]) -> Answer:
    if not errors:
        return Answer(Verdict.ACCEPTED)
    codes = {error.code for error in errors}
    verdict = Verdict.STALE if STALE in codes else Verdict.REFUSED
    return Answer(verdict, "; ".join(map(str, errors)), CANCELLED in codes)
