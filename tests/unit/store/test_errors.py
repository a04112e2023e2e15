"""What PyMongo raises, in our words; and cancellations that it drops."""

import asyncio
from contextlib import suppress

import pytest
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
)

from store import DuplicateKey, StoreUnavailable, cancellation_kept, translate_errors


def labelled(label: str) -> PyMongoError:
    return OperationFailure("step down", 11602, {"errorLabels": [label]})


@pytest.mark.parametrize(
    "error",
    [
        DuplicateKeyError("E11000 duplicate key error collection: c", 11000),
        OperationFailure("UNIQUE constraint failed: goods.id"),
    ],
)
def test_a_taken_key_is_one_error_on_both_servers(error: PyMongoError) -> None:
    with pytest.raises(DuplicateKey) as translated, translate_errors():
        raise error
    assert translated.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("connection closed"),
        NetworkTimeout("timed out"),
        NotPrimaryError("not primary"),
        ServerSelectionTimeoutError("nobody"),
        WriteConcernError("waiting for replication timed out", 64),
        labelled("RetryableWriteError"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_server_that_is_away_is_one_error(error: PyMongoError) -> None:
    with pytest.raises(StoreUnavailable), translate_errors():
        raise error


@pytest.mark.parametrize("error", [OperationFailure("bad query", 2), ValueError("ours")])
def test_anything_else_is_left_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, translate_errors():
        raise error
    assert raised.value is error


async def swallow() -> None:
    """Behaves as `asyncio.wait_for` can before Python 3.12."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return


async def test_a_cancellation_that_was_swallowed_is_raised_after_all() -> None:
    async def loop() -> None:
        while True:
            with cancellation_kept():
                await swallow()

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


async def fail_instead() -> None:
    """Behaves as the driver does when it is cancelled while its server is away."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise AutoReconnect("away") from None


async def test_a_cancellation_that_became_an_error_is_raised_all_the_same() -> None:
    async def loop() -> None:
        while True:
            with suppress(StoreUnavailable), translate_errors():
                await fail_instead()

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


async def test_cleaning_up_after_a_cancellation_goes_undisturbed() -> None:
    cleaned = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            with translate_errors():
                await asyncio.sleep(0)
            cleaned.append(True)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert cleaned == [True]


def test_translation_needs_no_event_loop() -> None:
    with translate_errors():
        pass
