"""How long an outcome is sent again that the platform has neither taken nor refused for good."""

from __future__ import annotations

import logging
import time

from plugin_sdk._transient import Transient, Unexpected
from plugin_sdk.errors import CredentialsRefused
from plugin_sdk.protocol.delivery import Delivery

logger = logging.getLogger("plugin_sdk")


class Insistence:
    """Decides, after each try that came to nothing, whether there is another.

    For as long as the platform cannot be reached, or says that it will be well again, there is: a COMPLETE counts
    however late it comes. What it answers else may be its answer for ever. A delivery that is unfinished comes again
    once its lease has run out, as a newer attempt, and begins its time anew; where none comes, it is over.

    Args:
        patience: seconds that an attempt's outcome is sent again after its lease.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._attempt = 0
        self._until = 0.0
        self._told: set[str] = set()

    def goes_on(self, delivery: Delivery, lease: float, error: Transient | CredentialsRefused) -> bool:
        """Whether the outcome is sent again; logged as a warning once for each reason.

        Args:
            delivery: the newest attempt.
            lease: seconds that an attempt is leased for.
        """
        if delivery.attempt != self._attempt:
            self._attempt, self._until = delivery.attempt, time.monotonic() + lease + self._patience
        if isinstance(error, Unexpected) and time.monotonic() >= self._until:
            logger.error("%s, delivery %s: outcome given up: %s", delivery.hook_id, delivery.id, error)
            return False
        reason = str(error)
        level = logging.DEBUG if reason in self._told else logging.WARNING
        self._told.add(reason)
        logger.log(level, "delivery %s: outcome not taken yet: %s", delivery.id, reason)
        return True
