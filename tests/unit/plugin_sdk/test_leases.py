"""Whether a lease still stands, as the platform's answer and what has arrived meanwhile say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugin_sdk._http import Response
from plugin_sdk._leases import Leases
from plugin_sdk._replies import Replies
from plugin_sdk._transient import Transient
from plugin_sdk.errors import ErrorDetail
from plugin_sdk.protocol.delivery import Delivery
from plugin_sdk.protocol.in_hand import InHand
from plugin_sdk.protocol.lease import PlatformClock
from plugin_sdk.protocol.operations import ServiceOperations

DELIVERY = Delivery("d1", "commerce_a_b_c", "ASYNC", 1, 1, datetime.now(UTC), False, None, (), {})
STALE = Response(None, (ErrorDetail("attempt 1 is not leased", "STALE_ATTEMPT"),))


class Platform:
    """Answers as told; a newer attempt may arrive while it does."""

    def __init__(self, answer: Response | Transient, in_hand: InHand, *, newer: bool) -> None:
        self.answer = answer
        self.in_hand = in_hand
        self.newer = newer

    async def execute(
        self, document: str, variables: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Response:
        if self.newer:
            self.in_hand.arrive(replace(DELIVERY, attempt=2))
        if isinstance(self.answer, Transient):
            raise self.answer
        return self.answer


async def test_a_lease_begins_anew_as_long_as_it_was_at_first() -> None:
    """Not as short as what remains of the first one, which would end it."""
    in_hand, clock, asked = InHand(), PlatformClock(), []

    class Noting(Platform):
        async def execute(
            self, document: str, variables: Mapping[str, Any], headers: Mapping[str, str] | None = None
        ) -> Response:
            asked.append(variables["outcome"]["extend"])
            return await super().execute(document, variables, headers)

    begun = datetime.now(UTC)
    in_hand.arrive(replace(DELIVERY, deadline=begun + timedelta(seconds=60)))
    platform = Noting(Response({"commerceReply": {"errors": []}}, ()), in_hand, newer=False)
    leases = Leases(in_hand, Replies(platform, {"commerce": ServiceOperations("commerce", [])}), clock)
    await leases.extend("d1", None)
    clock.heard(begun + timedelta(seconds=59), begun)
    await leases.extend("d1", None, keep=True)
    in_hand.arrive(replace(DELIVERY, attempt=2, deadline=begun + timedelta(seconds=89)))
    await leases.extend("d1", None)
    assert [round(item["seconds"]) for item in asked] == [60, 60, 30]
    assert [item.get("keep", False) for item in asked] == [False, True, False]


@pytest.mark.parametrize(
    ("answer", "newer", "stands"),
    [
        (Response({"commerceReply": {"errors": []}}, ()), False, True),
        (STALE, False, False),
        (STALE, True, True),
        (Transient("away"), False, True),
    ],
    ids=["extended", "lost", "lost, and granted to us again", "not known"],
)
async def test_whether_a_lease_stands(answer: Response | Transient, newer: bool, stands: bool) -> None:
    in_hand = InHand()
    in_hand.arrive(DELIVERY)
    replies = Replies(Platform(answer, in_hand, newer=newer), {"commerce": ServiceOperations("commerce", [])})
    leases = Leases(in_hand, replies, PlatformClock())
    assert await leases.extend("d1", 5) is stands
    assert not await leases.extend("another", 5)
