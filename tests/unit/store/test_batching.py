"""Items that come while a batch is under way make up the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from store.batching import Asked, Batches


class Sender:
    """Doubles numbers; each batch is held until it is released."""

    def __init__(self) -> None:
        self.sent: list[list[tuple[int, bool]]] = []
        self.error: Exception | None = None
        self._gates: list[asyncio.Event] = []
        self._begun = asyncio.Condition()

    async def send(self, asked: Sequence[Asked[int]]) -> list[int]:
        gate = asyncio.Event()
        self._gates.append(gate)
        self.sent.append([(item.item, item.unsure) for item in asked])
        async with self._begun:
            self._begun.notify_all()
        await gate.wait()
        if self.error is not None:
            raise self.error
        return [2 * item.item for item in asked]

    async def begun(self, batches: int) -> None:
        """Wait until so many batches are under way or done."""
        async with self._begun, asyncio.timeout(5):
            await self._begun.wait_for(lambda: len(self.sent) >= batches)

    def release(self, batch: int) -> None:
        self._gates[batch].set()


async def started(batches: Batches[int, int], *items: int) -> list[asyncio.Task[int]]:
    """Tasks that ask one after the other, each of them sent or waiting by now."""
    tasks = []
    for item in items:
        tasks.append(asyncio.create_task(batches.ask(item)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # what comes in the turn in which the first asked goes with it
    return tasks


async def test_what_is_asked_in_one_turn_of_the_loop_goes_together() -> None:
    sender = Sender()
    batches = Batches(sender.send)
    together = asyncio.gather(*(batches.ask(item) for item in (1, 2, 3)))
    await sender.begun(1)
    sender.release(0)
    assert await together == [2, 4, 6]
    assert sender.sent == [[(1, False), (2, False), (3, False)]]


async def test_who_was_to_send_is_cancelled_before_it_did() -> None:
    sender = Sender()
    batches = Batches(sender.send)
    first, second = (asyncio.create_task(batches.ask(item)) for item in (1, 2))
    await asyncio.sleep(0)
    first.cancel()
    await sender.begun(1)
    sender.release(0)
    assert await second == 4
    assert first.cancelled()
    assert sender.sent == [[(2, False)]]


async def test_what_comes_alone_goes_alone_and_what_comes_meanwhile_together() -> None:
    sender = Sender()
    batches = Batches(sender.send)
    first = await started(batches, 1)
    rest = await started(batches, 2, 3, 4)
    sender.release(0)
    await sender.begun(2)
    sender.release(1)
    assert await asyncio.gather(*first, *rest) == [2, 4, 6, 8]
    assert sender.sent == [[(1, False)], [(2, False), (3, False), (4, False)]]


async def test_a_batch_has_no_more_than_the_most() -> None:
    sender = Sender()
    batches = Batches(sender.send, most=2)
    tasks = await started(batches, 1, 2, 3, 4)
    for batch in range(3):
        await sender.begun(batch + 1)
        sender.release(batch)
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8]
    assert [len(batch) for batch in sender.sent] == [1, 2, 1]


async def test_what_goes_wrong_is_told_to_everyone_in_the_batch_and_the_next_goes_on() -> None:
    sender = Sender()
    batches = Batches(sender.send)
    tasks = await started(batches, 1, 2, 3)
    sender.release(0)
    await sender.begun(2)
    sender.error = ValueError("no")
    sender.release(1)
    assert await tasks[0] == 2
    for task in tasks[1:]:
        with pytest.raises(ValueError, match="no"):
            await task
    sender.error = None
    (again,) = await started(batches, 5)
    sender.release(2)
    assert await again == 10


async def test_who_sends_is_cancelled_and_the_others_are_sent_again_as_unsure() -> None:
    sender = Sender()
    batches = Batches(sender.send)
    first, second, third = await started(batches, 1, 2, 3)
    sender.release(0)
    await sender.begun(2)
    second.cancel()
    await sender.begun(3)
    sender.release(2)
    assert await first == 2
    assert await third == 6
    with pytest.raises(asyncio.CancelledError):
        await second
    assert sender.sent[1:] == [[(2, False), (3, False)], [(3, True)]]


@pytest.mark.parametrize("late", [False, True], ids=["while it waits", "when it is to send"])
async def test_who_waits_is_cancelled_and_the_others_go_on(late: bool) -> None:
    sender = Sender()
    batches = Batches(sender.send)
    first, second, third = await started(batches, 1, 2, 3)
    if late:
        sender.release(0)
        await asyncio.wait([first])
    second.cancel()
    sender.release(0)
    with suppress(asyncio.CancelledError):
        await second
    batches_sent = 3 if late else 2  # it had sent one with the third, who is sent again
    await sender.begun(batches_sent)
    sender.release(batches_sent - 1)
    assert await third == 6
    assert second.cancelled()


async def test_a_batch_whose_answer_does_not_come_holds_up_no_other() -> None:
    sender = Sender()
    batches = Batches(sender.send)
    stuck, *others = await started(batches, 1, 2, 3)
    await sender.begun(2)
    sender.release(1)
    assert await asyncio.gather(*others) == [4, 6]
    assert not stuck.done()
    (last,) = await started(batches, 4)
    await sender.begun(3)
    sender.release(2)
    assert await last == 8
    sender.release(0)
    assert await stuck == 2
    assert sender.sent == [[(1, False)], [(2, False), (3, False)], [(4, False)]]
