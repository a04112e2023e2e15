"""Which deliveries this worker has in hand, and what an arrival or an answer means for each.

The platform delivers at least once: after a reconnect, or when a lease ran out, a delivery comes again with a
higher attempt while its handler may still be at work. The handler is never run twice side by side.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto

from plugin_sdk._outcomes import Outcome, is_final
from plugin_sdk.protocol.delivery import Delivery

REMEMBERED = 1024


class Arrival(Enum):
    """What to do with a delivery that arrived."""

    HANDLE = auto()
    JOIN = auto()
    """Its handler is at work already and will answer for the newest attempt."""
    ANSWER_AGAIN = auto()
    """It was completed or rejected before; the platform had not known when it sent this attempt."""


class Verdict(Enum):
    """How the platform took an outcome."""

    ACCEPTED = auto()
    STALE = auto()
    REFUSED = auto()
    """It will not take this outcome at all."""


class Then(Enum):
    """What to do after an answer."""

    DONE = auto()
    HANDLE_AGAIN = auto()
    RESEND = auto()


@dataclass
class _Held:
    newest: Delivery


class InHand:
    """The deliveries between arrival and accepted outcome."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._held: dict[str, _Held] = {}
        self._settled: OrderedDict[str, Outcome] = OrderedDict()
        self._remembered = remembered

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, delivery_id: object) -> bool:
        return delivery_id in self._held

    def arrive(self, delivery: Delivery) -> Arrival:
        """Take note of an arrival."""
        held = self._held.get(delivery.id)
        if held is not None:
            if delivery.attempt > held.newest.attempt:
                held.newest = delivery
            return Arrival.JOIN
        if delivery.id in self._settled and not delivery.replay:
            return Arrival.ANSWER_AGAIN
        self._held[delivery.id] = _Held(delivery)
        return Arrival.HANDLE

    def newest(self, delivery_id: str) -> Delivery:
        """The newest attempt that arrived of a delivery in hand; an outcome is sent for it."""
        return self._held[delivery_id].newest

    def settled(self, delivery_id: str) -> Outcome:
        """The outcome that was accepted for a delivery that `arrive` said to answer again."""
        return self._settled[delivery_id]

    def answered(self, delivery_id: str, attempt: int, outcome: Outcome, verdict: Verdict) -> Then:
        """Take note of how the platform took the outcome sent for an attempt.

        A newer attempt that arrived while the answer was under way is never dropped: its lease is held
        in this worker's name, so no one else would get it before that runs out.
        """
        newer = self._held[delivery_id].newest.attempt > attempt
        if verdict is Verdict.STALE and newer:
            return Then.RESEND
        if verdict is Verdict.ACCEPTED and not is_final(outcome) and newer:
            return Then.HANDLE_AGAIN
        self.drop(delivery_id)
        if verdict is Verdict.ACCEPTED and is_final(outcome):
            self._remember(delivery_id, outcome)
        return Then.DONE

    def drop(self, delivery_id: str) -> None:
        """Let go of a delivery without an accepted outcome."""
        self._held.pop(delivery_id, None)

    def _remember(self, delivery_id: str, outcome: Outcome) -> None:
        self._settled[delivery_id] = outcome
        self._settled.move_to_end(delivery_id)
        while len(self._settled) > self._remembered:
            self._settled.popitem(last=False)
