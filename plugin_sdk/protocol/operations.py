"""The documents a worker sends: one subscription and one reply mutation per service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import indent
from typing import Any

from plugin_sdk.errors import ErrorDetail
from plugin_sdk.protocol.delivery import Delivery, read_delivery
from plugin_sdk.protocol.messages import Next
from plugin_sdk.protocol.selection import Selection, unalias

DELIVERY_FIELDS = """id hookId mode attempt seq deadline replay
      cause { runId deliveryId pluginTag }
      connections { id objectRef pluginTag config links { name objectRef url } }"""


@dataclass(frozen=True)
class HookSelection:
    """What one hook selects."""

    hook_id: str
    selection: Selection


@dataclass(frozen=True)
class Heartbeat:
    """The platform is there, and says what time it has."""

    at: str | None


@dataclass(frozen=True)
class Unreadable:
    """A result that is neither delivery nor heartbeat, and so cannot be answered."""

    problem: str


def payload_type(hook_id: str) -> str:
    """The GraphQL type of a hook's payload: `commerce_setPrice_commit_priceChanged` gives
    `CommerceSetPriceCommitPriceChanged`."""
    return "".join(part[:1].upper() + part[1:] for part in hook_id.split("_"))


class ServiceOperations:
    """The documents for the hooks of one service, and the reading of what they bring.

    Args:
        service: its tag, e.g. `commerce`.
        hooks: what each hook of it selects, in order of declaration.
    """

    def __init__(self, service: str, hooks: Sequence[HookSelection]) -> None:
        self.service = service
        self.hook_ids = tuple(hook.hook_id for hook in hooks)
        self.field = f"{service}Hooks"
        self.reply_field = f"{service}Reply"
        self._prefixes = {hook.hook_id: f"h{index}_" for index, hook in enumerate(hooks)}
        self._lines: list[tuple[int, str]] = []
        self.subscription = self._subscription(hooks)
        self.reply = self._reply()

    def variables(self, worker: str, max_in_flight: int) -> dict[str, Any]:
        """The variables of the subscription."""
        return {"worker": worker, "hooks": list(self.hook_ids), "maxInFlight": max_in_flight}

    def read(self, result: Next) -> Delivery | Heartbeat | Unreadable:
        """Make sense of one result of the subscription."""
        message = (result.data or {}).get(self.field)
        errors = tuple(ErrorDetail.of(raw) for raw in result.errors)
        if not isinstance(message, Mapping):
            return Unreadable("; ".join(map(str, errors)) or f"no {self.field} in a result")
        if message.get("__typename") == "HookHeartbeat":
            return Heartbeat(message.get("at"))
        try:
            return self._delivery(message, errors)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return Unreadable(f"{type(error).__name__}: {error}")

    def hook_at(self, line: int) -> str | None:
        """The hook whose selection stands on a line of the subscription document."""
        found = None
        for first, hook_id in self._lines:
            if first <= line:
                found = hook_id
        return found or None

    def _delivery(self, raw: Mapping[str, Any], errors: Sequence[ErrorDetail]) -> Delivery:
        prefix = self._prefixes.get(str(raw["hookId"]), "")
        payload = raw.get("payload")
        fields = unalias(payload, prefix) if isinstance(payload, Mapping) else None
        return read_delivery(raw, fields, tuple(_relative(error, prefix) for error in errors))

    def _subscription(self, hooks: Sequence[HookSelection]) -> str:
        capital = self.service[:1].upper() + self.service[1:]
        text = f"""subscription Hooks($worker: ID!, $hooks: [String!], $maxInFlight: Int!) {{
  {self.field}(worker: $worker, hooks: $hooks, maxInFlight: $maxInFlight) {{
    __typename
    ... on HookHeartbeat {{ at }}
    ... on {capital}HookDelivery {{
      {DELIVERY_FIELDS}
      payload {{
        __typename
"""
        for hook in hooks:
            if not hook.selection.nodes:
                continue
            self._lines.append((text.count("\n") + 1, hook.hook_id))
            fields = hook.selection.aliased(self._prefixes[hook.hook_id])
            fragment = f"... on {payload_type(hook.hook_id)} {{\n{indent(fields, '  ')}\n}}\n"
            text += indent(fragment, " " * 8)
        self._lines.append((text.count("\n") + 1, ""))
        return text + "      }\n    }\n  }\n}"

    def _reply(self) -> str:
        return f"""mutation Reply($deliveryId: ID!, $attempt: Int!, $outcome: HookOutcomeInput!) {{
  {self.reply_field}(input: {{deliveryId: $deliveryId, attempt: $attempt, outcome: $outcome}}) {{
    errors {{ code message }}
  }}
}}"""


def _relative(error: ErrorDetail, prefix: str) -> ErrorDetail:
    """The error with its path inside the payload, in the author's names; others keep their path."""
    if len(error.path) < 3 or error.path[1] != "payload":
        return error
    first, *rest = error.path[2:]
    return replace(error, path=(str(first).removeprefix(prefix), *rest))
