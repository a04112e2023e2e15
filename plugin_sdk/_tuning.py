"""The numbers a worker goes by."""

from __future__ import annotations

import random
from dataclasses import dataclass

from plugin_sdk.protocol.backoff import Backoff


@dataclass(frozen=True)
class Tuning:
    """How much at once, and how long before what.

    Attributes:
        max_in_flight: deliveries per service that the platform may grant this worker at once.
        grace: seconds that handlers have to finish once the worker is told to stop.
        ack_within: seconds the platform has to accept a connection.
        silent_after: seconds without result or heartbeat (one comes about every ten) until a reconnect.
        call_within: seconds that one HTTP request may take.
        patience: seconds that a handler's call is tried again while the platform cannot be reached, and that an
            outcome is sent again after its lease where the platform's answer is not one to an outcome.
        backoff_base, backoff_cap: the first and the longest wait between tries, in seconds.
    """

    max_in_flight: int = 16
    grace: float = 30.0
    ack_within: float = 10.0
    silent_after: float = 25.0
    call_within: float = 60.0
    patience: float = 60.0
    backoff_base: float = 0.1
    backoff_cap: float = 5.0

    def backoff(self) -> Backoff:
        """A fresh row of waits."""
        return Backoff(random.random, base=self.backoff_base, cap=self.backoff_cap)
