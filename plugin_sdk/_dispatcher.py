"""From delivery to outcome: the one owner of acknowledgement.

A delivery is answered after its handler returned, never before, and the answer is repeated until the platform
has taken it, has said that it never will, or is silent about a delivery that is over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

from plugin_sdk._context import HookContext, Platform
from plugin_sdk._insistence import Insistence
from plugin_sdk._leases import Leases
from plugin_sdk._outcomes import Failed, Outcome, RetryLater, shortened
from plugin_sdk._plugin import Plugin
from plugin_sdk._record import Record
from plugin_sdk._replies import Answer, Replies
from plugin_sdk._settle import settle
from plugin_sdk._transient import Transient
from plugin_sdk._tuning import Tuning
from plugin_sdk.errors import CredentialsRefused
from plugin_sdk.protocol.delivery import Delivery
from plugin_sdk.protocol.in_hand import Arrival, InHand, Then, Verdict

logger = logging.getLogger("plugin_sdk")

GIVE_BACK_WITHIN = 2.0


class Dispatcher:
    """Runs handlers, one task for each delivery in hand.

    Args:
        plugin: whose handlers.
        in_hand: what has arrived and is not answered.
        replies, leases, platform: the ways out.
        tuning: waits.
        tasks: owns the tasks.
    """

    def __init__(
        self,
        plugin: Plugin,
        in_hand: InHand,
        replies: Replies,
        leases: Leases,
        platform: Platform,
        tuning: Tuning,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._plugin = plugin
        self._in_hand = in_hand
        self._replies = replies
        self._leases = leases
        self._platform = platform
        self._tuning = tuning
        self._tasks = tasks
        self._working: dict[str, asyncio.Task[None]] = {}
        self._decided: dict[str, Outcome] = {}
        self._closing = False

    def take(self, delivery: Delivery) -> None:
        """A delivery arrived; what becomes of it happens in a task."""
        match self._in_hand.arrive(delivery):
            case Arrival.JOIN:
                logger.info("delivery %s: attempt %d joins", delivery.id, delivery.attempt)
            case Arrival.ANSWER_AGAIN:
                self._start(self._send_once(delivery, self._in_hand.settled(delivery.id)))
            case Arrival.HANDLE if self._closing:
                self._in_hand.drop(delivery.id)
                self._start(self._send_once(delivery, RetryLater()))
            case Arrival.HANDLE:
                task = self._start(self._work(delivery.id))
                if task is None:
                    self._in_hand.drop(delivery.id)
                else:
                    self._working[delivery.id] = task

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """None where the worker is being cancelled: then the end of the lease gives the delivery to another."""
        try:
            return self._tasks.create_task(work)
        except RuntimeError:
            work.close()
            return None

    async def keep(self, service: str | None = None) -> None:
        """Tell the platform that what is in hand is being finished here, before its subscriptions end: it would be
        given to other workers then, and done twice.

        Args:
            service: whose subscription ends; None where all do.
        """
        told: set[str] = set()
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVE_BACK_WITHIN):
                while at_work := [id for id in self._working if id not in told and self._is_of(id, service)]:
                    told.update(at_work)
                    await asyncio.gather(*(self._leases.extend(id, None, keep=True) for id in at_work))

    def _is_of(self, delivery_id: str, service: str | None) -> bool:
        if delivery_id not in self._in_hand:
            return False
        return service is None or self._in_hand.newest(delivery_id).hook_id.startswith(f"{service}_")

    def close(self) -> None:
        """Handle nothing new: what still arrives is given back at once."""
        self._closing = True

    async def drain(self, grace: float, hurry: asyncio.Event) -> None:
        """Let what is in hand finish; what does not within `grace` seconds, or until `hurry` is set, is
        given back unanswered, so that another worker has it at once instead of after the lease."""
        self.close()
        if not self._working:
            return
        finished = asyncio.ensure_future(asyncio.wait(self._working.values()))
        hurried = asyncio.ensure_future(hurry.wait())
        try:
            await asyncio.wait({finished, hurried}, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
        finally:
            finished.cancel()
            hurried.cancel()
        left = {id: self._in_hand.newest(id) for id in self._working if id in self._in_hand}
        outcomes = {id: self._decided.get(id, RetryLater()) for id in left}
        unfinished = list(self._working.values())
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if left:
            logger.warning("giving back %d deliveries that are not finished", len(left))
            await asyncio.gather(*(self._send_once(left[id], outcomes[id]) for id in left))

    async def _work(self, delivery_id: str) -> None:
        try:
            then = Then.HANDLE_AGAIN
            while then is Then.HANDLE_AGAIN:
                self._decided.pop(delivery_id, None)
                outcome = await self._handle(self._in_hand.newest(delivery_id))
                if outcome is None:
                    return
                self._decided[delivery_id] = outcome
                then = await self._answer(delivery_id, outcome)
        finally:
            self._decided.pop(delivery_id, None)
            self._in_hand.drop(delivery_id)
            self._leases.forget(delivery_id)
            self._working.pop(delivery_id, None)

    async def _handle(self, delivery: Delivery) -> Outcome | None:
        """What came of the handler; None where the platform has cancelled the delivery, and the handler was."""
        if delivery.broken:
            reason = "; ".join(map(str, delivery.broken))
            logger.warning("delivery %s: payload not whole, handled later: %s", delivery.id, reason)
            return RetryLater(timedelta(seconds=min(60, 2 ** min(delivery.attempt, 6))))
        if delivery.payload is None:
            return Failed("the payload is null: " + "; ".join(map(str, delivery.forbidden)))
        try:
            definition = self._plugin.definition(delivery.hook_id)
        except KeyError:
            return Failed(f"plugin {self._plugin.tag} has no handler for {delivery.hook_id}")
        context = HookContext(delivery, self._platform)
        keeper = asyncio.create_task(self._leases.keep(delivery.id))
        handler = asyncio.create_task(settle(definition, Record(delivery.payload, "payload"), context))
        try:
            await asyncio.wait({keeper, handler}, return_when=asyncio.FIRST_COMPLETED)
            if not handler.done() and keeper.exception() is None:
                logger.info("delivery %s: cancelled by the platform, its handler with it", delivery.id)
                return None
            settled = await handler
        finally:
            for task in (keeper, handler):
                task.cancel()
            await asyncio.gather(keeper, handler, return_exceptions=True)
        if settled.error is not None:
            logger.error(
                "delivery %s: attempt %d of %s failed",
                delivery.id,
                delivery.attempt,
                delivery.hook_id,
                exc_info=settled.error,
            )
        return settled.outcome

    async def _answer(self, delivery_id: str, outcome: Outcome) -> Then:
        backoff, insistence, refused = self._tuning.backoff(), Insistence(self._tuning.patience), False
        while True:
            delivery = self._in_hand.newest(delivery_id)
            try:
                answer = await self._replies.send(delivery, outcome)
            except (Transient, CredentialsRefused) as error:
                newest = self._in_hand.newest(delivery_id)
                if not insistence.goes_on(newest, self._leases.length(delivery_id), error):
                    return Then.DONE
                await asyncio.sleep(backoff.next())
                continue
            _tell(delivery, answer, refused)
            if answer.verdict is Verdict.REFUSED and not isinstance(outcome, Failed):
                refused = True
                outcome = Failed(shortened(f"the outcome was refused: {answer.reason}"))
                continue
            then = self._in_hand.answered(delivery_id, delivery.attempt, outcome, answer.verdict)
            if then is not Then.RESEND:
                return then

    async def _send_once(self, delivery: Delivery, outcome: Outcome) -> None:
        """Tell the platform what it will find out by itself in any case, only sooner."""
        try:
            async with asyncio.timeout(GIVE_BACK_WITHIN):
                await self._replies.send(delivery, outcome)
        except (Transient, CredentialsRefused, TimeoutError) as error:
            logger.info("delivery %s: %s", delivery.id, error or type(error).__name__)


def _tell(delivery: Delivery, answer: Answer, refused: bool) -> None:
    """Log what was not accepted.

    Args:
        refused: whether the handler's own outcome was, and was told: of what is sent in its place there is no more to
            say, least of all that the delivery has ended by the first.
    """
    if answer.verdict is Verdict.ACCEPTED:
        return
    level = logging.ERROR if answer.verdict is Verdict.REFUSED else logging.WARNING
    text = "%s, delivery %s: outcome not accepted: %s"
    logger.log(logging.DEBUG if refused else level, text, delivery.hook_id, delivery.id, answer.reason)
