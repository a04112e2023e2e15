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
        self._lengths: dict[str, tuple[int, float]] = {}
        """By delivery: its newest attempt, and how long the lease of that was when it was first looked at."""
        self._cancelled: set[str] = set()

    def forget(self, delivery_id: str) -> None:
        """The delivery is in hand no more."""
        self._cancelled.discard(delivery_id)
        self._lengths.pop(delivery_id, None)

    async def keep(self, delivery_id: str) -> None:
        """Extend the lease of a delivery in hand until cancelled, or until the platform says that the delivery is.
        A lease that is lost is not fought for: a newer attempt brings a new one."""
        while delivery_id not in self._cancelled:
            await asyncio.sleep(self.length(delivery_id) / 2)
            await self.extend(delivery_id, None)

    async def extend(self, delivery_id: str, seconds: float | None, *, keep: bool = False) -> bool:
        """Ask for a lease that ends in that many seconds; a failure is logged, only the outcome counts.

        Args:
            seconds: None for as long as the lease was at first.
            keep: ask to hold it although the subscription ends.

        Returns:
            False where the platform has said that the lease is gone: nobody waits for the outcome any more, or
            another worker has the delivery.
        """
        if delivery_id not in self._in_hand:
            return False
        delivery = self._in_hand.newest(delivery_id)
        wanted = self.length(delivery_id) if seconds is None else seconds
        try:
            answer = await self._replies.send(delivery, Extend(wanted, keep))
        except (Transient, CredentialsRefused) as error:
            logger.warning("delivery %s: lease not extended: %s", delivery_id, error)
        else:
            if answer.cancelled:
                self._cancelled.add(delivery_id)
            if answer.verdict is not Verdict.ACCEPTED:
                logger.info("delivery %s: lease not extended: %s", delivery_id, answer.reason)
            newer = delivery_id in self._in_hand and self._in_hand.newest(delivery_id).attempt > delivery.attempt
            return answer.verdict is Verdict.ACCEPTED or newer
        return True

    def length(self, delivery_id: str) -> float:
        """Seconds of the lease of the newest attempt of a delivery in hand, when it was first looked at."""
        delivery = self._in_hand.newest(delivery_id)
        attempt, length = self._lengths.get(delivery_id, (0, 0.0))
        if attempt != delivery.attempt:
            length = self._clock.seconds_until(delivery.deadline, datetime.now(UTC))
            self._lengths[delivery_id] = delivery.attempt, length
        return length
