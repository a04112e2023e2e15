"""Keeping the leases of deliveries that are being handled."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from plugin_sdk._outcomes import Extend
from plugin_sdk._replies import Replies
from plugin_sdk._transient import Transient
from plugin_sdk.errors import CredentialsRefused
from plugin_sdk.protocol.in_hand import InHand, Verdict
from plugin_sdk.protocol.lease import PlatformClock

logger = logging.getLogger("plugin_sdk")


class Leases:
    """Extends leases: by itself at half of each, and when a handler asks for it."""

    def __init__(self, in_hand: InHand, replies: Replies, clock: PlatformClock) -> None:
        self._in_hand = in_hand
        self._replies = replies
        self._clock = clock

    async def keep(self, delivery_id: str) -> None:
        """Extend the lease of a delivery in hand until cancelled. A lease that is lost is not fought for:
        a newer attempt brings a new one."""
        length, attempt = 0.0, 0
        while True:
            delivery = self._in_hand.newest(delivery_id)
            if delivery.attempt != attempt:
                length, attempt = self._length(delivery_id), delivery.attempt
            await asyncio.sleep(length / 2)
            await self.extend(delivery_id, length)

    async def extend(self, delivery_id: str, seconds: float | None) -> bool:
        """Ask for a lease that ends in that many seconds; a failure is logged, only the outcome counts.

        Returns:
            False where the platform has said that the lease is gone: nobody waits for the outcome any more, or
            another worker has the delivery.
        """
        if delivery_id not in self._in_hand:
            return False
        delivery = self._in_hand.newest(delivery_id)
        wanted = self._length(delivery_id) if seconds is None else seconds
        try:
            answer = await self._replies.send(delivery, Extend(wanted))
        except (Transient, CredentialsRefused) as error:
            logger.warning("delivery %s: lease not extended: %s", delivery_id, error)
        else:
            if answer.verdict is not Verdict.ACCEPTED:
                logger.info("delivery %s: lease not extended: %s", delivery_id, answer.reason)
            newer = delivery_id in self._in_hand and self._in_hand.newest(delivery_id).attempt > delivery.attempt
            return answer.verdict is Verdict.ACCEPTED or newer
        return True

    def _length(self, delivery_id: str) -> float:
        return self._clock.seconds_until(self._in_hand.newest(delivery_id).deadline, datetime.now(UTC))
