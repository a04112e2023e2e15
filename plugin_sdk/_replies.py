"""Outcomes on their way to the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugin_sdk._http import GraphQLClient
from plugin_sdk._transient import Transient
from plugin_sdk.outcomes import Extend, Outcome, to_input
from plugin_sdk.protocol.delivery import Delivery
from plugin_sdk.protocol.in_hand import Verdict
from plugin_sdk.protocol.operations import ServiceOperations

STALE = "STALE_ATTEMPT"
# Top-level answers that will not change: the outcome itself is at fault, or this plugin may not reply at all.
FINAL_CODES = frozenset(
    {"BAD_USER_INPUT", "FORBIDDEN", "NOT_FOUND", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}
)


@dataclass(frozen=True)
class Answer:
    """How an outcome was taken, and why if it was not."""

    verdict: Verdict
    reason: str = ""


class Replies:
    """Sends outcomes, each once; trying again is the caller's, who knows which attempt is the newest."""

    def __init__(self, client: GraphQLClient, services: Mapping[str, ServiceOperations]) -> None:
        self._client = client
        self._services = services

    async def send(self, delivery: Delivery, outcome: Outcome | Extend) -> Answer:
        """Send the outcome of an attempt.

        Raises:
            Transient: it is not known whether it arrived; sending it again is harmless.
            CredentialsRefused: the plugin is not accepted at all.
        """
        service = self._services[delivery.hook_id.split("_", 1)[0]]
        variables = {"deliveryId": delivery.id, "attempt": delivery.attempt, "outcome": to_input(outcome)}
        response = await self._client.execute(service.reply, variables)
        if response.errors:
            reason = "; ".join(map(str, response.errors))
            if STALE in response.codes:
                return Answer(Verdict.STALE, reason)
            if response.codes & FINAL_CODES:
                return Answer(Verdict.REFUSED, reason)
            raise Transient(reason)
        payload = (response.data or {}).get(service.reply_field)
        if not isinstance(payload, Mapping):
            raise Transient(f"{service.reply_field} gave no payload")
        errors = payload.get("errors") or ()
        if not errors:
            return Answer(Verdict.ACCEPTED)
        reason = "; ".join(f"{error.get('code')}: {error.get('message')}" for error in errors)
        stale = any(error.get("code") == STALE for error in errors)
        return Answer(Verdict.STALE if stale else Verdict.REFUSED, reason)
