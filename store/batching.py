"""Items that come while a batch is under way make up the next one; those of one turn of the loop go together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

I = TypeVar("I")  # noqa: E741 - an item
O = TypeVar("O")  # noqa: E741 - its outcome


@dataclass(frozen=True)
class Asked(Generic[I]):
    """An item of a batch.

    Attributes:
        unsure: whether an earlier batch had it and was cut off: what came of it there is unknown.
    """

    item: I
    unsure: bool = False


class _Place(Generic[I, O]):
    """An item that waits; its future gives the outcome, or None: send the next batch yourself."""

    def __init__(self, asked: Asked[I]) -> None:
        self.asked = asked
        self.told: asyncio.Future[tuple[O] | None] = asyncio.get_running_loop().create_future()
        self.led = False


MOST = 25
"""Items in one batch. Enough that commands cost little for each, and so few that of many items the store has one batch
in hand while this process is busy with what the one before gave: with 100, each waited for the other in turns."""

SLOW = 0.1
"""Seconds after which a batch that is under way does not hold up the next one any more."""


class _Lane:
    """A batch under way; `slow` once the next one does not wait for it."""

    slow = False


class Batches(Generic[I, O]):
    """Sends items in batches, one after the other, each in the task of one of those who wait for it.

    So there is no task of its own to look after, no delay where there is no load but a turn of the loop, and an item
    is only ever sent after it was asked for: what a read gives is not older than the question. A batch whose answer
    does not come does not keep the others from being sent.

    Args:
        send: gives the outcomes of the items, in their order. What it raises, all of them raise.
        most: items in one batch.
    """

    def __init__(self, send: Callable[[Sequence[Asked[I]]], Awaitable[Sequence[O]]], most: int = MOST) -> None:
        self._send = send
        self._most = most
        self._busy = False
        self._waiting: deque[_Place[I, O]] = deque()

    async def ask(self, item: I) -> O:
        """The outcome of this item; raises what `send` raises.

        Cancelled while another's task sends the item, it may be done or not, as with any call.
        """
        (outcome,) = await self.ask_all([item])
        return outcome

    async def ask_all(self, items: Sequence[I]) -> list[O]:
        """The outcomes of these items, which go together as far as a batch is long."""
        places: list[_Place[I, O]] = [_Place(Asked(item)) for item in items]
        self._waiting.extend(places)
        if places and not self._busy:
            self._busy = True
            self._next()
        outcomes: list[O] = []
        try:
            for place in places:
                told = await place.told
                outcomes.append(await self._lead(place) if told is None else told[0])
        finally:
            self._leave(places[len(outcomes) :])
        return outcomes

    def _leave(self, places: Sequence[_Place[I, O]]) -> None:
        """Nobody waits for these any more: they are not sent, and whoever of them was to lead lets another."""
        for place in places:
            if place in self._waiting:
                self._waiting.remove(place)
            elif is_to_lead(place.told) and not place.led:
                self._next()
            place.told.cancel()

    async def _lead(self, place: _Place[I, O]) -> O:
        """Send a batch that begins with this item, tell the others, and let the next one lead."""
        place.led = True
        lane = _Lane()
        timer = asyncio.get_running_loop().call_later(SLOW, self._pass, lane)
        batch = [place]
        try:
            # Who was woken by the same answer asks in the same turn of the loop: without this the first of them went
            # alone, and the others waited for a round trip of its own.
            await asyncio.sleep(0)
            while self._waiting and len(batch) < self._most:
                batch.append(self._waiting.popleft())
            outcomes = await self._send([item.asked for item in batch])
        except asyncio.CancelledError:
            self._put_back(batch[1:])
            raise
        except BaseException as error:
            for other in batch[1:]:
                if not other.told.done():
                    other.told.set_exception(error)
                    other.told.exception()  # who waits may be gone by now
            raise
        else:
            for other, outcome in zip(batch[1:], outcomes[1:], strict=True):
                if not other.told.done():
                    other.told.set_result((outcome,))
            return outcomes[0]
        finally:
            timer.cancel()
            if not lane.slow:
                self._next()

    def _pass(self, lane: _Lane) -> None:
        """Go on beside a batch that is slow."""
        lane.slow = True
        self._next()

    def _put_back(self, cut_off: Sequence[_Place[I, O]]) -> None:
        for place in reversed(cut_off):
            if not place.told.done():
                place.asked = Asked(place.asked.item, unsure=True)
                self._waiting.appendleft(place)

    def _next(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.told.done():
                place.told.set_result(None)
                return
        self._busy = False


def is_to_lead(told: asyncio.Future[tuple[O] | None]) -> bool:
    """Whether the answer was that the next batch is one's own to send."""
    return told.done() and not told.cancelled() and told.exception() is None and told.result() is None
