"""Turns: in the order of asking, one at a time, never waited for without end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from flows import turns as module
from flows.turns import Turns


async def test_the_turns_of_a_document_come_one_at_a_time_and_in_order() -> None:
    turns = Turns()
    came: list[int] = []
    inside = 0

    async def write(number: int) -> None:
        nonlocal inside
        async with turns.turn("good"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            came.append(number)
            inside -= 1

    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(write(number))
    assert came == list(range(20))


async def test_documents_do_not_wait_for_each_other() -> None:
    turns = Turns()
    async with turns.turn("one"), turns.turn("other"):
        pass


async def test_a_turn_that_does_not_come_is_gone_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    turns = Turns()
    async with turns.turn("good"):
        async with turns.turn("good"):
            pass
        async with AsyncExitStack() as stack:
            with pytest.raises(KeyError):
                async with turns.turn("good"):
                    raise KeyError
            await stack.enter_async_context(turns.turn("good"))


async def test_a_cancelled_writer_leaves_the_turn_to_the_next() -> None:
    turns = Turns()
    async with turns.turn("good"):
        waiting = asyncio.ensure_future(turns.turn("good").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
    async with asyncio.timeout(1), turns.turn("good"):
        assert waiting.cancelled()
